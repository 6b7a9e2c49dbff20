import { setTimeout as delay } from 'node:timers/promises';
import { IntegrationNotFoundError, IntegrationProviderError } from './errors.js';
import type { IntegrationFilter, IntegrationRecords } from './integration-records.js';
import type { IntegrationsOptions } from './integrations-options.js';
import type { Authorizations, AuthorizeOptions, FinishedAuthorization } from './oauth/authorizations.js';
import type { Tokens } from './oauth/oauth-provider.js';
import type { Providers } from './oauth/providers.js';
import { Refreshes } from './refreshes.js';
import type { RowSecrets } from './row-secrets.js';
import type { TenantIntegration } from './tenant-integration.entity.js';

const REMOVE_PATIENCE_MS = 60_000;
const PAUSE_MS = 50;

export interface AccessTokenOptions {
  /** An access token that the provider's API has refused (401): another one is fetched, once, however many ask. */
  readonly rejected?: string | undefined;
}

/** What a rotation of keys did. */
export interface IntegrationKeysReport {
  readonly rotated: number;
}

/** Connections of the tenant in force with providers of OAuth 2. */
export class TenantIntegrations {
  readonly #refreshes: Refreshes;

  constructor(
    private readonly records: IntegrationRecords,
    private readonly secrets: RowSecrets,
    private readonly providers: Providers,
    private readonly authorizations: Authorizations,
    { onReconnectNeeded }: IntegrationsOptions,
  ) {
    this.#refreshes = new Refreshes(records, secrets, providers, onReconnectNeeded);
  }

  /**
   * Begins a connection: sends the context's actor to a provider.
   *
   * @returns where the browser goes.
   * @throws {IntegrationProviderUnknownError} @throws {IntegrationUserMissingError} @throws {IntegrationInvalidError}
   * @throws {IntegrationNotFoundError} for an unknown `integrationId`. @throws {IntegrationProviderError}
   */
  authorize(provider: string, options: AuthorizeOptions = {}): Promise<string> {
    return this.authorizations.begin(provider, options);
  }

  /**
   * The tenant that a callback belongs to, by its state alone.
   *
   * @param query - that of the callback.
   * @throws {IntegrationStateInvalidError}
   */
  tenantOf(providerName: string, query: string): string {
    return this.authorizations.tenantOf(providerName, query);
  }

  /**
   * Ends a connection's beginning, in the context of its tenant and of the actor who has begun it.
   *
   * @param query - that of the callback.
   * @throws {IntegrationStateInvalidError} @throws {IntegrationRefusedError} @throws {IntegrationProviderError}
   * @throws {IntegrationAccountError}
   */
  finish(providerName: string, query: string): Promise<FinishedAuthorization> {
    return this.authorizations.finish(providerName, query);
  }

  /** Where a browser returns to. */
  locationOf(returnTo: string, name: string, value: string): string {
    return this.authorizations.locationOf(returnTo, name, value);
  }

  /**
   * An access token that is good now. It is refreshed if it is time, by one process, however many ask.
   *
   * @throws {IntegrationNotFoundError}
   * @throws {IntegrationReconnectError} when a user has to connect again.
   * @throws {IntegrationProviderError}
   */
  async accessToken(id: string, { rejected }: AccessTokenOptions = {}): Promise<string> {
    const { accessToken } = await this.#refreshes.tokensOf(id, rejected);
    return accessToken;
  }

  /** Origins of MCP servers that tokens of a connection may be sent to. @throws {IntegrationNotFoundError} */
  async mcpOriginsOf(id: string): Promise<readonly string[]> {
    const { provider } = await this.records.get(id);
    return this.providers.get(provider).settings.mcpOrigins;
  }

  /** @throws {IntegrationNotFoundError} */
  get(id: string): Promise<TenantIntegration> {
    return this.records.get(id);
  }

  /** Latest first. */
  list(filter: IntegrationFilter): Promise<TenantIntegration[]> {
    return this.records.list(filter);
  }

  /**
   * Removes a connection, and has the provider revoke its tokens. When that fails, it is not used any more, and is removed by another
   * call.
   *
   * @throws {IntegrationNotFoundError} @throws {IntegrationProviderError}
   */
  async delete(id: string): Promise<void> {
    for (const until = Date.now() + REMOVE_PATIENCE_MS; Date.now() < until; await delay(PAUSE_MS)) {
      const row = await this.records.find(id);
      if (!row) throw new IntegrationNotFoundError();
      const claim = await this.records.beginRemoval(id);
      if (claim) return this.#revoke(id, claim);
    }
    throw new IntegrationProviderError('of the connection', 'busy');
  }

  /** Has the current key encrypt what another one has, in the tenant in force. May be called again after a failure. */
  async rotateKeys(): Promise<IntegrationKeysReport> {
    return { rotated: await this.records.rotate(this.secrets) };
  }

  /** Waits for refreshes under way: their tokens are to be stored. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#refreshes.settled();
  }

  async #revoke(id: string, claim: string): Promise<void> {
    const row = await this.records.find(id);
    if (!row) return;
    try {
      const tokens = await this.secrets.decrypt<Tokens>(id, row);
      // What cannot be read is not this tenant's to revoke; a provider that the app has no more cannot be asked.
      if (tokens && (tokens.found || this.providers.has(row.provider)))
        await this.providers.of(row.provider, tokens.found).revoke(tokens);
    } catch (error) {
      await this.records.unclaim(id, claim);
      throw error;
    }
    await this.records.endRemoval(id, claim);
  }
}
