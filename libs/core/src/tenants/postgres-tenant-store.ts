import type { Pool } from 'pg';
import { isExpired, type TenantOfApiKey } from '../api-keys/api-key-facts.js';
import { hasWrongChecksum } from '../api-keys/api-key-format.js';
import {
  ApiKeyHashing,
  type ApiKeyPepper,
  hashApiKey,
  peppersFromEnvironment,
} from '../api-keys/api-key-hashing.js';
import { type AuditedRows, audited } from '../audit/audit-records.js';
import { TenantConflictError, TenantNotFoundError } from '../errors.js';
import type { ScriptStatement } from '../pin/pinned-query.js';
import { sqlStateOf } from '../support/sql-state.js';
import { parseTenant, type Tenant, type TenantSlug } from '../tenant.js';
import { GatheredLookUps } from './gathered-look-ups.js';
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

/** A look-up of one value, and of several: a statement of its own for one, because an array is planned each time. */
interface LookUp {
  readonly name: string;
  readonly one: string;
  readonly many: string;
}

const TENANTS = 'rowhouse.tenants t';

const BY_ID = lookUpBy('id', 't.id', 'uuid', TENANTS);

const BY_SLUG = lookUpBy('slug', 't.slug', 'text', TENANTS);

// Only domains that are proven, or entered by a script, stand in this table.
const BY_DOMAIN = lookUpBy(
  'domain',
  'd.domain',
  'text',
  `rowhouse.tenant_domains d join ${TENANTS} on t.id operator(pg_catalog.=) d.tenant_id`,
);

const BY_API_KEY = `select ${TENANT_COLUMNS}, k.id as "keyId", k.scopes, k.networks::pg_catalog.text[] as networks,
    k.expires_at as "expiresAt", k.key_hash as "keyHash"
  from rowhouse.tenant_api_keys k
  join rowhouse.tenants t on t.id operator(pg_catalog.=) k.tenant_id
  where k.key_hash operator(pg_catalog.=) any ($1::pg_catalog.bytea[]) and k.revoked_at is null`;

const LIST = `select ${TENANT_COLUMNS} from rowhouse.tenants t
  where t.slug operator(pg_catalog.>) $1
    and ($2::pg_catalog.text is null or t.status operator(pg_catalog.=) $2)
  order by t.slug limit $3`;

/** Entries of the audit trail, by what the statements below return. */
const FIELDS = `pg_catalog.jsonb_build_object('slug', c.slug, 'name', c.name, 'status', c.status, 'isolation', c.isolation,
  'placement', c.placement, 'plan', c.plan, 'metadata', c.metadata)`;
const TENANT = { tenantId: 'c.id', target: 'c.slug' };
const CREATED: AuditedRows = { ...TENANT, action: 'tenant.created', after: FIELDS };
const UPDATED: AuditedRows = { ...TENANT, action: 'tenant.updated', after: FIELDS };
const REMOVED: AuditedRows = { ...TENANT, action: 'tenant.removed', before: FIELDS };
const DOMAIN = { tenantId: 'c.tenant_id', target: 'c.domain' };
const DOMAIN_ADDED: AuditedRows = { ...DOMAIN, action: 'domain.added', when: 'c.is_new' };
const DOMAIN_REMOVED: AuditedRows = {
  ...DOMAIN,
  action: 'domain.removed',
  // With the claim, which would bring the domain back when it is checked again.
  parts: `claim as (
      delete from rowhouse.domain_claims where domain operator(pg_catalog.=) $1 and tenant_id operator(pg_catalog.=) $2
      returning domain, tenant_id, false as was_served),
    served as (
      delete from rowhouse.tenant_domains where domain operator(pg_catalog.=) $1 and tenant_id operator(pg_catalog.=) $2
      returning domain, tenant_id, true as was_served)`,
};
const API_KEY = { tenantId: 'c.tenant_id', target: 'c.id::pg_catalog.text' };
const LABEL = "pg_catalog.jsonb_build_object('label', c.label)";
const API_KEY_CREATED: AuditedRows = { ...API_KEY, action: 'api_key.created', after: LABEL };
const API_KEY_REVOKED: AuditedRows = { ...API_KEY, action: 'api_key.revoked', before: LABEL };

