import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { TenantContext } from '@rowhouse/core';
import { currentActor } from './current-actor.js';
import {
  IntegrationAccountError,
  IntegrationNotFoundError,
  IntegrationProviderError,
  IntegrationProviderUnknownError,
  IntegrationRefusedError,
  IntegrationStateInvalidError,
} from './errors.js';
import type { IntegrationFilter, IntegrationRecords, StoredGrant } from './integration-records.js';
import type { IntegrationsOptions } from './integrations-options.js';
import {
  type AuthorizationChecks,
  type Grant,
  OAuthProvider,
  RefusedByProvider,
  type Tokens,
} from './oauth/oauth-provider.js';
import { requireReturnTo, returnUrl } from './oauth/return-to.js';
import { States } from './oauth/states.js';
import type { TenantAuthorization } from './oauth/tenant-authorization.entity.js';
import { Refreshes } from './refreshes.js';
import type { RowSecrets } from './row-secrets.js';
import type { TenantIntegration } from './tenant-integration.entity.js';

const REMOVE_PATIENCE_MS = 60_000;
const PAUSE_MS = 50;
const BATCH = 100;
const FIRST = '00000000-0000-0000-0000-000000000000';

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
  readonly #providers: ReadonlyMap<string, OAuthProvider>;
  readonly #refreshes: Refreshes;
  readonly #states: States;

  constructor(
    private readonly records: IntegrationRecords,
    private readonly secrets: RowSecrets,
    private readonly options: IntegrationsOptions,
  ) {
    const { providers, url, secret, onReconnectNeeded } = options;
    this.#providers = new Map(
      Object.entries(providers).map(([name, settings]) => [name, new OAuthProvider(name, settings, url)]),
    );
    this.#refreshes = new Refreshes(records, secrets, onReconnectNeeded);
    this.#states = new States(secret);
  }

  /**
   * Begins a connection: sends the context's actor to a provider.
   *
   * @returns where the browser goes.
   * @throws {IntegrationProviderUnknownError} @throws {IntegrationUserMissingError} @throws {IntegrationInvalidError}
   * @throws {IntegrationNotFoundError} for an unknown `integrationId`. @throws {IntegrationProviderError}
   */
  async authorize(
    providerName: string,
    { returnTo = '/', integrationId }: AuthorizeOptions = {},
  ): Promise<string> {
    const provider = this.#provider(providerName);
    const actor = currentActor();
    const path = requireReturnTo(returnTo);
    if (integrationId !== undefined) await this.#requireOf(providerName, integrationId);
    const id = randomUUID();
    const expiresAt = new Date(Date.now() + this.options.authorizationMs);
    const checks = provider.newChecks();
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

  /**
   * The tenant that a callback belongs to, by its state alone.
   *
   * @param query - that of the callback.
   * @throws {IntegrationStateInvalidError}
   */
  tenantOf(providerName: string, query: string): string {
    return this.#states.verify(providerName, query).tenantId;
  }

  /**
   * Ends a connection's beginning, in the context of its tenant and of the actor who has begun it.
   *
   * @param query - that of the callback.
   * @throws {IntegrationStateInvalidError} @throws {IntegrationRefusedError} @throws {IntegrationProviderError}
   * @throws {IntegrationAccountError}
   */
  async finish(providerName: string, query: string): Promise<FinishedAuthorization> {
    const provider = this.#provider(providerName);
    const { tenantId, authorizationId, state } = this.#states.verify(providerName, query);
    if (tenantId !== TenantContext.require().id) throw new IntegrationStateInvalidError();
    const authorization = await this.records.end(authorizationId, providerName, currentActor());
    const checks =
      authorization && (await this.secrets.decrypt<AuthorizationChecks>(authorizationId, authorization));
    if (!checks) throw new IntegrationStateInvalidError();
    const integration = await this.#connect(
      authorization,
      await this.#exchange(provider, query, state, checks, authorization),
    );
    return { integration, location: this.locationOf(authorization.returnTo, 'integration', integration.id) };
  }

  /** Where a browser returns to. */
  locationOf(returnTo: string, name: string, value: string): string {
    const { appUrl = this.options.url } = this.options;
    const base = typeof appUrl === 'function' ? appUrl(TenantContext.require()) : appUrl;
    return returnUrl(base, returnTo, name, value);
  }

  /**
   * An access token that is good now. It is refreshed if it is time, by one process, however many ask.
   *
   * @throws {IntegrationNotFoundError}
   * @throws {IntegrationReconnectError} when a user has to connect again.
   * @throws {IntegrationProviderError}
   */
  async accessToken(id: string, { rejected }: AccessTokenOptions = {}): Promise<string> {
    const { provider } = await this.records.get(id);
    const { accessToken } = await this.#refreshes.tokensOf(this.#provider(provider), id, rejected);
    return accessToken;
  }

  /** Origins of MCP servers that tokens of a connection may be sent to. @throws {IntegrationNotFoundError} */
  async mcpOriginsOf(id: string): Promise<readonly string[]> {
    const { provider } = await this.records.get(id);
    return this.#provider(provider).settings.mcpOrigins;
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
    let rotated = 0;
    for (let afterId = FIRST; ; ) {
      const rows = await this.records.encryptedByOthers(this.secrets.currentKeyId, afterId, BATCH);
      for (const row of rows)
        if (await this.records.rotated(row, await this.secrets.rotate(row))) rotated += 1;
      afterId = rows.at(-1)?.id ?? FIRST;
      if (rows.length < BATCH) return { rotated };
    }
  }

  /** Waits for refreshes under way: their tokens are to be stored. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#refreshes.settled();
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
  ): Promise<TenantIntegration> {
    const id = integrationId ?? randomUUID();
    const before = integrationId === null ? undefined : await this.#requireOf(provider, integrationId);
    if (before?.account && facts.account !== before.account) throw new IntegrationAccountError();
    const scope = facts.scope ?? this.options.providers[provider]?.scopes.join(' ') ?? '';
    const grant: StoredGrant = { ...facts, scope, ...(await this.secrets.encrypt(id, tokens)) };
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

  async #revoke(id: string, claim: string): Promise<void> {
    const row = await this.records.find(id);
    if (!row) return;
    try {
      const tokens = await this.secrets.decrypt<Tokens>(id, row);
      // What cannot be read is not this tenant's to revoke; a provider that the app has no more cannot be asked.
      if (tokens) await this.#providers.get(row.provider)?.revoke(tokens);
    } catch (error) {
      await this.records.unclaim(id, claim);
      throw error;
    }
    await this.records.endRemoval(id, claim);
  }

  async #requireOf(provider: string, id: string): Promise<TenantIntegration> {
    const integration = await this.records.get(id);
    if (integration.provider !== provider) throw new IntegrationNotFoundError();
    return integration;
  }

  /** @throws {IntegrationProviderUnknownError} */
  #provider(name: string): OAuthProvider {
    const provider = this.#providers.get(name);
    if (!provider) throw new IntegrationProviderUnknownError();
    return provider;
  }
}
