import { type Actor, type ApiKeyPepper, type Catalog, TenantNotFoundError } from '@rowhouse/core';
import {
  ApiKeyHashing,
  auditStatement,
  makeApiKey,
  peppersFromEnvironment,
  prefixOfApiKey,
  requireActor,
  runEach,
  sqlStateOf,
} from '@rowhouse/core/internal';
import { z } from 'zod';
import { ApiKeyConflictError, ApiKeyInvalidError, ApiKeyNotFoundError } from '../errors.js';
import { parseFields } from '../invalid-fields.js';
import {
  type ApiKey,
  type ApiKeyChange,
  type ApiKeyInput,
  type ApiKeyRotation,
  apiKeyChangeSchema,
  LATEST_EXPIRY_MS,
  type NewApiKey,
  newApiKeySchema,
  rotationSchema,
} from './api-key.js';

export interface ApiKeysOptions {
  /** Stands in new keys: `rh_<environment>_…`. 1 to 16 lower-case letters. Default `live`. */
  readonly environment?: string;
  /** What hashes of keys are made with. Default: those of `ROWHOUSE_API_KEY_PEPPERS`; without any, plain SHA-256. */
  readonly peppers?: readonly ApiKeyPepper[];
}

export interface ApiKeyListing {
  readonly limit: number;
  /** The key that the page before ended with: when it was made, and its id. */
  readonly after?: readonly [createdAt: string, id: string] | undefined;
}

/** Called with the present state of a key, which is locked, before it is changed; what it throws ends the change. */
export type ApiKeyCheck = (present: ApiKey) => void;

export interface ApiKeyChangeOptions {
  /** For the audit trail. Default: that of the request. */
  readonly by?: Actor | undefined;
  readonly check?: ApiKeyCheck | undefined;
}

type Queryable = Pick<Catalog, 'query'>;

const COLUMNS = `k.id, k.label, k.prefix, k.scopes, k.networks::text[] as networks, k.pepper_version as "pepperVersion",
  k.expires_at as "expiresAt", k.last_used_at as "lastUsedAt", k.created_at as "createdAt", k.created_by as "createdBy",
  k.revoked_at as "revokedAt", k.replaced_by as "replacedBy"`;

// inet takes an address with host bits, which network() cuts off: 10.1.2.3/8 is 10.0.0.0/8.
const NETWORKS = (parameter: string) =>
  `array(select distinct pg_catalog.network(n::inet) from pg_catalog.unnest(${parameter}::text[]) n)`;

const FOREIGN_KEY_VIOLATION = '23503';

/** The API keys of tenants, in the catalog. A key is shown once, when it is made. */
export class ApiKeys {
  readonly #catalog: Catalog;
  readonly #environment: string;
  readonly #hashing: ApiKeyHashing;

  /** @throws {OptionsInvalidError} when the peppers are none. */
  constructor(catalog: Catalog, options: ApiKeysOptions = {}) {
    const { environment = 'live', peppers = peppersFromEnvironment() } = options;
    this.#catalog = catalog;
    this.#environment = environment;
    this.#hashing = new ApiKeyHashing(peppers);
  }

