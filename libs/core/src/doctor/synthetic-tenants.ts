import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { eventTriggersBehind } from '../homes/event-triggers.js';
import { grantHome, grantSharedSchemas } from '../homes/home-grants.js';
import { makeTenantRole, ROLE_COMMENT_PREFIX } from '../homes/role-statements.js';
import { securingStatements } from '../homes/row-policies.js';
import { ON_COORDINATOR_ONLY } from '../homes/server-facts.js';
import type { TenantHomes } from '../homes/tenant-homes.js';
import { PgClient } from '../pin/pg-internals.js';
import { TenantPool, type TenantPoolConfig } from '../pool/tenant-pool.js';
import type { TenancyPoolSettings } from '../pool-options.js';
import { withFields } from '../support/postgres-address.js';
import { type DeploymentRoles, parseTenant, type Tenant, type TenantIsolation } from '../tenant.js';
import { explain } from './report.js';

const { escapeIdentifier: quote } = pg;

/** The name of a synthetic tenant holds when it was made, in seconds since 1970. */
const SYNTHETIC_SLUG = /^rhdoctor-([0-9a-z]{6,7})-[0-9a-f]{8}$/;

/** How the comments on roles of synthetic tenants begin. */
export const SYNTHETIC_ROLE_COMMENT = `${ROLE_COMMENT_PREFIX}rhdoctor-`;

/** The table of each synthetic tenant, and the one that those with isolation `row` share. */
export const PROBE = 'rowhouse_probe';
/** Where all tables are published, rows without a replica identity cannot be changed. */
const publishable = (table: string) => `alter table ${table} replica identity full`;

/** When the synthetic tenant of this slug was made; `undefined` for the slug of a real tenant. */
export function madeAt(slug: string): Date | undefined {
  const stamp = SYNTHETIC_SLUG.exec(slug)?.[1];
  return stamp === undefined ? undefined : new Date(Number.parseInt(stamp, 36) * 1_000);
}

export function syntheticSlug(now: Date): string {
  return `rhdoctor-${Math.floor(now.getTime() / 1_000).toString(36)}-${randomBytes(4).toString('hex')}`;
}

export function syntheticTenant(slug: string, isolation: TenantIsolation, id: string = randomUUID()): Tenant {
  const now = new Date();
  return parseTenant({
    ...{ id, slug, name: slug, status: 'active', isolation, placement: 'default', plan: 'free' },
    ...{ metadata: {}, createdAt: now, updatedAt: now },
  });
}

/** Two tenants, and a pool on the application's path, with one connection that both have to share. */
export interface Stage {
  readonly pool: TenantPool;
  readonly tenants: readonly [Tenant, Tenant];
  /** Queries the one connection without a pin, to see what pins left behind. */
  unpinned<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]>;
}

export interface Stages {
  /** Each tenant's table `rowhouse_probe` holds its slug. */
  readonly schema: Stage;
  /** The table `rowhouse_probe` that both use is empty. */
  readonly row: Stage;
}

/** The owner may not make or remove what a proof needs, so nothing was proved or disproved. */
export class NothingProvedError extends Error {
  readonly code = 'NOTHING_PROVED';
  override readonly name = 'NothingProvedError';

  constructor(
    message: string,
    /** What to do so that it can be proved. */
    readonly remedy: string,
  ) {
    super(message);
  }
}

const MAY_PREPARE =
  'Give the owner of the schemas to directUrl (--direct-url): a login with CREATE on the database and CREATEROLE.';

const INSUFFICIENT_PRIVILEGE = '42501';

/** Which event triggers refused something, and how to examine without them; `undefined` when none did. */
export async function refusalIn(
  owner: pg.Pool,
  error: unknown,
): Promise<{ readonly detail: string; readonly remedy: string } | undefined> {
  const triggers = await eventTriggersBehind(async (text) => (await owner.query(text)).rows, error);
  if (triggers.length === 0) return undefined;
  const all = (statement: 'disable' | 'enable') =>
    triggers.map((trigger) => `${trigger[statement]};`).join(' ');
  return {
    detail: `Refused by the event trigger ${triggers.map(({ name }) => name).join(', ')}`,
    remedy: `${all('disable')}\n-- examine again, then\n${all('enable')}`,
  };
}

/** The deployment that synthetic tenants are made in. */
export interface SyntheticTenantsOptions {
  /** How the application connects. */
  readonly appConfig: TenantPoolConfig;
  readonly owner: pg.Pool;
  /** The application's login, which gets the privileges where roles are off. */
  readonly login: string;
  readonly settings: TenancyPoolSettings;
  readonly roles: DeploymentRoles | undefined;
  readonly homes: TenantHomes;
}

/** The tenants that an examination makes for itself. */
export class SyntheticTenants {
  readonly #options: SyntheticTenantsOptions;
  readonly #tenants: readonly [Tenant, Tenant];
  readonly #rowTenants: readonly [Tenant, Tenant];
  /** The row tenants live in the schema of this one. */
  readonly #host: Tenant;
  readonly #pools: TenantPool[] = [];
  #prepared: Promise<Stages> | undefined;
  /** Whether something may have been made. */
  #isBegun = false;
  #removed: Promise<void> | undefined;

