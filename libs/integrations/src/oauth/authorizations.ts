import { randomUUID } from 'node:crypto';
import { TenantContext } from '@rowhouse/core';
import { currentActor } from '../current-actor.js';
import {
  IntegrationAccountError,
  IntegrationNotFoundError,
  IntegrationRefusedError,
  IntegrationStateInvalidError,
} from '../errors.js';
import type { IntegrationRecords, StoredGrant } from '../integration-records.js';
import type { IntegrationsOptions } from '../integrations-options.js';
import type { RowSecrets } from '../row-secrets.js';
import type { TenantIntegration } from '../tenant-integration.entity.js';
import type { FoundProvider } from './found-provider.js';
import {
  type AuthorizationChecks,
  type Grant,
  type OAuthProvider,
  RefusedByProvider,
} from './oauth-provider.js';
import type { Providers } from './providers.js';
import { requireReturnTo, returnUrl } from './return-to.js';
import { States } from './states.js';
import type { TenantAuthorization } from './tenant-authorization.entity.js';

export interface AuthorizeOptions {
  /** A path of the app, where the user is sent when it is done. Default `/`. */
  readonly returnTo?: string | undefined;
  /** The connection to connect again. Default: a new one. */
  readonly integrationId?: string | undefined;
}

/** What became of an authorization. */
export interface FinishedAuthorization {
  readonly integration: TenantIntegration;
  /** Where the browser goes, with the parameter `integration`. */
  readonly location: string;
}

/** Users who are sent to a provider, and come back. */
export class Authorizations {
  readonly #states: States;

  constructor(
    private readonly records: IntegrationRecords,
    private readonly secrets: RowSecrets,
    private readonly providers: Providers,
    private readonly options: IntegrationsOptions,
  ) {
    this.#states = new States(options.secret);
  }

  /**
   * Sends the context's actor to a provider.
   *
   * @param found - the provider, if it is none of the options.
   * @returns where the browser goes.
   * @throws {IntegrationProviderUnknownError} @throws {IntegrationUserMissingError} @throws {IntegrationInvalidError}
   * @throws {IntegrationNotFoundError} for an unknown `integrationId`. @throws {IntegrationProviderError}
   */
  async begin(
    providerName: string,
    { returnTo = '/', integrationId }: AuthorizeOptions,
    found?: FoundProvider,
  ): Promise<string> {
    const provider = this.providers.of(providerName, found);
    const actor = currentActor();
    const path = requireReturnTo(returnTo);
    if (integrationId !== undefined) await this.#requireOf(providerName, integrationId);
    const id = randomUUID();
    const expiresAt = new Date(Date.now() + this.options.authorizationMs);
    const checks: AuthorizationChecks = { ...provider.newChecks(), found };
    const state = this.#states.sign(
      providerName,
      { tenantId: TenantContext.require().id, authorizationId: id },
      expiresAt,
    );
    const url = await provider.authorizationUrl(state, checks);
    await this.records.begin({
      id,
      provider: providerName,
      actor,
      returnTo: path,
      integrationId: integrationId ?? null,
      expiresAt,
      ...(await this.secrets.encrypt(id, checks)),
    });
    return url;
  }

  /** The tenant that the query of a callback belongs to, by its state alone. @throws {IntegrationStateInvalidError} */
  tenantOf(providerName: string, query: string): string {
    return this.#states.verify(providerName, query).tenantId;
  }

  /**
   * Ends a connection's beginning, in the context of its tenant and of the actor who has begun it.
   *
   * @throws {IntegrationStateInvalidError} @throws {IntegrationRefusedError} @throws {IntegrationProviderError}
   * @throws {IntegrationAccountError}
   */
  async finish(providerName: string, query: string): Promise<FinishedAuthorization> {
    const { tenantId, authorizationId, state } = this.#states.verify(providerName, query);
    if (tenantId !== TenantContext.require().id) throw new IntegrationStateInvalidError();
    const authorization = await this.records.end(authorizationId, providerName, currentActor());
    const checks =
      authorization && (await this.secrets.decrypt<AuthorizationChecks>(authorizationId, authorization));
    if (!checks) throw new IntegrationStateInvalidError();
    const provider = this.providers.of(providerName, checks.found);
    const integration = await this.#connect(
      authorization,
      await this.#exchange(provider, query, state, checks, authorization),
      checks.found,
    );
    return { integration, location: this.locationOf(authorization.returnTo, 'integration', integration.id) };
  }

  /** Where a browser returns to. */
  locationOf(returnTo: string, name: string, value: string): string {
    const { appUrl = this.options.url } = this.options;
    const base = typeof appUrl === 'function' ? appUrl(TenantContext.require()) : appUrl;
    return returnUrl(base, returnTo, name, value);
  }

  async #exchange(
    provider: OAuthProvider,
    query: string,
    state: string,
    checks: AuthorizationChecks,
    { returnTo }: TenantAuthorization,
  ): Promise<Grant> {
    try {
      return await provider.exchange(query, state, checks);
    } catch (error) {
      throw error instanceof RefusedByProvider ? new IntegrationRefusedError(error.reason, returnTo) : error;
    }
  }

  async #connect(
    { provider, actor, integrationId }: TenantAuthorization,
    { tokens, ...facts }: Grant,
    found: FoundProvider | undefined,
  ): Promise<TenantIntegration> {
    const id = integrationId ?? randomUUID();
    const before = integrationId === null ? undefined : await this.#requireOf(provider, integrationId);
    if (before?.account && facts.account !== before.account) throw new IntegrationAccountError();
    const scope = facts.scope ?? this.providers.of(provider, found).settings.scopes.join(' ');
    const grant: StoredGrant = {
      ...facts,
      scope,
      ...(await this.secrets.encrypt(id, { ...tokens, found })),
    };
    if (!before)
      await this.records.insert({
        id,
        provider,
        ...grant,
        state: 'connected',
        version: 1,
        createdBy: actor,
        createdAt: new Date(),
        claim: null,
        claimedUntil: null,
      });
    else if (!(await this.records.reconnected(id, grant))) throw new IntegrationNotFoundError();
    return this.records.get(id);
  }

  async #requireOf(provider: string, id: string): Promise<TenantIntegration> {
    const integration = await this.records.get(id);
    if (integration.provider !== provider) throw new IntegrationNotFoundError();
    return integration;
  }
}
