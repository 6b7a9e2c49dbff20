import { setTimeout as delay } from 'node:timers/promises';
import { TenantContext } from '@rowhouse/core';
import { IntegrationProviderError, IntegrationReconnectError } from './errors.js';
import type { IntegrationRecords } from './integration-records.js';
import type { IntegrationsOptions } from './integrations-options.js';
import type { Grant, OAuthProvider, Tokens } from './oauth/oauth-provider.js';
import type { Providers } from './oauth/providers.js';
import type { RowSecrets } from './row-secrets.js';
import type { TenantIntegration } from './tenant-integration.entity.js';

/** How long others are waited for that refresh the same connection: longer than a claim. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 50;
/** A new token that cannot be stored is lost: it is tried as long as the claim lasts, of which the provider may have taken 20 seconds. */
const STORE_FOR_MS = 15_000;
/** An access token that ends so soon is refreshed: it has a way to go yet. */
const MARGIN_MS = 30_000;

export type ReconnectNeeded = NonNullable<IntegrationsOptions['onReconnectNeeded']>;

/**
 * Refreshes tokens, one process at a time for each connection: a claim in its row says who. No connection to the database is held
 * while the provider is asked, and a new refresh token is stored before anybody gets the access token that came with it.
 */
export class Refreshes {
  readonly #underWay = new Map<string, Promise<Tokens>>();

  constructor(
    private readonly records: IntegrationRecords,
    private readonly secrets: RowSecrets,
    private readonly providers: Providers,
    private readonly onReconnectNeeded: ReconnectNeeded = () => {},
  ) {}

  /**
   * The tokens of a connection, refreshed if it is time.
   *
   * @param rejected - an access token that was refused though it has not expired: it counts as expired.
   * @throws {IntegrationNotFoundError} @throws {IntegrationReconnectError} @throws {IntegrationProviderError}
   * @throws {IntegrationProviderUnknownError}
   */
  tokensOf(id: string, rejected?: string): Promise<Tokens> {
    const tenant = TenantContext.require();
    const key = `${tenant.id} ${id} ${rejected ?? ''}`;
    const present = this.#underWay.get(key);
    if (present) return present;
    // In a context of its own: a request that is cancelled must not cancel the storing of a token.
    const work = TenantContext.run(tenant, () => this.#tokensOf(id, rejected)).finally(() =>
      this.#underWay.delete(key),
    );
    this.#underWay.set(key, work);
    return work;
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay.values());
  }

  async #tokensOf(id: string, rejected: string | undefined): Promise<Tokens> {
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await delay(PAUSE_MS)) {
      const row = await this.records.get(id);
      if (row.state !== 'connected') throw new IntegrationReconnectError();
      const tokens = await this.secrets.decrypt<Tokens>(id, row);
      const provider = tokens && this.providers.of(row.provider, tokens.found);
      if (tokens && tokens.accessToken !== rejected && !endsWithin(row, MARGIN_MS)) return tokens;
      const claim = await this.records.claimRefresh(row);
      if (claim) return this.#refresh(provider, row, tokens, claim);
    }
    throw new IntegrationProviderError('of the connection', 'busy');
  }

  async #refresh(
    provider: OAuthProvider | undefined,
    row: TenantIntegration,
    tokens: Tokens | undefined,
    claim: string,
  ): Promise<Tokens> {
    try {
      // Encrypted for another tenant or row, or never given.
      if (!provider || !tokens?.refreshToken) throw new IntegrationReconnectError();
      const { tokens: given, ...facts } = await provider.refresh(tokens.refreshToken);
      return await this.#store(row, claim, { ...facts, tokens: { ...given, found: tokens.found } });
    } catch (error) {
      if (error instanceof IntegrationReconnectError) {
        if (await this.records.needsReconnect(row.id, claim)) await this.#report(row.id);
      } else await this.records.unclaim(row.id, claim);
      throw error;
    }
  }

  async #store(
    { id, provider, scope, account }: TenantIntegration,
    claim: string,
    { tokens, ...grant }: Grant,
  ): Promise<Tokens> {
    const facts = { account, scope: grant.scope ?? scope, expiresAt: grant.expiresAt };
    const until = Date.now() + STORE_FOR_MS;
    for (;;)
      try {
        const stored = { ...facts, ...(await this.secrets.encrypt(id, tokens)) };
        if (await this.records.refreshed(id, claim, stored)) return tokens;
        // Somebody has connected it again meanwhile, or this process was stopped for longer than its claim.
        throw new IntegrationProviderError(provider, 'overtaken');
      } catch (error) {
        if (error instanceof IntegrationProviderError || Date.now() > until) throw error;
        await delay(PAUSE_MS);
      }
  }

  async #report(id: string): Promise<void> {
    await this.onReconnectNeeded(await this.records.get(id), TenantContext.require());
  }
}

function endsWithin({ expiresAt }: TenantIntegration, ms: number): boolean {
  return expiresAt !== null && expiresAt.getTime() - Date.now() < ms;
}
