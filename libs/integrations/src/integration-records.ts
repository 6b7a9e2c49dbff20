import { randomUUID } from 'node:crypto';
import { OptionsInvalidError, TenantContext } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { EntityManager } from 'typeorm';
import { IntegrationNotFoundError } from './errors.js';
import { TenantAuthorization } from './oauth/tenant-authorization.entity.js';
import { rotateRows } from './rotate-rows.js';
import type { Encrypted, RowSecrets } from './row-secrets.js';
import { type IntegrationState, TenantIntegration } from './tenant-integration.entity.js';

/** Longer than a provider is waited for, and than new tokens are tried to be stored. What is claimed longer belongs to a process that has died. */
const CLAIM = "now() + interval '45 seconds'";
const IS_FREE = '(claim is null or claimed_until < now())';

export interface IntegrationFilter {
  readonly provider?: string | undefined;
  /** The last one of the page before. */
  readonly after?: Pick<TenantIntegration, 'createdAt' | 'id'> | undefined;
  readonly limit: number;
}

/** A grant, as a row has it. */
export type StoredGrant = Encrypted & Pick<TenantIntegration, 'account' | 'expiresAt' | 'scope'>;

/** The rows of the connections of the tenant in force. Each change is one statement that names what it is for. */
export class IntegrationRecords {
  readonly #registry: DataSourceRegistry;

  /** @throws {OptionsInvalidError} when the data source does not know the entities. */
  constructor(registry: DataSourceRegistry) {
    for (const entity of [TenantIntegration, TenantAuthorization])
      if (!registry.ambient.hasMetadata(entity))
        throw new OptionsInvalidError('TenantIntegrationsModule', [
          {
            field: 'typeorm.entities',
            expected: `expected ${entity.name} of @rowhouse/integrations among the entities`,
          },
        ]);
    this.#registry = registry;
  }

  /** Takes the place of those that nobody came back to. */
  async begin(authorization: TenantAuthorization): Promise<void> {
    await this.#manager().transaction(async (manager) => {
      await manager
        .createQueryBuilder()
        .delete()
        .from(TenantAuthorization)
        .where('expires_at < now()')
        .execute();
      await manager.insert(TenantAuthorization, authorization);
    });
  }

  /** Ends an authorization: the second who asks gets nothing, and neither does anybody but its user. */
  async end(id: string, provider: string, actor: string): Promise<TenantAuthorization | undefined> {
    return this.#manager().transaction(async (manager) => {
      const authorization = await manager.findOneBy(TenantAuthorization, { id, provider, actor });
      if (!authorization) return undefined;
      const { affected } = await manager
        .createQueryBuilder()
        .delete()
        .from(TenantAuthorization)
        .where('id = :id and expires_at > now()', { id })
        .execute();
      return affected === 1 ? authorization : undefined;
    });
  }

  async insert(integration: TenantIntegration): Promise<void> {
    await this.#manager().insert(TenantIntegration, integration);
  }

  /** @throws {IntegrationNotFoundError} also for what is being removed. */
  async get(id: string): Promise<TenantIntegration> {
    const integration = await this.find(id);
    if (!integration || integration.state === 'removing') throw new IntegrationNotFoundError();
    return integration;
  }

  async find(id: string): Promise<TenantIntegration | null> {
    return isUuid(id) ? this.#manager().findOneBy(TenantIntegration, { id }) : null;
  }

  /** Latest first. */
  list({ provider, after, limit }: IntegrationFilter): Promise<TenantIntegration[]> {
    const query = this.#manager()
      .createQueryBuilder(TenantIntegration, 'integration')
      .orderBy('integration.createdAt', 'DESC')
      .addOrderBy('integration.id', 'DESC')
      .take(limit);
    if (provider !== undefined) query.andWhere('integration.provider = :provider', { provider });
    if (after)
      query.andWhere('(integration.createdAt, integration.id) < (:createdAt::timestamptz, :id::uuid)', {
        createdAt: after.createdAt,
        id: after.id,
      });
    return query.getMany();
  }

  /** Takes a connection to refresh the tokens that it has. @returns `undefined` when somebody else does, or has done so. */
  async claimRefresh({ id, version }: TenantIntegration): Promise<string | undefined> {
    const claim = randomUUID();
    const isClaimed = await this.#change(
      { claim, claimedUntil: () => CLAIM },
      `id = :id and state = 'connected' and version = :version and ${IS_FREE}`,
      { id, version },
    );
    return isClaimed ? claim : undefined;
  }

  /** @returns false when the claim is not there any more: somebody has connected it again, or this took too long. */
  refreshed(id: string, claim: string, grant: StoredGrant): Promise<boolean> {
    return this.#change(
      { ...grant, version: () => 'version + 1', claim: null, claimedUntil: null },
      "id = :id and state = 'connected' and claim = :claim",
      { id, claim },
    );
  }

  /** @returns false as {@link refreshed} does. */
  needsReconnect(id: string, claim: string): Promise<boolean> {
    return this.#change(
      { state: 'needs_reconnect' satisfies IntegrationState, claim: null, claimedUntil: null },
      "id = :id and state = 'connected' and claim = :claim",
      { id, claim },
    );
  }

  async unclaim(id: string, claim: string): Promise<void> {
    await this.#change({ claim: null, claimedUntil: null }, 'id = :id and claim = :claim', { id, claim });
  }

  /** What a user has just connected takes the place of all that was. @returns false when it is gone. */
  reconnected(id: string, grant: StoredGrant): Promise<boolean> {
    return this.#change(
      {
        ...grant,
        state: 'connected' satisfies IntegrationState,
        version: () => 'version + 1',
        claim: null,
        claimedUntil: null,
      },
      "id = :id and state <> 'removing'",
      { id },
    );
  }

  /** From here on it is not used, and does not come back. @returns the claim, or `undefined` while somebody refreshes it. */
  async beginRemoval(id: string): Promise<string | undefined> {
    const claim = randomUUID();
    const isClaimed = await this.#change(
      { state: 'removing' satisfies IntegrationState, claim, claimedUntil: () => CLAIM },
      `id = :id and ${IS_FREE}`,
      { id },
    );
    return isClaimed ? claim : undefined;
  }

  async endRemoval(id: string, claim: string): Promise<void> {
    await this.#manager()
      .createQueryBuilder()
      .delete()
      .from(TenantIntegration)
      .where("id = :id and state = 'removing' and claim = :claim", { id, claim })
      .execute();
  }

  /** Has the current key encrypt what another one has. @returns how many rows. */
  async rotate(secrets: RowSecrets): Promise<number> {
    const manager = this.#manager();
    return (
      (await rotateRows(manager, TenantAuthorization, secrets)) +
      (await rotateRows(manager, TenantIntegration, secrets))
    );
  }

  async #change(
    values: Record<string, unknown>,
    where: string,
    parameters: { readonly id: string; readonly claim?: string; readonly version?: number },
  ): Promise<boolean> {
    const { affected } = await this.#manager()
      .createQueryBuilder()
      .update(TenantIntegration)
      .set(values)
      .where(where, parameters)
      .execute();
    return affected === 1;
  }

  #manager(): EntityManager {
    return this.#registry.for(TenantContext.require()).manager;
  }
}

export const isUuid = (id: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