  /**
   * @throws {ApiKeyInvalidError}
   * @throws {TenantNotFoundError}
   */
  async create(
    tenantId: string,
    input: ApiKeyInput,
    { by }: { readonly by?: Actor | undefined } = {},
  ): Promise<NewApiKey> {
    requireActor(by);
    const fields = parseFields(newApiKeySchema, input, ApiKeyInvalidError);
    return this.#catalog.transaction(async (client) => {
      const created = await this.#insert(client, tenantId, fields, by);
      await audit(client, tenantId, 'created', undefined, created, by);
      return created;
    });
  }

  /** Latest first; revoked and expired ones too. */
  async list(tenantId: string, { limit, after }: ApiKeyListing): Promise<readonly ApiKey[]> {
    const { rows } = await this.#catalog.query<ApiKey>(
      `select ${COLUMNS} from rowhouse.tenant_api_keys k
        where k.tenant_id = $1 and ($3::timestamptz is null or (k.created_at, k.id) < ($3, $4::uuid))
        order by k.created_at desc, k.id desc limit $2`,
      [tenantId, limit, after?.[0] ?? null, after?.[1] ?? null],
    );
    return rows;
  }

  /** @throws {ApiKeyNotFoundError} */
  find(tenantId: string, id: string): Promise<ApiKey> {
    return read(this.#catalog, tenantId, id);
  }

  /**
   * What is left out stays as it is.
   *
   * @throws {ApiKeyInvalidError}
   * @throws {ApiKeyNotFoundError}
   * @throws {ApiKeyConflictError} when it is revoked, or was rotated and is to live longer.
   */
  async update(
    tenantId: string,
    id: string,
    change: ApiKeyChange,
    { by, check }: ApiKeyChangeOptions = {},
  ): Promise<ApiKey> {
    const { label, scopes, networks, expiresAt } = parseFields(
      apiKeyChangeSchema,
      change,
      ApiKeyInvalidError,
    );
    return this.#change(tenantId, id, check, async (client, present) => {
      if (present.revokedAt) throw new ApiKeyConflictError('The key is revoked.');
      if (present.replacedBy && expiresAt !== undefined && isLater(expiresAt, present.expiresAt))
        throw new ApiKeyConflictError('The key was rotated: it cannot live longer.');
      await client.query(
        `update rowhouse.tenant_api_keys set label = coalesce($2, label), scopes = coalesce($3, scopes),
            networks = case when $4::text[] is null then networks else ${NETWORKS('$4')} end,
            expires_at = case when $5 then $6 else expires_at end
          where id = $1`,
        [id, label ?? null, scopes ?? null, networks ?? null, expiresAt !== undefined, expiresAt ?? null],
      );
      const changed = await read(client, tenantId, id);
      await audit(client, tenantId, 'updated', present, changed, by);
      return changed;
    });
  }

  /**
   * For good, and at every instance within a second. A key that is revoked stays as it is.
   *
   * @throws {ApiKeyNotFoundError}
   */
  async revoke(tenantId: string, id: string, { by, check }: ApiKeyChangeOptions = {}): Promise<ApiKey> {
    return this.#change(tenantId, id, check, async (client, present) => {
      if (present.revokedAt) return present;
      await client.query(
        'update rowhouse.tenant_api_keys set revoked_at = pg_catalog.now() where id = $1 and revoked_at is null',
        [id],
      );
      const revoked = await read(client, tenantId, id);
      await audit(client, tenantId, 'revoked', present, revoked, by);
      return revoked;
    });
  }

  /**
   * Makes a key that takes the place of another, with the same label, scopes and networks. The old one works for the overlap, or until
   * it expires. Of a key that expires, the new one works as long as that was made for.
   *
   * @throws {ApiKeyInvalidError}
   * @throws {ApiKeyNotFoundError}
   * @throws {ApiKeyConflictError} when it is revoked, has expired, or was rotated before.
   */
  async rotate(
    tenantId: string,
    id: string,
    rotation: ApiKeyRotation = {},
    { by, check }: ApiKeyChangeOptions = {},
  ): Promise<NewApiKey> {
    requireActor(by);
    const { overlapHours } = parseFields(rotationSchema, rotation, ApiKeyInvalidError);
    return this.#change(tenantId, id, check, async (client, present) => {
      const { label, scopes, networks, expiresAt, createdAt } = present;
      if (present.revokedAt) throw new ApiKeyConflictError('The key is revoked.');
      if (present.replacedBy) throw new ApiKeyConflictError('The key was rotated before.');
      const now = Date.now();
      if (expiresAt && expiresAt.getTime() <= now) throw new ApiKeyConflictError('The key has expired.');
      const lifeMs = expiresAt && expiresAt.getTime() - createdAt.getTime();
      const successor = await this.#insert(
        client,
        tenantId,
        {
          label,
          scopes,
          networks,
          expiresAt: lifeMs === null ? null : new Date(Math.min(now + lifeMs, LATEST_EXPIRY_MS)),
        },
        by,
      );
      await client.query(
        `update rowhouse.tenant_api_keys set replaced_by = $2, expires_at = least(expires_at, $3::timestamptz) where id = $1`,
        [id, successor.id, new Date(now + overlapHours * 3_600_000)],
      );
      await audit(client, tenantId, 'rotated', present, successor, by);
      return successor;
    });
  }

  /** Runs a change while nobody else changes the key. */
  #change<T>(
    tenantId: string,
    id: string,
    check: ApiKeyCheck | undefined,
    change: (client: Queryable, present: ApiKey) => Promise<T>,
  ): Promise<T> {
    return this.#catalog.transaction(async (client) => {
      const present = await read(client, tenantId, id, { lock: true });
      check?.(present);
      return change(client, present);
    });
  }

  async #insert(
    client: Queryable,
    tenantId: string,
    fields: Pick<ApiKey, 'label' | 'scopes' | 'networks' | 'expiresAt'>,
    by: Actor | undefined,
  ): Promise<NewApiKey> {
    const key = makeApiKey(this.#environment);
    const { hash, pepperVersion } = this.#hashing.hash(key);
    const { label, scopes, networks, expiresAt } = fields;
    const { rows } = await client
      .query<ApiKey>(
        `insert into rowhouse.tenant_api_keys as k
            (key_hash, tenant_id, label, prefix, pepper_version, scopes, networks, expires_at, created_by)
          values ($1, $2, $3, $4, $5, $6, ${NETWORKS('$7')}, $8, $9) returning ${COLUMNS}`,
        [
          hash,
          tenantId,
          label,
          prefixOfApiKey(key),
          pepperVersion,
          scopes,
          networks,
          expiresAt,
          by ? JSON.stringify(by) : null,
        ],
      )
      .catch((error: unknown) => {
        throw sqlStateOf(error) === FOREIGN_KEY_VIOLATION ? new TenantNotFoundError() : error;
      });
    return { ...(rows[0] as ApiKey), key };
  }
}

async function audit(
  client: Queryable,
  tenantId: string,
  what: string,
  before: ApiKey | undefined,
  { key: _, ...after }: ApiKey & { readonly key?: string },
  by: Actor | undefined,
): Promise<void> {
  const change = { action: `api_key.${what}`, tenantId, target: before?.id ?? after.id, before, after, by };
  await runEach(client, [auditStatement(change)]);
}

async function read(client: Queryable, tenantId: string, id: string, { lock = false } = {}): Promise<ApiKey> {
  if (!z.guid().safeParse(id).success) throw new ApiKeyNotFoundError();
  const { rows } = await client.query<ApiKey>(
    `select ${COLUMNS} from rowhouse.tenant_api_keys k where k.tenant_id = $1 and k.id = $2 ${lock ? 'for update' : ''}`,
    [tenantId, id],
  );
  if (!rows[0]) throw new ApiKeyNotFoundError();
  return rows[0];
}

/** `null` is never. */
function isLater(a: Date | null, b: Date | null): boolean {
  return (a?.getTime() ?? Number.POSITIVE_INFINITY) > (b?.getTime() ?? Number.POSITIVE_INFINITY);
}