// The no-op update makes "this tenant has it already" a row and "another has it" none, in one statement.
// A row that is inserted has no `xmax`.
const ADD_DOMAIN = `insert into rowhouse.tenant_domains as d (domain, tenant_id) values ($1, $2)
  on conflict (domain) do update set domain = excluded.domain
    where d.tenant_id operator(pg_catalog.=) excluded.tenant_id
  returning d.domain, d.tenant_id, d.xmax operator(pg_catalog.=) 0 as is_new`;

const REMOVE_DOMAIN = `select domain, tenant_id, pg_catalog.bool_or(was_served) as was_served
  from (select * from claim union all select * from served) removed group by domain, tenant_id`;

const ADD_API_KEY = `insert into rowhouse.tenant_api_keys (key_hash, tenant_id, label) values ($1, $2, $3)
  returning id, tenant_id, label`;

const REVOKE_API_KEYS = `update rowhouse.tenant_api_keys set revoked_at = pg_catalog.now()
  where tenant_id operator(pg_catalog.=) $1 and label operator(pg_catalog.=) $2 and revoked_at is null
  returning id, tenant_id, label`;

/** SQLSTATE code (manual, Appendix A). */
const FOREIGN_KEY_VIOLATION = '23503';

/**
 * The tenants in Rowhouse's catalog (see {@link migrateCatalog}).
 *
 * Each operation is one statement with parameters, and without a prepared statement's name unless `prepare` is
 * set, so it works behind PgBouncer in transaction mode. Look-ups that come while one of their kind is under way are one statement
 * together. Errors of the connection reach the caller as `pg` throws them.
 */
export class PostgresTenantStore implements WritableTenantStore, TenantChangeFeed {
  readonly #pool: Pick<Pool, 'query'>;
  readonly #prepare: boolean;
  readonly #listener: TenantChangeFeed | undefined;
  readonly #hashing: ApiKeyHashing;
  readonly #byId = this.#gathered(BY_ID);
  readonly #bySlug = this.#gathered(BY_SLUG);
  readonly #byDomain = this.#gathered(BY_DOMAIN);
  readonly #byKeyHashes = new GatheredLookUps((asked) => this.#rowsOfKeyHashes(asked));

  /** @throws {OptionsInvalidError} when the peppers are none. */
  constructor(options: PostgresTenantStoreOptions) {
    const { pool, prepare = false, listener, peppers = peppersFromEnvironment() } = options;
    this.#pool = pool;
    this.#prepare = prepare;
    this.#listener = listener;
    this.#hashing = new ApiKeyHashing(peppers);
  }

  findById(id: string): Promise<Tenant | undefined> {
    return this.#findOne(this.#byId, id);
  }

  findBySlug(slug: TenantSlug): Promise<Tenant | undefined> {
    return this.#findOne(this.#bySlug, slug);
  }

  findByDomain(domain: string): Promise<Tenant | undefined> {
    return this.#findOne(this.#byDomain, domain);
  }

  /** Does not look at the key's networks: see {@link findApiKey}. */
  async findByApiKey(apiKey: string): Promise<Tenant | undefined> {
    return (await this.findApiKey(apiKey))?.tenant;
  }

  async findApiKey(apiKey: string): Promise<TenantOfApiKey | undefined> {
    if (hasWrongChecksum(apiKey)) return undefined;
    const row = await this.#byKeyHashes.find(this.#hashing.candidates(apiKey).map(hexOf).join());
    if (!row || isExpired(row)) return undefined;
    const { keyId: id, scopes, networks, expiresAt } = row;
    return { tenant: parseTenant(row), apiKey: Object.freeze({ id, scopes, networks, expiresAt }) };
  }

  async list(options?: TenantListOptions): Promise<TenantPage> {
    const { after, limit, status } = parseListOptions(options);
    const { rows } = await this.#pool.query(LIST, [after ?? '', status ?? null, limit + 1]);
    return pageOf(rows.map(parseTenant), limit);
  }

