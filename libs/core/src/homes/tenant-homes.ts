import pg from 'pg';
import { OwnerPrivilegeMissingError, PlacementUnknownError, TenantConflictError } from '../errors.js';
import type { ScriptStatement } from '../pin/pinned-query.js';
import { readUrl } from '../pool/url-reference.js';
import {
  parsePoolOptions,
  type TenancyPoolOptions,
  type TenancyPoolSettings,
  type UrlReference,
} from '../pool-options.js';
import { type DeploymentRoles, databaseNameOf, rolesOf, type Tenant } from '../tenant.js';
import { databaseMark } from './database-mark.js';
import {
  findStrayGrants,
  grantCatalog,
  grantHome,
  grantNewHome,
  grantOldHome,
  grantSharedSchemas,
  revokeStrayGrants,
  type StrayGrant,
} from './home-grants.js';
import {
  areDeploymentRolesMade,
  describeTenantRole,
  foundTenantRole,
  makeDeploymentRoles,
  makeTenantRole,
  type Owner,
  repeatedly,
  serverVersion,
} from './role-statements.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

export interface TenantHomesOptions {
  /**
   * `postgres://` URL of the login that owns the tenants' schemas, past any pooler. It needs CREATE on the database, and
   * CREATEROLE unless `roles` is false; with databases for tenants, CREATEDB too.
   */
  readonly owner: { readonly url: string; readonly ssl?: pg.ClientConfig['ssl'] };
  /** Logins of the application that shall act for tenants. Default: the owner itself. */
  readonly logins?: readonly string[];
  /** The options of the application's pool: where homes are, and the roles' names. */
  readonly pool?: TenancyPoolOptions;
}

/**
 * Makes the homes of tenants and the walls around them: schemas, roles, databases and grants.
 *
 * Everything here may be repeated, and repeating mends what has changed since: `prepare` is how grants are repaired. The
 * tables in a home are the business of migrations.
 */
export class TenantHomes {
  readonly #owner: pg.Pool;
  readonly #address: TenantHomesOptions['owner'];
  readonly #settings: TenancyPoolSettings;
  readonly #roles: DeploymentRoles | undefined;
  readonly #logins: readonly string[];
  #deployment: Promise<void> | undefined;
  #version: Promise<number> | undefined;

  constructor({ owner, logins, pool = {} }: TenantHomesOptions) {
    this.#address = owner;
    this.#owner = new pg.Pool({ ...this.#configOf(owner.url), max: 2 });
    // An idle connection that breaks is replaced when the next one is needed.
    this.#owner.on('error', () => {});
    this.#settings = parsePoolOptions(pool);
    this.#roles = this.#settings.roles === false ? undefined : rolesOf(this.#settings.roles);
    this.#logins = logins ?? [decodeURIComponent(new URL(owner.url).username)];
  }

  /** The names of the deployment's roles; `undefined` without any (`pool.roles: false`). */
  get roles(): DeploymentRoles | undefined {
    return this.#roles;
  }