  constructor(options: SyntheticTenantsOptions) {
    const make = (isolation: TenantIsolation) => syntheticTenant(syntheticSlug(new Date()), isolation);
    this.#options = options;
    this.#tenants = [make('schema'), make('schema')];
    this.#rowTenants = [make('row'), make('row')];
    this.#host = make('schema');
  }

  /**
   * Makes them; further calls return the same.
   *
   * @throws {NothingProvedError} when the owner may not make schemas or roles, or an event trigger refuses to have them made or removed.
   */
  prepare(): Promise<Stages> {
    this.#prepared ??= this.#prepare().catch(async (error: unknown) => {
      const message = `Synthetic tenants could not be made: ${explain(error)}`;
      if ((error as { code?: string }).code === INSUFFICIENT_PRIVILEGE)
        throw new NothingProvedError(message, MAY_PREPARE);
      const refusal = await refusalIn(this.#options.owner, error);
      if (refusal) throw new NothingProvedError(`${message}. ${refusal.detail}`, refusal.remedy);
      throw new Error(message, { cause: error });
    });
    return this.#prepared;
  }

  /** Removes everything that was made, also when making it failed half-way. Further calls do nothing. */
  remove(): Promise<void> {
    if (!this.#prepared) return Promise.resolve();
    this.#removed ??= this.#remove(this.#prepared);
    return this.#removed;
  }

  async #prepare(): Promise<Stages> {
    const { owner, roles, login, homes } = this.#options;
    const holder = await homes.otherHolder();
    if (holder !== undefined) throw new Error(`the roles are those of the deployment "${holder}"`);
    await this.#rehearse();
    this.#isBegun = true;
    for (const tenant of this.#tenants) {
      const table = `${quote(tenant.schema)}.${PROBE}`;
      await owner.query(
        `${ON_COORDINATOR_ONLY}; create schema ${quote(tenant.schema)}; create table ${table} (value text); ${publishable(table)};
         insert into ${table} values ('${tenant.slug}')`,
      );
      if (!roles) await this.#grantToLogin(tenant.schema, login);
      else {
        await makeTenantRole(owner, roles, tenant);
        await grantHome(owner, tenant.schema, roles.ofTenant(tenant));
      }
    }
    await this.#prepareRows();
    const { settings } = this.#options;
    return {
      schema: this.#stage(this.#tenants, settings.homeSchema, settings.sharedSchemas),
      row: this.#stage(this.#rowTenants, this.#host.schema, [this.#host.schema]),
    };
  }

  /** Makes a schema and drops it, and rolls back: what cannot be dropped is not made. */
  async #rehearse(): Promise<void> {
    const schema = quote(this.#host.schema);
    const client = await this.#options.owner.connect();
    try {
      await client.query(
        `begin; ${ON_COORDINATOR_ONLY}; create schema ${schema}; create table ${schema}.${PROBE} (value text); drop schema ${schema} cascade; rollback`,
      );
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  }

  async #prepareRows(): Promise<void> {
    const { owner, roles, login } = this.#options;
    const { schema } = this.#host;
    const table = `${quote(schema)}.${PROBE}`;
    await owner.query(
      `${ON_COORDINATOR_ONLY}; create schema ${quote(schema)};
       create table ${table} (value text, tenant_id uuid not null
         default nullif(current_setting('rowhouse.tenant_id', true), '')::uuid); ${publishable(table)};
       ${securingStatements(table, roles?.system).join('\n')}`,
    );
    if (roles) await grantSharedSchemas(owner, [schema], roles);
    else await this.#grantToLogin(schema, login);
  }

  async #grantToLogin(schema: string, login: string): Promise<void> {
    await this.#options.owner.query(
      `grant usage on schema ${quote(schema)} to ${quote(login)};
       grant select, insert, update, delete on ${quote(schema)}.${PROBE} to ${quote(login)}`,
    );
  }

  #stage(tenants: Stage['tenants'], homeSchema: string, sharedSchemas: readonly string[]): Stage {
    const { appConfig } = this.#options;
    const connections: pg.Client[] = [];
    const pool = new TenantPool(
      withFields(withFields({ application_name: 'rowhouse-doctor' }, appConfig), {
        homeSchema,
        sharedSchemas,
        max: 1,
        // The proof is about PostgreSQL's answers, without the guard.
        guard: { mode: 'off' as const },
      }),
    );
    pool.on('error', () => {});
    pool.on('connect', (client) => connections.push(client as unknown as pg.Client));
    this.#pools.push(pool);
    return {
      pool,
      tenants,
      async unpinned<Row extends pg.QueryResultRow>(sql: string) {
        const connection = connections.at(-1);
        if (!connection) throw new Error('The pool has opened no connection yet.');
        const query = PgClient.prototype.query as (sql: string) => Promise<pg.QueryResult<Row>>;
        return (await query.call(connection, sql)).rows;
      },
    };
  }

  async #remove(prepared: Promise<Stages>): Promise<void> {
    await prepared.catch(() => {});
    // DROP SCHEMA IF EXISTS calls event triggers, too, where there is no schema.
    if (!this.#isBegun) return;
    await Promise.all(this.#pools.map((pool) => pool.end()));
    const { homes } = this.#options;
    const removals = await Promise.allSettled(
      [...this.#tenants, this.#host].map((tenant) => homes.remove(tenant)),
    );
    for (const removal of removals) if (removal.status === 'rejected') throw removal.reason;
  }
}
