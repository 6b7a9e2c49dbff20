import type { Pool } from 'pg';
import { isExpired, type TenantOfApiKey } from '../api-keys/api-key-facts.js';
import { hasWrongChecksum } from '../api-keys/api-key-format.js';
import {
  ApiKeyHashing,
  type ApiKeyPepper,
  hashApiKey,
  peppersFromEnvironment,
} from '../api-keys/api-key-hashing.js';
import { TenantConflictError, TenantNotFoundError } from '../errors.js';
import { sqlStateOf } from '../support/sql-state.js';
import { parseTenant, type Tenant, type TenantSlug } from '../tenant.js';
import {
  deleteTenant,
  explainConflict,
  insertTenant,
  parseNewTenant,
  parseTenantChange,
  TENANT_COLUMNS,
  updateTenant,
} from './tenant-records.js';
import {
  type NewTenant,
  newApiKey,
  pageOf,
  parseApiKeyLabel,
  parseDomain,
  parseListOptions,
  type TenantChange,
  type TenantChangeFeed,
  type TenantChangeHandler,
  type TenantListOptions,
  type TenantPage,
  type WritableTenantStore,
} from './tenant-store.js';

export interface PostgresTenantStoreOptions {
  /** A {@link Catalog}, or a small plain pool to its database; not the tenant pool. It stays the caller's to close. */
  readonly pool: Pick<Pool, 'query'>;
  /**
   * Lets each connection parse and plan the look-ups once, under a name: half the time of a look-up. Only where no
   * transaction pooler stands before the server. Default false.
   */
  readonly prepare?: boolean;
  /** Tells of changes made by any instance: a {@link TenantChangeListener}. It stays the caller's to close. */
  readonly listener?: TenantChangeFeed;
  /** What hashes of API keys are made with. Default: those of `ROWHOUSE_API_KEY_PEPPERS`. */
  readonly peppers?: readonly ApiKeyPepper[];
}

const BY_ID = `select ${TENANT_COLUMNS} from rowhouse.tenants t where t.id operator(pg_catalog.=) $1`;

const BY_SLUG = `select ${TENANT_COLUMNS} from rowhouse.tenants t where t.slug operator(pg_catalog.=) $1`;

// Only domains that are proven, or entered by a script, stand in this table.
const BY_DOMAIN = `select ${TENANT_COLUMNS} from rowhouse.tenant_domains d
  join rowhouse.tenants t on t.id operator(pg_catalog.=) d.tenant_id
  where d.domain operator(pg_catalog.=) $1`;

const BY_API_KEY = `select ${TENANT_COLUMNS}, k.id as "keyId", k.scopes, k.networks::pg_catalog.text[] as networks,
    k.expires_at as "expiresAt"
  from rowhouse.tenant_api_keys k
  join rowhouse.tenants t on t.id operator(pg_catalog.=) k.tenant_id
  where k.key_hash operator(pg_catalog.=) any ($1::pg_catalog.bytea[]) and k.revoked_at is null`;

const LIST = `select ${TENANT_COLUMNS} from rowhouse.tenants t
  where t.slug operator(pg_catalog.>) $1
    and ($2::pg_catalog.text is null or t.status operator(pg_catalog.=) $2)
  order by t.slug limit $3`;

// The no-op update makes "this tenant has it already" a row and "another has it" none, in one statement.
const ADD_DOMAIN = `insert into rowhouse.tenant_domains as d (domain, tenant_id) values ($1, $2)
  on conflict (domain) do update set domain = excluded.domain
    where d.tenant_id operator(pg_catalog.=) excluded.tenant_id`;

// With the claim, which would bring the domain back when it is checked again.
const REMOVE_DOMAIN = `with claim as (
    delete from rowhouse.domain_claims where domain operator(pg_catalog.=) $1 and tenant_id operator(pg_catalog.=) $2)
  delete from rowhouse.tenant_domains
  where domain operator(pg_catalog.=) $1 and tenant_id operator(pg_catalog.=) $2`;

const ADD_API_KEY = 'insert into rowhouse.tenant_api_keys (key_hash, tenant_id, label) values ($1, $2, $3)';

const REVOKE_API_KEYS = `update rowhouse.tenant_api_keys set revoked_at = pg_catalog.now()
  where tenant_id operator(pg_catalog.=) $1 and label operator(pg_catalog.=) $2 and revoked_at is null`;

/** SQLSTATE code (manual, Appendix A). */
const FOREIGN_KEY_VIOLATION = '23503';

/**
 * The tenants in Rowhouse's catalog (see {@link migrateCatalog}).
 *
 * Each operation is one statement with parameters, and without a prepared statement's name unless `prepare` is
 * set, so it works behind PgBouncer in transaction mode. Errors of the connection reach the caller as `pg` throws them.
 */
export class PostgresTenantStore implements WritableTenantStore, TenantChangeFeed {
  readonly #pool: Pick<Pool, 'query'>;
  readonly #prepare: boolean;
  readonly #listener: TenantChangeFeed | undefined;
  readonly #hashing: ApiKeyHashing;

