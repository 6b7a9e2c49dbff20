import pg from 'pg';
import { OwnerPrivilegeMissingError } from '../errors.js';
import type { ScriptStatement } from '../pin/pinned-query.js';
import { parsePoolOptions, type TenancyPoolOptions, type TenancyPoolSettings } from '../pool-options.js';
import { Lazy } from '../support/lazy.js';
import { clientConfig, loginOf, type PostgresAddress, withFields } from '../support/postgres-address.js';
import { watchRoute } from '../support/route-watch.js';
import { type DeploymentRoles, rolesOf, type Tenant } from '../tenant.js';
import { announceChange } from '../tenants/tenant-change-listener.js';
import { deploymentNameOf, otherHolder, requireOwnRoles } from './deployment-mark.js';
import {
  createSchemas,
  futureGrants,
  grantCatalog,
  grantCatalogFunctions,
  grantJobs,
  grantSharedSchemas,
  historyTables,
  presentGrants,
  readOnlyStatements,
  type StrayGrant,
} from './home-grants.js';
import { PlacementDatabases } from './placement-databases.js';
import { DEFAULT_PLACEMENT, isElsewhere } from './placements.js';
import { makeReferenceTables } from './reference-tables.js';
import {
  areDeploymentRolesMade,
  commentOnTenantRole,
  dropRoleStatements,
  makeDeploymentRoles,
  tenantRoleStatements,
} from './role-statements.js';
import { serverFacts, WITHOUT_SHARDING } from './server-facts.js';
import { sharedExtensions } from './shared-extensions.js';
import { homeAndSharedSchemas, TenantDatabases, type TenantDatabasesOptions } from './tenant-databases.js';
import {
  type GrantedRoles,
  grantedRoles,
  prepareSchema,
  removeSchema,
  strayGrantsIn,
} from './tenant-schemas.js';
import { openWorkers, openWorkersTo } from './worker-roles.js';

const { escapeIdentifier: quote } = pg;

/** How long a statement waits for a connection. Milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

export interface TenantHomesOptions {
  /**
   * The address for the login that owns the tenants' schemas, without a pooler in between. It needs CREATE on the
   * database, and CREATEROLE unless `roles` is false; with databases for tenants, CREATEDB too.
   */
  readonly owner: PostgresAddress;
  /** Logins of the application that act for tenants. Default: the owner itself. */
  readonly logins?: readonly string[];
  /** The options of the application's pool: where homes are, and the roles' names. */
  readonly pool?: TenancyPoolOptions;
  /** Tables of homes that tenants may only read. Default: TypeORM's record of migrations, by its default name, and that of shared ones. */
  readonly readOnlyTables?: readonly string[];
}

/**
 * Makes the homes of tenants and the walls around them: schemas, roles, databases and grants.
 *
 * Every method may be called again, and repairs what has changed since: `prepare` also repairs grants. The tables in a
 * home are made by migrations.
 */
export class TenantHomes {
  readonly #owner: pg.Pool;
  readonly #ownerConfig: pg.ClientConfig;
  readonly #databases: TenantDatabases;
  readonly #placements: PlacementDatabases;
  readonly #settings: TenancyPoolSettings;
  readonly #roles: DeploymentRoles | undefined;
  readonly #logins: readonly string[];
  readonly #readOnlyTables: readonly string[];
  readonly #deployment = new Lazy(() => this.repairShared());
  /** The name of the deployment whose main database this is. */
  readonly #name = new Lazy(() => deploymentNameOf(this.#owner));
  readonly #server = new Lazy(() => serverFacts(this.#owner));

