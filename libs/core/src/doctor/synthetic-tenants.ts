import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { grantHome, grantSharedSchemas } from '../homes/home-grants.js';
import { makeTenantRole } from '../homes/role-statements.js';
import { PgClient } from '../pin/pg-internals.js';
import { TenantPool } from '../pool/tenant-pool.js';
import { parseTenant, type Tenant, type TenantIsolation } from '../tenant.js';
import { securingStatements } from './checks/row-policy.js';
import type { Examination } from './examination.js';
import { explain } from './report.js';

const { escapeIdentifier: quote } = pg;

/** When one was made, in seconds since 1970, is part of its name. */
const SYNTHETIC_SLUG = /^rhdoctor-([0-9a-z]{6,7})-[0-9a-f]{8}$/;

/** The table of each synthetic tenant, and the one that those with isolation `row` share. */
export const PROBE = 'rowhouse_probe';

/** When the synthetic tenant of this slug was made; `undefined` for a slug of somebody real. */
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

/** Two tenants, and a pool of one connection on the application's path that both must share. */
export interface Stage {
  readonly pool: TenantPool;
  readonly tenants: readonly [Tenant, Tenant];
  /** The one connection, past its pin: to see what pins left behind. */
  unpinned<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]>;
}

export interface Stages {
  /** Each tenant's table `rowhouse_probe` holds its slug. */
  readonly schema: Stage;
  /** The table `rowhouse_probe` that both use is empty. */
  readonly row: Stage;
}

/** The owner may not make what a proof needs. Nothing is known to be wrong. */
export class NothingProvedError extends Error {
  readonly code = 'NOTHING_PROVED';
  override readonly name = 'NothingProvedError';
}

const INSUFFICIENT_PRIVILEGE = '42501';

/** The tenants that an examination makes for itself. */
export class SyntheticTenants {
  readonly #examination: Examination;
  readonly #tenants: readonly [Tenant, Tenant];
  readonly #rowTenants: readonly [Tenant, Tenant];
  /** Its schema is the home of the row tenants. */
  readonly #host: Tenant;
  readonly #pools: TenantPool[] = [];
  #prepared: Promise<Stages> | undefined;
  #removed: Promise<void> | undefined;

  constructor(examination: Examination) {
    const make = (isolation: TenantIsolation) => syntheticTenant(syntheticSlug(new Date()), isolation);
    this.#examination = examination;
    this.#tenants = [make('schema'), make('schema')];
    this.#rowTenants = [make('row'), make('row')];
    this.#host = make('schema');
  }

  /**
   * Makes them, once.
   *
   * @throws {NothingProvedError} when the owner may not make schemas or roles.
   */
  prepare(): Promise<Stages> {
    this.#prepared ??= this.#prepare().catch((error: unknown) => {
      const message = `Synthetic tenants could not be made: ${explain(error)}`;
      const isForbidden = (error as { code?: string }).code === INSUFFICIENT_PRIVILEGE;
      throw isForbidden ? new NothingProvedError(message) : new Error(message, { cause: error });
    });
    return this.#prepared;
  }

  /** Removes everything that was made, also after half of it failed. Calling it again does nothing more. */
  remove(): Promise<void> {
    if (!this.#prepared) return Promise.resolve();
    this.#removed ??= this.#remove(this.#prepared);
    return this.#removed;
  }

  async #prepare(): Promise<Stages> {
    const { owner, roles, login } = this.#examination;
    for (const tenant of this.#tenants) {
      const table = `${quote(tenant.schema)}.${PROBE}`;
      await owner.query(
        `create schema ${quote(tenant.schema)}; create table ${table} (value text);
         insert into ${table} values ('${tenant.slug}')`,
      );
      if (!roles) await this.#grantToLogin(tenant.schema, login);
      else {
        await makeTenantRole(owner, roles, tenant);
        await grantHome(owner, tenant.schema, roles.ofTenant(tenant));
      }
    }
    await this.#prepareRows();
    const { settings } = this.#examination;
    return {
      schema: this.#stage(this.#tenants, settings.homeSchema, settings.sharedSchemas),
      row: this.#stage(this.#rowTenants, this.#host.schema, [this.#host.schema]),
    };
  }

  async #prepareRows(): Promise<void> {
    const { owner, roles, login } = this.#examination;
    const { schema } = this.#host;
    const table = `${quote(schema)}.${PROBE}`;
    await owner.query(
      `create schema ${quote(schema)};
       create table ${table} (value text, tenant_id uuid not null
         default nullif(current_setting('rowhouse.tenant_id', true), '')::uuid);
       ${securingStatements(table, roles?.system).join('\n')}`,
    );
    if (roles) await grantSharedSchemas(owner, [schema], roles);
    else await this.#grantToLogin(schema, login);
  }

  async #grantToLogin(schema: string, login: string): Promise<void> {
    await this.#examination.owner.query(
      `grant usage on schema ${quote(schema)} to ${quote(login)};
       grant select, insert, update, delete on ${quote(schema)}.${PROBE} to ${quote(login)}`,
    );
  }

  #stage(tenants: Stage['tenants'], homeSchema: string, sharedSchemas: readonly string[]): Stage {
    const { appConfig } = this.#examination;
    const connections: pg.Client[] = [];
    const pool = new TenantPool({
      application_name: 'rowhouse-doctor',
      ...appConfig,
      homeSchema,
      sharedSchemas,
      max: 1,
      // PostgreSQL alone shall answer.
      guard: { mode: 'off' },
    });
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
    await Promise.all(this.#pools.map((pool) => pool.end()));
    const { homes } = this.#examination;
    const removals = await Promise.allSettled(
      [...this.#tenants, this.#host].map((tenant) => homes.remove(tenant)),
    );
    for (const removal of removals) if (removal.status === 'rejected') throw removal.reason;
  }
}
