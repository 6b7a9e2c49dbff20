import { randomBytes } from 'node:crypto';
import {
  type GuardOptions,
  type PinMode,
  TENANT_ISOLATIONS,
  type Tenant,
  TenantContext,
  type TenantIsolation,
  TenantPool,
} from '@rowhouse/core';
import { databaseNameOf, isTransientRoleError, rolesOf } from '@rowhouse/core/internal';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource, TenantEntityDataSource } from '@rowhouse/typeorm';
import { missingRowSecurity, type PostgresOptions } from '@rowhouse/typeorm/internal';
import pg from 'pg';
import { createCitusDatabase } from '../support/citus-database.js';
import { homesOf } from '../support/homes.js';
import { makeTenant } from '../support/tenants.js';
import { until } from '../support/until.js';
import type { Battle, Side } from './attack.js';
import { entities } from './entities.js';
import { homeOf, LEFT_IN_PUBLIC, PUBLIC_TABLES } from './estate.js';
import { newMark } from './marks.js';

/** Whether the suite runs on a cluster of Citus. */
export const isOnCitus = process.env['SUITE'] === 'citus';

type Sides = Readonly<Record<'victim' | 'attacker', Side>>;

/**
 * A deployment with a victim and an attacker of each isolation, and with dangerous objects in a shared schema. Its roles have
 * unique names, because roles belong to the server.
 */
export class Battlefield {
  readonly prefix = `siege_${randomBytes(4).toString('hex')}`;
  readonly roles = rolesOf(this.prefix);
  readonly #opened: Array<() => Promise<unknown>> = [];
  readonly #owners = new Map<string, pg.Client>();
  readonly #sides = new Map<TenantIsolation, Sides>();
  readonly #database: TestDatabase;

  private constructor(database: TestDatabase) {
    this.#database = database;
  }

  static async prepare(): Promise<Battlefield> {
    const field = new Battlefield(await (isOnCitus ? createCitusDatabase() : createTestDatabase()));
    await field.#build();
    return field;
  }