  /** @throws {OptionsInvalidError} when the peppers are none. */
  constructor(options: PostgresTenantStoreOptions) {
    const { pool, prepare = false, listener, peppers = peppersFromEnvironment() } = options;
    this.#pool = pool;
    this.#prepare = prepare;
    this.#listener = listener;
    this.#hashing = new ApiKeyHashing(peppers);
  }

  findById(id: string): Promise<Tenant | undefined> {
    return this.#findOne(BY_ID, [id], 'id');
  }

  findBySlug(slug: TenantSlug): Promise<Tenant | undefined> {
    return this.#findOne(BY_SLUG, [slug], 'slug');
  }

  findByDomain(domain: string): Promise<Tenant | undefined> {
    return this.#findOne(BY_DOMAIN, [domain], 'domain');
  }

  /** Does not look at the key's networks: see {@link findApiKey}. */
  async findByApiKey(apiKey: string): Promise<Tenant | undefined> {
    return (await this.findApiKey(apiKey))?.tenant;
  }

  async findApiKey(apiKey: string): Promise<TenantOfApiKey | undefined> {
    if (hasWrongChecksum(apiKey)) return undefined;
    const [row] = await this.#rows(BY_API_KEY, [this.#hashing.candidates(apiKey)], 'api_key');
    if (!row || isExpired(row)) return undefined;
    const { keyId: id, scopes, networks, expiresAt, ...tenant } = row;
    return { tenant: parseTenant(tenant), apiKey: Object.freeze({ id, scopes, networks, expiresAt }) };
  }

  async list(options?: TenantListOptions): Promise<TenantPage> {
    const { after, limit, status } = parseListOptions(options);
    const { rows } = await this.#pool.query(LIST, [after ?? '', status ?? null, limit + 1]);
    return pageOf(rows.map(parseTenant), limit);
  }

  async create(input: NewTenant): Promise<Tenant> {
    const tenant = parseNewTenant(input, new Date());
    const { text, values } = insertTenant(tenant);
    const created = await this.#findOne(text, values).catch((error: unknown) => {
      throw explainConflict(error, tenant);
    });
    if (!created) throw new TenantNotFoundError();
    return created;
  }

  async update(id: string, change: TenantChange): Promise<Tenant> {
    const { text, values } = updateTenant(id, parseTenantChange(change));
    const tenant = await this.#findOne(text, values);
    if (!tenant) throw new TenantNotFoundError();
    return tenant;
  }

  async remove(id: string): Promise<boolean> {
    const { text, values = [] } = deleteTenant(id);
    return (await this.#countOf(text, values)) > 0;
  }

  async addDomain(id: string, domain: string): Promise<void> {
    const added = await this.#countOf(ADD_DOMAIN, [parseDomain(domain), id]).catch(rethrowMissingTenant);
    if (added === 0) throw new TenantConflictError('The domain is taken by another tenant.');
  }

  async removeDomain(id: string, domain: string): Promise<boolean> {
    return (await this.#countOf(REMOVE_DOMAIN, [domain, id])) > 0;
  }

  async addApiKey(id: string, label: string): Promise<string> {
    const apiKey = newApiKey();
    await this.#countOf(ADD_API_KEY, [hashApiKey(apiKey), id, parseApiKeyLabel(label)]).catch(
      rethrowMissingTenant,
    );
    return apiKey;
  }

  revokeApiKeys(id: string, label: string): Promise<number> {
    return this.#countOf(REVOKE_API_KEYS, [id, label]);
  }

  async subscribe(handler: TenantChangeHandler): Promise<() => Promise<void>> {
    if (!this.#listener) {
      throw new TypeError(
        'This PostgresTenantStore has no listener to tell of changes. ' +
          'Give it `listener: new TenantChangeListener({ directUrl })`, or the directory `feed: false`.',
      );
    }
    return this.#listener.subscribe(handler);
  }

  async #findOne(
    text: string,
    values: readonly unknown[] = [],
    lookUp?: string,
  ): Promise<Tenant | undefined> {
    const [row] = await this.#rows(text, values, lookUp);
    return row === undefined ? undefined : parseTenant(row);
  }

  /** @param lookUp - names a statement that is worth preparing. */
  // biome-ignore lint/suspicious/noExplicitAny: a row of whatever the statement selects.
  async #rows(text: string, values: readonly unknown[], lookUp: string | undefined): Promise<any[]> {
    const name = this.#prepare && lookUp ? `rowhouse_by_${lookUp}` : undefined;
    const { rows } = await this.#pool.query({ text, values: [...values], ...(name && { name }) });
    return rows;
  }

  async #countOf(sql: string, values: readonly unknown[]): Promise<number> {
    const { rowCount } = await this.#pool.query(sql, [...values]);
    return rowCount ?? 0;
  }
}

function rethrowMissingTenant(error: unknown): never {
  throw sqlStateOf(error) === FOREIGN_KEY_VIOLATION ? new TenantNotFoundError() : error;
}