  constructor({ owner, logins, pool = {}, readOnlyTables = historyTables() }: TenantHomesOptions) {
    this.#ownerConfig = withFields(clientConfig(owner), { application_name: 'rowhouse-homes' });
    this.#owner = new pg.Pool(
      withFields(this.#ownerConfig, { max: 2, connectionTimeoutMillis: CONNECT_TIMEOUT_MS }),
    );
    // An idle connection that breaks is replaced when the next one is needed.
    this.#owner.on('error', () => {});
    watchRoute(this.#owner);
    this.#settings = parsePoolOptions(pool);
    this.#roles = this.#settings.roles === false ? undefined : rolesOf(this.#settings.roles);
    const ownLogin = loginOf(this.#ownerConfig);
    this.#logins = logins ?? (ownLogin ? [ownLogin] : []);
    this.#readOnlyTables = readOnlyTables;
    const elsewhere: TenantDatabasesOptions = {
      owner: this.#ownerConfig,
      settings: this.#settings,
      roles: this.#roles,
      extensions: () => sharedExtensions(this.#owner, homeAndSharedSchemas(this.#settings)),
      logins: this.#logins,
      readOnlyTables,
      deployment: () => this.#name.get(),
    };
    this.#databases = new TenantDatabases(elsewhere);
    this.#placements = new PlacementDatabases(elsewhere);
  }

  /** Whether the database is one of Citus. There, a home is made in steps: its schema, its role, and then its tables. */
  async hasCitus(): Promise<boolean> {
    return (await this.#server.get()).hasCitus;
  }

  /**
   * Has Citus copy the shared tables to each worker, so that tables of tenants can refer to them. Without Citus it does nothing.
   *
   * @param placement - in whose database they are. Default: those of the main database.
   */
  async placeSharedTables(placement = DEFAULT_PLACEMENT): Promise<void> {
    if (placement !== DEFAULT_PLACEMENT) return this.#placements.placeSharedTables(placement);
    if (await this.hasCitus()) await makeReferenceTables(this.#owner, homeAndSharedSchemas(this.#settings));
  }

  /** Lets the role of a tenant in on the workers of Citus: of a tenant that was made before there were any. */
  async openWorkers(tenant: Pick<Tenant, 'id'>): Promise<void> {
    const roles = this.#roles;
    if (roles) await asPrivileged(() => openWorkersTo(this.#owner, [roles.ofTenant(tenant)]));
  }

  /** The names of the deployment's roles; `undefined` without any (`pool.roles: false`). */
  get roles(): DeploymentRoles | undefined {
    return this.#roles;
  }

  /**
   * Makes the roles that all tenants share, and grants them the shared schemas. Runs once; {@link repairShared} runs
   * again.
   *
   * @throws {RolesTakenError} when another deployment on this server has the roles of this prefix.
   */
  prepareDeployment(): Promise<void> {
    return this.#deployment.get();
  }

  /**
   * Brings the grants on the shared schemas up to date. Call it when a migration has added tables to them. Tables with
   * `tenant_id` are granted only behind forced row-level security. Roles that were made before there were workers of Citus are let
   * in on them.
   *
   * @param placement - in whose database they are. Default: those of the main database.
   */
  async repairShared(placement = DEFAULT_PLACEMENT): Promise<void> {
    if (placement !== DEFAULT_PLACEMENT) return asPrivileged(() => this.#placements.repair(placement));
    const roles = this.#roles;
    if (!roles) return;
    await asPrivileged(async () => {
      const server = await this.#server.get();
      await makeDeploymentRoles(this.#owner, roles, { ...(await this.#forRoles()), server });
      const schemas = homeAndSharedSchemas(this.#settings);
      await createSchemas(this.#owner, schemas, server.hasCitus ? WITHOUT_SHARDING : undefined);
      await grantSharedSchemas(this.#owner, schemas, roles);
      await grantCatalog(this.#owner, roles);
      await grantCatalogFunctions(this.#owner, roles);
      await grantJobs(this.#owner, roles);
      if (server.hasCitus) await openWorkers(this.#owner, this.#settings.roles || '');
    });
  }

  /**
   * Whether the deployment's roles are made and the logins may act in them. For applications without the owner's login,
   * which cannot make them.
   */
  async isDeploymentPrepared(): Promise<boolean> {
    return !this.#roles || areDeploymentRolesMade(this.#owner, this.#roles, await this.#forRoles());
  }

  /** The other deployment that has the roles of this prefix, by name. There should be none. */
  async otherHolder(): Promise<string | undefined> {
    return this.#roles && otherHolder(this.#owner, this.#roles, await this.#name.get());
  }

  /**
   * Makes the roles that all tenants share, in a transaction of the owner. Unlike {@link prepareDeployment} it grants them nothing:
   * {@link repairShared} does, after the commit.
   *
   * @throws {RolesTakenError} when another deployment on this server has the roles of this prefix.
   */
  async makeDeploymentRoles(transaction: Pick<pg.ClientBase, 'query'>): Promise<void> {
    const roles = this.#roles;
    if (!roles) return;
    const names = await this.#forRoles();
    await asPrivileged(() => makeDeploymentRoles(transaction, roles, names));
  }

  async #forRoles(): Promise<{ readonly logins: readonly string[]; readonly deployment: string }> {
    return { logins: this.#logins, deployment: await this.#name.get() };
  }

  /**
   * Makes the home of a tenant, or repairs it: its schema or database, its role and its grants. Privileges of others on
   * the tenant's schema are revoked.
   *
   * @throws {TenantConflictError} when the database of the tenant's name belongs to another tenant.
   * @throws {PlacementRefusedError} when the database of its placement is somebody else's.
   * @throws {OwnerPrivilegeMissingError} when PostgreSQL denies it to the owner.
   */
  async prepare(tenant: Tenant): Promise<void> {
    await this.prepareDeployment();
    await asPrivileged(() => this.#prepareHome(tenant));
  }

  async #prepareHome(tenant: Tenant): Promise<void> {
    if (tenant.isolation === 'database') return this.#databases.prepare(tenant);
    if (!isElsewhere(tenant)) {
      if (tenant.isolation === 'schema') await prepareSchema(this.#owner, tenant, this.#grantedRoles);
      return;
    }
    await this.#placements.prepare(tenant.placement);
    if (tenant.isolation === 'schema') await this.#placements.prepareSchema(tenant);
  }

  /**
   * Makes the outbox of jobs in the database of a tenant whose home is not in the main one, where it is missing. {@link prepare} does,
   * too.
   *
   * @throws {OwnerPrivilegeMissingError} when PostgreSQL denies it to the owner.
   */
  openOutbox(tenant: Tenant): Promise<void> {
    return asPrivileged(async () => {
      if (tenant.isolation === 'database') await this.#databases.openOutbox(tenant);
      else if (isElsewhere(tenant)) await this.#placements.openOutbox(tenant.placement);
    });
  }

  /**
   * Has every instance read a tenant anew, or, with isolation `row`, all tenants. Call it before and after the tables of the home are
   * changed in another way than by migrations: connections may keep what they have prepared for a tenant.
   */
  async announceChange({ id, isolation }: Pick<Tenant, 'id' | 'isolation'>): Promise<void> {
    const { text, values } = announceChange(isolation === 'row' ? undefined : [id]);
    await this.#owner.query(text, [...(values ?? [])]);
  }

  /**
   * The statements that make the schema, role and grants of a tenant that has none of them yet. The owner runs them in
   * one transaction with what fills the schema, after {@link prepareDeployment} or {@link makeDeploymentRoles}. Where some of it
   * exists already, use {@link prepare}.
   */
  async createStatements(tenant: Tenant): Promise<readonly ScriptStatement[]> {
    const make = `create schema ${quote(tenant.schema)}`;
    if (!this.#roles) return [{ text: make }];
    const role = tenantRoleStatements(this.#roles, tenant, (await this.#server.get()).version);
    const grants = futureGrants(tenant.schema, this.#roles.ofTenant(tenant));
    return [make, ...role, ...grants].map((text) => ({ text }));
  }

  /**
   * The statements that grant the objects in the schema of a tenant with isolation `schema` to its role, and revoke them
   * from PUBLIC and the roles that tenants share. The owner runs them after {@link createStatements} and what filled the
   * schema.
   */
  grantStatements(tenant: Tenant): readonly ScriptStatement[] {
    const roles = this.#roles;
    if (!roles) return [];
    const others = ['public', ...[roles.shared, roles.row, roles.system].map((role) => quote(role))];
    const revokes = ['tables', 'sequences'].map(
      (objects) => `revoke all on all ${objects} in schema ${quote(tenant.schema)} from ${others.join(', ')}`,
    );
    const grants = presentGrants(tenant.schema, roles.ofTenant(tenant));
    return [...[...revokes, ...grants].map((text) => ({ text })), ...this.readOnlyStatements(tenant)];
  }

  /**
   * The statements that let a tenant with a home of its own only read the record of its migrations. The owner runs them after it has
   * made that, where {@link grantStatements} do not follow.
   */
  readOnlyStatements(tenant: Tenant): readonly ScriptStatement[] {
    if (!this.#roles || tenant.isolation === 'row') return [];
    const schema = tenant.isolation === 'schema' ? tenant.schema : this.#settings.homeSchema;
    const role = this.#roles.ofTenant(tenant);
    return readOnlyStatements(schema, role, this.#readOnlyTables).map((text) => ({ text }));
  }

  /** The statements that give a prewarmed home to a tenant with the same id: the schema gets the tenant's name. */
  claimStatements(spare: Pick<Tenant, 'id' | 'schema'>, tenant: Tenant): readonly ScriptStatement[] {
    const rename = `alter schema ${quote(spare.schema)} rename to ${quote(tenant.schema)}`;
    const comment = this.#roles ? [commentOnTenantRole(this.#roles, tenant)] : [];
    return [rename, ...comment].map((text) => ({ text }));
  }

  /** The statements that remove what {@link createStatements} made, with everything in it. All of it must exist. */
  removeStatements(tenant: Pick<Tenant, 'id' | 'schema'>): readonly ScriptStatement[] {
    const dropRole = this.#roles ? dropRoleStatements(this.#roles.ofTenant(tenant)) : [];
    return [`drop schema ${quote(tenant.schema)} cascade`, ...dropRole].map((text) => ({ text }));
  }

  /** The privileges of PUBLIC and of other roles in the schemas of these tenants. There should be none. */
  async strayGrants(tenants: readonly Tenant[]): Promise<StrayGrant[]> {
    const roles = this.#grantedRoles;
    if (!roles) return [];
    const byPlacement = new Map<string, Tenant[]>();
    for (const tenant of tenants.filter(({ isolation }) => isolation === 'schema'))
      byPlacement.set(tenant.placement, [...(byPlacement.get(tenant.placement) ?? []), tenant]);
    const found: StrayGrant[] = [];
    for (const [placement, there] of byPlacement)
      found.push(
        ...(placement === DEFAULT_PLACEMENT
          ? await strayGrantsIn(this.#owner, there, roles)
          : await this.#placements.strayGrants(placement, there)),
      );
    return found;
  }

  get #grantedRoles(): GrantedRoles | undefined {
    return grantedRoles(this.#roles, this.#settings, this.#readOnlyTables);
  }

  /**
   * Removes a tenant's schema or database with everything in it, and its role, for good. The rows of a tenant with
   * isolation `row` stay: they are removed by ordinary deletes, in the order of their references.
   *
   * @throws {RolesTakenError} when another deployment has the roles of this prefix. Nothing was removed then.
   */
  async remove(tenant: Tenant): Promise<void> {
    if (tenant.isolation === 'database') return this.#databases.remove(tenant);
    if (isElsewhere(tenant)) return this.#placements.remove(tenant);
    if (tenant.isolation === 'row') return;
    if (this.#roles) await requireOwnRoles(this.#owner, this.#roles, await this.#name.get());
    await removeSchema(this.#owner, tenant, this.#grantedRoles);
  }

  /** How the owner connects to the database that the tenant's home is in. */
  async ownerConfigOf(tenant: Tenant): Promise<pg.ClientConfig> {
    if (tenant.isolation === 'database') return this.#databases.configOf(tenant);
    return isElsewhere(tenant) ? this.#placements.configOf(tenant.placement) : this.#ownerConfig;
  }

  async close(): Promise<void> {
    if (!this.#owner.ended) await this.#owner.end();
  }
}

/** Explains a privilege that PostgreSQL denied to the owner. */
async function asPrivileged(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // insufficient_privilege
    throw (error as { code?: string }).code === '42501' ? new OwnerPrivilegeMissingError(error) : error;
  }
}