  get login(): string {
    return new URL(this.#database.loginUrl).username;
  }

  /** The two tenants of a mode. */
  sides(isolation: TenantIsolation): Sides {
    const sides = this.#sides.get(isolation);
    if (!sides) throw new Error(`Nobody has isolation ${isolation}.`);
    return sides;
  }

  battle(isolation: TenantIsolation, victimPid: number): Battle {
    const { victim, attacker } = this.sides(isolation);
    const prefix = isolation === 'database' ? `"${victim.database}".${victim.home}` : victim.home;
    return {
      isolation,
      victim,
      attacker,
      roles: this.roles,
      login: this.login,
      readerRole: isolation === 'row' ? this.roles.system : victim.role,
      victimPid,
      at: (name) => `${prefix}.${name}`,
    };
  }

  /** A pool with one connection, so that the next lease uses the same one. */
  openPool(guard: GuardOptions, pin: PinMode = 'statement'): TenantPool {
    const pool = new TenantPool({
      ...this.poolOptions(guard, pin),
      connectionString: this.#database.loginUrl,
      max: 1,
    });
    pool.on('error', () => {});
    this.#opened.push(() => pool.end());
    return pool;
  }

  poolOptions(guard: GuardOptions, pin: PinMode = 'statement', connections = 1) {
    return { pin, guard, roles: this.prefix, databases: { maxConnectionsPerTenant: connections } };
  }

  /** Data sources for the tenants' entities, on one connection; `direct` reaches their homes as the owner. */
  async openRegistry(
    guard: GuardOptions,
    { poolSize = 1, ...options }: Partial<PostgresOptions> = {},
  ): Promise<DataSourceRegistry> {
    const tenancy = this.poolOptions(guard, 'statement', poolSize);
    const ambient = await openTenantDataSource(
      { type: 'postgres', url: this.#database.loginUrl, poolSize, entities, ...options },
      tenancy,
    );
    const registry = new DataSourceRegistry({ ambient, directUrl: this.#database.url, tenancy });
    this.#opened.push(async () => {
      await registry.close();
      await ambient.destroy();
    });
    return registry;
  }

  /** The superuser in the database of a tenant. */
  async owner(database: string): Promise<pg.Client> {
    const known = this.#owners.get(database);
    if (known) return known;
    const url = Object.assign(new URL(this.#database.url), { pathname: `/${database}` }).href;
    const client = new pg.Client(url);
    await client.connect();
    client.on('error', () => {});
    this.#owners.set(database, client);
    return client;
  }

  /** Removes the deployment with its roles. */
  async clear(): Promise<void> {
    for (const close of this.#opened.splice(0).reverse()) await close();
    const shared = this.#database.name;
    const owner = await this.owner(shared);
    for (const [database, client] of this.#owners) if (database !== shared) await client.end();
    const homes = homesOf(this.#database, { roles: this.prefix });
    for (const { victim, attacker } of this.#sides.values())
      for (const { tenant } of [victim, attacker]) await homes.remove(tenant);
    await homes.close();
    const { app, shared: reader, row, system } = this.roles;
    const all = [row, system, reader, app].join(', ');
    // Roles belong to the whole server, which other suites use.
    await until(() =>
      owner.query(`drop owned by ${all}; drop role ${all}`).then(
        () => true,
        (error: unknown) => {
          if (!isTransientRoleError(error)) throw error;
          return false;
        },
      ),
    );
    await owner.end();
    await this.#database.drop();
  }

  async #build(): Promise<void> {
    const tenants = TENANT_ISOLATIONS.map((isolation) => ({
      isolation,
      victim: makeTenant(`victim-${isolation}`, { isolation }),
      attacker: makeTenant(`attacker-${isolation}`, { isolation }),
    }));
    const all = tenants.flatMap(({ victim, attacker }) => [victim, attacker]);
    const registry = await this.openRegistry({ mode: 'enforce' });
    const homes = homesOf(this.#database, { roles: this.prefix });
    const shared = await this.owner(this.#database.name);
    await shared.query(PUBLIC_TABLES);
    for (const tenant of all) {
      await homes.prepare(tenant);
      await registry.for(tenant).synchronize();
      const owner = await this.owner(databaseOf(tenant, this.#database.name));
      const isFirstOfRows =
        tenant.isolation !== 'row' || tenant === all.find((one) => one.isolation === 'row');
      if (isFirstOfRows) await owner.query(homeOf(tenant.isolation === 'schema' ? tenant.schema : 'public'));
      if (tenant.isolation === 'database') await owner.query(`${PUBLIC_TABLES}; ${LEFT_IN_PUBLIC}`);
      await homes.prepare(tenant);
    }
    await this.#secureRows();
    await shared.query(LEFT_IN_PUBLIC);
    await homes.repairShared();
    for (const { isolation, victim, attacker } of tenants) {
      this.#sides.set(isolation, {
        victim: await this.#settle(registry, victim),
        attacker: await this.#settle(registry, attacker),
      });
    }
    await shared.query('refresh materialized view public.kept_secrets');
    await shared.query('analyze');
    await homes.close();
  }

  async #secureRows(): Promise<void> {
    const dataSource = await new TenantEntityDataSource({
      type: 'postgres',
      url: this.#database.url,
      entities,
    }).initialize();
    const missing = await missingRowSecurity(dataSource, { systemRole: this.roles.system });
    for (const sql of missing?.up ?? []) await dataSource.query(sql);
    await dataSource.destroy();
  }

  /** Gives a tenant what it has, under its mark. */
  async #settle(registry: DataSourceRegistry, tenant: Tenant): Promise<Side> {
    const { id, slug, isolation } = tenant;
    const mark = newMark(slug);
    const dataSource = registry.for(tenant);
    const [{ id: productId }] = await dataSource.query(
      'insert into products (sku, secret) values ($1, $2) returning id',
      [`${slug}-sku`, `${mark} product`],
    );
    await dataSource.query('insert into orders (secret, "productId") values ($1, $2)', [
      `${mark} order`,
      productId,
    ]);
    // Created without the guard, which forbids large objects to row tenants.
    const pool = this.openPool({ mode: 'off' });
    const { rows } = await TenantContext.run(tenant, () =>
      pool.query<{ oid: number }>('select lo_from_bytea(0, $1::bytea) as oid', [
        Buffer.from(`${mark} object`),
      ]),
    );
    await pool.end();
    this.#opened.pop();
    return {
      tenant,
      mark,
      role: isolation === 'row' ? this.roles.row : this.roles.ofTenant({ id }),
      home: isolation === 'schema' ? tenant.schema : 'public',
      database: databaseOf(tenant, this.#database.name),
      productId,
      largeObject: rows[0]?.oid ?? 0,
    };
  }
}

function databaseOf(tenant: Tenant, shared: string): string {
  return tenant.isolation === 'database' ? databaseNameOf(tenant) : shared;
}