  /** Makes the roles that all tenants share, and gives them the shared schemas. Done once; {@link repairShared} does it again. */
  prepareDeployment(): Promise<void> {
    this.#deployment ??= this.repairShared().catch((error: unknown) => {
      this.#deployment = undefined;
      throw error;
    });
    return this.#deployment;
  }

  /**
   * Brings the grants on the shared schemas up to date: to be called when a migration has added tables to them. Tables
   * with `tenant_id` are usable only behind forced row-level security.
   */
  async repairShared(): Promise<void> {
    const roles = this.#roles;
    if (!roles) return;
    await asPrivileged(async () => {
      await makeDeploymentRoles(this.#owner, roles, this.#logins);
      await makeSchemas(this.#owner, this.#sharedSchemas());
      await grantSharedSchemas(this.#owner, this.#sharedSchemas(), roles);
      await grantCatalog(this.#owner, roles);
    });
  }

  /**
   * Whether the deployment's roles are made and the logins may act in them: what an application needs that is not given the
   * owner's login.
   */
  async isDeploymentPrepared(): Promise<boolean> {
    return !this.#roles || areDeploymentRolesMade(this.#owner, this.#roles, this.#logins);
  }

  /**
   * Makes the home of a tenant, or repairs it: its schema or database, its role and its grants. What others were granted
   * on a home of its own is taken away.
   *
   * @throws {TenantConflictError} when a database of the tenant's name belongs to somebody else.
   * @throws {OwnerPrivilegeMissingError} when PostgreSQL does not let the owner.
   */
  async prepare(tenant: Tenant): Promise<void> {
    if (tenant.isolation === 'database') return asPrivileged(() => this.#prepareDatabase(tenant));
    await this.prepareDeployment();
    if (tenant.isolation === 'schema') await asPrivileged(() => this.#prepareSchema(tenant));
  }

  /**
   * The statements that make a tenant's schema, role and grants where there are none yet, to be run by the owner in one
   * transaction with what fills the schema. For what is there already, or half, there is {@link prepare}.
   */
  async createStatements(tenant: Tenant): Promise<readonly ScriptStatement[]> {
    await this.prepareDeployment();
    const make = `create schema ${quote(tenant.schema)}`;
    if (!this.#roles) return [{ text: make }];
    this.#version ??= serverVersion(this.#owner).catch((error: unknown) => {
      this.#version = undefined;
      throw error;
    });
    const role = foundTenantRole(this.#roles, tenant, await this.#version);
    const grants = grantNewHome(tenant.schema, this.#roles.ofTenant(tenant));
    return [make, ...role, ...grants].map((text) => ({ text }));
  }

  /**
   * The statements that give the role of a tenant with isolation `schema` what stands in its schema already, and take it from
   * PUBLIC and the roles that tenants share. To be run by the owner, after {@link createStatements} and what filled the schema.
   */
  grantStatements(tenant: Tenant): readonly ScriptStatement[] {
    const roles = this.#roles;
    if (!roles) return [];
    const others = ['public', ...[roles.shared, roles.row, roles.system].map((role) => quote(role))];
    const revokes = ['tables', 'sequences'].map(
      (objects) => `revoke all on all ${objects} in schema ${quote(tenant.schema)} from ${others.join(', ')}`,
    );
    return [...revokes, ...grantOldHome(tenant.schema, roles.ofTenant(tenant))].map((text) => ({ text }));
  }

  /** The statements that give a home that has been made for nobody yet to a tenant, with the same id and a schema of its own. */
  claimStatements(spare: Pick<Tenant, 'id' | 'schema'>, tenant: Tenant): readonly ScriptStatement[] {
    const rename = `alter schema ${quote(spare.schema)} rename to ${quote(tenant.schema)}`;
    const describe = this.#roles ? [describeTenantRole(this.#roles, tenant)] : [];
    return [rename, ...describe].map((text) => ({ text }));
  }

  /** The statements that take away what {@link createStatements} made, with everything in it; all of it must be there. */
  removeStatements(tenant: Pick<Tenant, 'id' | 'schema'>): readonly ScriptStatement[] {
    const role = this.#roles && quote(this.#roles.ofTenant(tenant));
    return [
      `drop schema ${quote(tenant.schema)} cascade`,
      ...(role ? [`grant ${role} to current_user`, `drop owned by ${role}`, `drop role ${role}`] : []),
    ].map((text) => ({ text }));
  }

  async #prepareSchema(tenant: Tenant): Promise<void> {
    await makeSchemas(this.#owner, [tenant.schema]);
    if (!this.#roles) return;
    const role = this.#roles.ofTenant(tenant);
    await makeTenantRole(this.#owner, this.#roles, tenant);
    await grantHome(this.#owner, tenant.schema, role);
    await revokeStrayGrants(this.#owner, await this.strayGrants([tenant]));
  }

  /** What PUBLIC and other tenants' roles may do in the schemas of these tenants. Nothing, if all is well. */
  async strayGrants(tenants: readonly Tenant[]): Promise<StrayGrant[]> {
    const [roles, { roles: prefix }] = [this.#roles, this.#settings];
    if (!roles || prefix === false) return [];
    const homes = tenants
      .filter(({ isolation }) => isolation === 'schema')
      .map((tenant) => ({ schema: tenant.schema, role: roles.ofTenant(tenant) }));
    return findStrayGrants(this.#owner, homes, prefix);
  }

  /**
   * Removes a tenant's schema or database with everything in it, and its role, for good. The rows of a tenant with
   * isolation `row` are not touched: they go by ordinary deletes, in the order of their references.
   */
  async remove(tenant: Tenant): Promise<void> {
    if (tenant.isolation === 'row') return;
    if (tenant.isolation === 'schema') {
      await this.#owner.query(`drop schema if exists ${quote(tenant.schema)} cascade`);
      await this.#dropRole(this.#owner, tenant);
      return;
    }
    await this.#asOwner(await this.#ownerUrlOf(tenant), async (owner) => {
      if (await databaseExists(owner, tenant)) await dropDatabase(owner, databaseNameOf(tenant));
      await this.#dropRole(owner, tenant);
    });
  }

  /** The URL of a tenant's own database, for its owner. */
  async ownerUrlOf(tenant: Tenant): Promise<string> {
    if (tenant.isolation !== 'database') return this.#address.url;
    return inDatabase(await this.#ownerUrlOf(tenant), databaseNameOf(tenant));
  }

  async close(): Promise<void> {
    if (!this.#owner.ended) await this.#owner.end();
  }

  async #prepareDatabase(tenant: Tenant): Promise<void> {
    const url = await this.#ownerUrlOf(tenant);
    await this.#asOwner(url, (owner) => this.#makeDatabase(owner, tenant));
    const roles = this.#roles;
    if (!roles) return;
    const { homeSchema } = this.#settings;
    await this.#asOwner(inDatabase(url, databaseNameOf(tenant)), async (owner) => {
      const schemas = this.#sharedSchemas();
      await makeSchemas(owner, schemas);
      await owner.query(`revoke create on schema ${quote(homeSchema)} from public`);
      await grantHome(owner, homeSchema, roles.ofTenant(tenant));
      await owner.query(`grant usage on schema ${schemas.map(quote).join(', ')} to ${quote(roles.shared)}`);
    });
  }

  async #makeDatabase(owner: Owner, tenant: Tenant): Promise<void> {
    const name = quote(databaseNameOf(tenant));
    const roles = this.#roles;
    if (roles) {
      await makeDeploymentRoles(owner, roles, await this.#loginsOf(tenant));
      await makeTenantRole(owner, roles, tenant);
    }
    if (!(await databaseExists(owner, tenant))) await owner.query(`create database ${name}`);
    await owner.query(`comment on database ${name} is ${literal(databaseMark(tenant))}`);
    if (!roles) return;
    // What PUBLIC may do in a database of many tenants, the one may do in its own.
    const [app, role] = [quote(roles.app), quote(roles.ofTenant(tenant))];
    await repeatedly(() =>
      owner.query(
        `revoke all on database ${name} from public;
         grant connect on database ${name} to ${app}; grant temporary on database ${name} to ${role}`,
      ),
    );
  }

  /** The role may have been given privileges elsewhere by hand: they go with it, as far as the owner may take them away. */
  async #dropRole(owner: Owner, tenant: Tenant): Promise<void> {
    if (!this.#roles) return;
    const role = quote(this.#roles.ofTenant(tenant));
    const { rows } = await owner.query('select from pg_catalog.pg_roles where rolname = $1', [
      this.#roles.ofTenant(tenant),
    ]);
    if (rows.length === 0) return;
    // Only who has a role's privileges may drop what it owns or was granted.
    await repeatedly(() =>
      owner.query(`grant ${role} to current_user; drop owned by ${role}; drop role ${role}`),
    );
  }

  #sharedSchemas(): string[] {
    return [...new Set([...this.#settings.sharedSchemas, this.#settings.homeSchema])];
  }

  async #ownerUrlOf({ placement }: Tenant): Promise<string> {
    const { url, ownerUrl = url } = this.#placement(placement) ?? {};
    return ownerUrl ? readUrl(ownerUrl, placement) : this.#address.url;
  }

  /** Who connects to the tenant's database for the application. */
  async #loginsOf({ placement }: Tenant): Promise<readonly string[]> {
    const url: UrlReference | undefined = this.#placement(placement)?.url;
    return url ? [decodeURIComponent(new URL(await readUrl(url, placement)).username)] : this.#logins;
  }

  #configOf(connectionString: string): pg.ClientConfig {
    return { connectionString, ssl: this.#address.ssl, application_name: 'rowhouse-homes' };
  }

  #placement(name: string) {
    const { placements } = this.#settings.databases;
    if (!Object.hasOwn(placements, name) && name !== 'default') throw new PlacementUnknownError(name);
    return placements[name];
  }

  async #asOwner(url: string, work: (owner: pg.Client) => Promise<void>): Promise<void> {
    const client = new pg.Client(this.#configOf(url));
    client.on('error', () => {});
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }
}

async function asPrivileged(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // insufficient_privilege
    throw (error as { code?: string }).code === '42501' ? new OwnerPrivilegeMissingError(error) : error;
  }
}

async function makeSchemas(owner: Owner, names: readonly string[]): Promise<void> {
  const { rows } = await owner.query<{ nspname: string }>(
    'select nspname from pg_catalog.pg_namespace where nspname = any($1)',
    [names],
  );
  const missing = names.filter((name) => !rows.some(({ nspname }) => nspname === name));
  // Looked for first: "if not exists" asks for the right to create even where there is nothing to do.
  for (const name of missing) await owner.query(`create schema if not exists ${quote(name)}`);
}

/** @throws {TenantConflictError} when there is one that is not marked as this tenant's. */
async function databaseExists(owner: Owner, tenant: Tenant): Promise<boolean> {
  const { rows } = await owner.query<{ mark: string | null }>(
    `select pg_catalog.shobj_description(oid, 'pg_database') as mark from pg_catalog.pg_database where datname = $1`,
    [databaseNameOf(tenant)],
  );
  const [found] = rows;
  if (!found) return false;
  // One without any mark was made by an attempt that did not get further.
  if (found.mark !== null && found.mark !== databaseMark(tenant))
    throw new TenantConflictError('A database of the name of this tenant belongs to somebody else.');
  return true;
}

/**
 * Who is connected is cut off, and nobody may come back meanwhile. A database whose drop was broken off is invalid: nobody
 * can connect to it, and it can only be dropped (manual, DROP DATABASE).
 */
async function dropDatabase(owner: Owner, name: string): Promise<void> {
  const { rows } = await owner.query<{ invalid: boolean }>(
    'select datconnlimit = -2 as invalid from pg_catalog.pg_database where datname = $1',
    [name],
  );
  if (!rows[0]?.invalid) await owner.query(`alter database ${quote(name)} with allow_connections false`);
  await repeatedly(() => owner.query(`drop database if exists ${quote(name)} with (force)`));
}

function inDatabase(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${encodeURIComponent(name)}` }).href;
}
