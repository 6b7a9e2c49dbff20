import { createHmac } from 'node:crypto';
import { isSameSecret } from '@rowhouse/nestjs/operator';
import { IntegrationStateInvalidError } from '../errors.js';

export interface BegunAuthorization {
  readonly tenantId: string;
  /** Of its row in the tenant's home, which knows the rest. */
  readonly authorizationId: string;
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const STATE = new RegExp(
  `^(?<signed>(?<tenantId>${UUID})\\.(?<authorizationId>${UUID})\\.(?<seconds>\\d{1,11}))\\.(?<signature>[\\w-]{43})$`,
);
const MAX_QUERY_LENGTH = 8_192;

/**
 * The `state` of OAuth 2: says which tenant a callback belongs to, signed for one provider, so that no tenant is entered for a state
 * that was not made here. The row that it names can be used once.
 */
export class States {
  constructor(private readonly secret: string) {}

  sign(provider: string, { tenantId, authorizationId }: BegunAuthorization, expiresAt: Date): string {
    const signed = `${tenantId}.${authorizationId}.${Math.floor(expiresAt.getTime() / 1_000)}`;
    return `${signed}.${this.#signature(provider, signed)}`;
  }

  /**
   * What the state in the query of a callback says.
   *
   * @throws {IntegrationStateInvalidError}
   */
  verify(provider: string, query: string): BegunAuthorization & { readonly state: string } {
    const [state = '', ...others] =
      query.length > MAX_QUERY_LENGTH ? [] : new URLSearchParams(query).getAll('state');
    const parts = others.length === 0 ? STATE.exec(state)?.groups : undefined;
    const { signed = '', tenantId = '', authorizationId = '', seconds, signature = '' } = parts ?? {};
    const isValid =
      isSameSecret(signature, this.#signature(provider, signed)) && Date.now() < Number(seconds) * 1_000;
    if (!isValid) throw new IntegrationStateInvalidError();
    return { tenantId, authorizationId, state };
  }

  /** The text before it keeps apart what is signed here and what the secret may sign elsewhere. */
  #signature(provider: string, signed: string): string {
    return createHmac('sha256', this.secret)
      .update(`rowhouse:integrations:${provider}:${signed}`)
      .digest('base64url');
  }
}