  async create(input: NewTenant): Promise<Tenant> {
    const tenant = parseNewTenant(input, new Date());
    const [created] = await this.#write(insertTenant(tenant), CREATED).catch((error: unknown) => {
      throw explainConflict(error, tenant);
    });
    if (!created) throw new TenantNotFoundError();
    return parseTenant(created);
  }

  async update(id: string, change: TenantChange): Promise<Tenant> {
    const [updated] = await this.#write(updateTenant(id, parseTenantChange(change)), UPDATED);
    if (!updated) throw new TenantNotFoundError();
    return parseTenant(updated);
  }

  async remove(id: string): Promise<boolean> {
    const { text, values } = deleteTenant(id);
    return (await this.#write({ text: `${text} returning *`, values }, REMOVED)).length > 0;
  }

  async addDomain(id: string, domain: string): Promise<void> {
    const values = [parseDomain(domain), id];
    const added = await this.#write({ text: ADD_DOMAIN, values }, DOMAIN_ADDED).catch(rethrowMissingTenant);
    if (added.length === 0) throw new TenantConflictError('The domain is taken by another tenant.');
  }

  async removeDomain(id: string, domain: string): Promise<boolean> {
    const [removed] = await this.#write({ text: REMOVE_DOMAIN, values: [domain, id] }, DOMAIN_REMOVED);
    return removed?.was_served ?? false;
  }

  async addApiKey(id: string, label: string): Promise<string> {
    const apiKey = newApiKey();
    const values = [hashApiKey(apiKey), id, parseApiKeyLabel(label)];
    await this.#write({ text: ADD_API_KEY, values }, API_KEY_CREATED).catch(rethrowMissingTenant);
    return apiKey;
  }

  async revokeApiKeys(id: string, label: string): Promise<number> {
    return (await this.#write({ text: REVOKE_API_KEYS, values: [id, label] }, API_KEY_REVOKED)).length;
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

  async #findOne(lookUps: GatheredLookUps<unknown>, value: string): Promise<Tenant | undefined> {
    const row = await lookUps.find(value);
    return row === undefined ? undefined : parseTenant(row);
  }

  #gathered({ name, one, many }: LookUp): GatheredLookUps<unknown> {
    return new GatheredLookUps(async (values) => {
      const rows =
        values.length === 1
          ? await this.#rows(one, values, name)
          : await this.#rows(many, [values], `${name}s`);
      return new Map(rows.map((row) => [row.askedFor, row]));
    });
  }

  /** @param asked - of each key the hashes under which it may be kept. */
  // biome-ignore lint/suspicious/noExplicitAny: a row of the look-up.
  async #rowsOfKeyHashes(asked: readonly string[]): Promise<ReadonlyMap<string, any>> {
    const askedByHash = new Map(asked.flatMap((hashes) => hashes.split(',').map((hash) => [hash, hashes])));
    const candidates = [...askedByHash.keys()].map((hash) => Buffer.from(hash, 'hex'));
    const rows = await this.#rows(BY_API_KEY, [candidates], 'api_key');
    return new Map(rows.map((row) => [String(askedByHash.get(hexOf(row.keyHash))), row]));
  }

  /** @param lookUp - names a statement that is worth preparing. */
  // biome-ignore lint/suspicious/noExplicitAny: a row of whatever the statement selects.
  async #rows(text: string, values: readonly unknown[], lookUp?: string): Promise<any[]> {
    const name = this.#prepare && lookUp ? `rowhouse_by_${lookUp}` : undefined;
    const { rows } = await this.#pool.query({ text, values: [...values], ...(name && { name }) });
    return rows;
  }

  /** With its entries in the audit trail. @returns the rows that it has written. */
  // biome-ignore lint/suspicious/noExplicitAny: a row of whatever the statement returns.
  #write(statement: ScriptStatement, rows: AuditedRows): Promise<any[]> {
    const { text, values = [] } = audited(statement, rows);
    return this.#rows(text, values);
  }
}

function lookUpBy(name: string, column: string, type: string, from: string): LookUp {
  const select = `select ${TENANT_COLUMNS}, ${column}::pg_catalog.text as "askedFor" from ${from}`;
  const where = `where ${column} operator(pg_catalog.=)`;
  return { name, one: `${select} ${where} $1`, many: `${select} ${where} any ($1::pg_catalog.${type}[])` };
}

function hexOf(hash: Buffer): string {
  return hash.toString('hex');
}

function rethrowMissingTenant(error: unknown): never {
  throw sqlStateOf(error) === FOREIGN_KEY_VIOLATION ? new TenantNotFoundError() : error;
}
