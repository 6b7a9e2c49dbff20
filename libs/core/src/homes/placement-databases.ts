import pg from 'pg';
import { PlacementRefusedError } from '../errors.js';
import { Lazy } from '../support/lazy.js';
import type { Tenant } from '../tenant.js';
import { deploymentMark, requireOwnRoles } from './deployment-mark.js';
import { createSchemas, grantSharedSchemas, type StrayGrant } from './home-grants.js';
import { dropOutboxOf, openJobOutbox } from './job-outbox.js';
import { asOwner } from './owner-client.js';
import { loginsAt, ownerConfigAt, placementMark } from './placements.js';
import { makeReferenceTables } from './reference-tables.js';
import { makeDeploymentRoles, type Owner } from './role-statements.js';
import { serverFacts, WITHOUT_SHARDING } from './server-facts.js';
import { createExtensions } from './shared-extensions.js';
import { homeAndSharedSchemas, type TenantDatabasesOptions } from './tenant-databases.js';
import {
  type GrantedRoles,
  grantedRoles,
  prepareSchema,
  removeSchema,
  strayGrantsIn,
} from './tenant-schemas.js';
import { openWorkers } from './worker-roles.js';

const { escapeLiteral: literal } = pg;

/**
 * The databases that tenants with isolation `schema` and `row` share on placements other than `default`. Each bears a mark, and nothing
 * is done in one that does not.
 */
export class PlacementDatabases {
  readonly #options: TenantDatabasesOptions;
  readonly #prepared = new Map<string, Lazy<void>>();

  constructor(options: TenantDatabasesOptions) {
    this.#options = options;
  }

  /** Marks the database and makes what its tenants share: once; {@link repair} does it again. */
  prepare(placement: string): Promise<void> {
    let prepared = this.#prepared.get(placement);
    if (!prepared) {
      prepared = new Lazy(() => this.repair(placement));
      this.#prepared.set(placement, prepared);
    }
    return prepared.get();
  }

  /**
   * Marks the database, and makes or repairs what its tenants share: roles, schemas, extensions, grants, the outbox of jobs.
   *
   * @throws {PlacementRefusedError} when the database is somebody else's, or the main one. Nothing was changed then.
   * @throws {RolesTakenError} when another deployment on its server has the roles of this prefix.
   */
  async repair(placement: string): Promise<void> {
    const { settings, roles, extensions } = this.#options;
    const [deployment, trusted] = [await this.#options.deployment(), await extensions()];
    await asOwner(await this.configOf(placement), async (owner) => {
      await claim(owner, placement, deployment);
      const server = await serverFacts(owner);
      if (roles) {
        const logins = await loginsAt(settings.databases.placements, placement, []);
        await makeDeploymentRoles(owner, roles, { logins, deployment, server });
      }
      const schemas = homeAndSharedSchemas(settings);
      await createSchemas(owner, schemas, server.hasCitus ? WITHOUT_SHARDING : undefined);
      await createExtensions(owner, trusted);
      if (roles) await grantSharedSchemas(owner, schemas, roles);
      await openJobOutbox(owner, roles?.shared);
      if (server.hasCitus && settings.roles) await openWorkers(owner, settings.roles);
    });
  }

  /** Has Citus copy the shared tables to each worker of the placement. Without Citus it does nothing. */
  placeSharedTables(placement: string): Promise<void> {
    return this.#inDatabase(placement, async (owner) => {
      if ((await serverFacts(owner)).hasCitus)
        await makeReferenceTables(owner, homeAndSharedSchemas(this.#options.settings));
    });
  }

  /** Makes the schema, role and grants of a tenant with isolation `schema`, or repairs them. */
  prepareSchema(tenant: Tenant): Promise<void> {
    return this.#inDatabase(tenant.placement, (owner) => prepareSchema(owner, tenant, this.#roles));
  }

  /** Makes the outbox of jobs. */
  openOutbox(placement: string): Promise<void> {
    return this.#inDatabase(placement, (owner) => openJobOutbox(owner, this.#options.roles?.shared));
  }

  /** Removes the schema of a tenant with everything in it, its role, and its jobs on their way. Rows that tenants share tables for stay. */
  remove(tenant: Tenant): Promise<void> {
    return this.#inDatabase(tenant.placement, async (owner) => {
      const { roles, deployment } = this.#options;
      if (roles) await requireOwnRoles(owner, roles, await deployment());
      await dropOutboxOf(owner, tenant);
      if (tenant.isolation === 'schema') await removeSchema(owner, tenant, this.#roles);
    });
  }

  /** The privileges of others in the schemas of these tenants, which live on the placement. */
  async strayGrants(placement: string, tenants: readonly Tenant[]): Promise<StrayGrant[]> {
    const roles = this.#roles;
    if (!roles) return [];
    return this.#inDatabase(placement, (owner) => strayGrantsIn(owner, tenants, roles));
  }

  /** How the owner connects to the database of a placement. */
  configOf(placement: string): Promise<pg.ClientConfig> {
    const { owner, settings } = this.#options;
    return ownerConfigAt(settings.databases.placements, placement, owner);
  }

  get #roles(): GrantedRoles | undefined {
    const { roles, settings, readOnlyTables } = this.#options;
    return grantedRoles(roles, settings, readOnlyTables);
  }

  async #inDatabase<T>(placement: string, work: (owner: Owner) => Promise<T>): Promise<T> {
    const mark = placementMark(placement, await this.#options.deployment());
    return asOwner(await this.configOf(placement), async (owner) => {
      if ((await stateOf(owner)).mark !== mark)
        throw new PlacementRefusedError(placement, 'does not bear its mark', mark);
      return work(owner);
    });
  }
}

interface State {
  readonly name: string;
  readonly mark: string | null;
  /** Whether it has a catalog, as main databases have. */
  readonly hasCatalog: boolean;
}

async function stateOf(owner: Owner): Promise<State> {
  const { rows } = await owner.query<State>(
    `select d.datname::text as name, pg_catalog.shobj_description(d.oid, 'pg_database') as mark,
            pg_catalog.to_regclass('rowhouse.tenants') is not null as "hasCatalog"
       from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`,
  );
  return rows[0] as State;
}

/** Marks a database that is nobody's yet. @throws {PlacementRefusedError} when it is somebody's. */
async function claim(owner: Owner, placement: string, deployment: string): Promise<void> {
  const mark = placementMark(placement, deployment);
  const { name, mark: found, hasCatalog } = await stateOf(owner);
  if (hasCatalog)
    throw new PlacementRefusedError(placement, 'is the main one of a deployment: it has a catalog', mark);
  if (found === mark) return;
  if (found !== null && found !== deploymentMark(deployment))
    throw new PlacementRefusedError(placement, `bears the comment "${found}"`, mark);
  await owner.query(`comment on database ${pg.escapeIdentifier(name)} is ${literal(mark)}`);
}
