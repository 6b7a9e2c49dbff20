import pg from 'pg';
import { TenantConflictError } from '../errors.js';
import type { TenancyPoolSettings } from '../pool-options.js';
import { atDatabase } from '../support/postgres-address.js';
import { sqlStateOf } from '../support/sql-state.js';
import { type DeploymentRoles, databaseNameOf, type Tenant } from '../tenant.js';
import { requireOwnRoles } from './deployment-mark.js';
import { createSchemas, grantHome } from './home-grants.js';
import { openJobOutbox } from './job-outbox.js';
import { asOwner } from './owner-client.js';
import { databaseMark, loginsAt, ownerConfigAt } from './placements.js';
import {
  dropTenantRole,
  makeDeploymentRoles,
  makeTenantRole,
  type Owner,
  retryOnConflict,
} from './role-statements.js';
import { ON_COORDINATOR_ONLY } from './server-facts.js';
import { createExtensions, type SharedExtension } from './shared-extensions.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

export interface TenantDatabasesOptions {
  /** How the login that owns the tenants' schemas connects. */
  readonly owner: pg.ClientConfig;
  readonly settings: TenancyPoolSettings;
  /** `undefined` where roles are off. */
  readonly roles: DeploymentRoles | undefined;
  /** The extensions that tenants find in the shared schemas of the deployment's own database. */
  readonly extensions: () => Promise<readonly SharedExtension[]>;
  /** Logins of the application on the server of placement `default`. */
  readonly logins: readonly string[];
  /** Tables of homes that tenants may only read. */
  readonly readOnlyTables: readonly string[];
  /** The name of the deployment, as its main database has it. */
  readonly deployment: () => Promise<string>;
}

/** Makes and removes the databases of tenants with isolation `database`, on the servers of their placements. */
export class TenantDatabases {
  readonly #options: TenantDatabasesOptions;

  constructor(options: TenantDatabasesOptions) {
    this.#options = options;
  }

  /** Makes the database, its schemas, role and grants, or repairs them. */
  async prepare(tenant: Tenant): Promise<void> {
    const { roles, settings, readOnlyTables } = this.#options;
    const server = await this.#serverOf(tenant);
    await asOwner(server, (owner) => this.#create(owner, tenant));
    const extensions = await this.#options.extensions();
    await asOwner(atDatabase(server, databaseNameOf(tenant)), async (owner) => {
      const schemas = homeAndSharedSchemas(settings);
      await createSchemas(owner, schemas);
      await createExtensions(owner, extensions);
      await openJobOutbox(owner, roles?.ofTenant(tenant));
      if (!roles) return;
      await owner.query(`revoke create on schema ${quote(settings.homeSchema)} from public`);
      await grantHome(owner, settings.homeSchema, roles.ofTenant(tenant), readOnlyTables);
      await owner.query(`grant usage on schema ${schemas.map(quote).join(', ')} to ${quote(roles.shared)}`);
    });
  }

  /** Makes the outbox of the tenant's jobs, in a database that is there. */
  async openOutbox(tenant: Tenant): Promise<void> {
    await asOwner(await this.configOf(tenant), (owner) =>
      openJobOutbox(owner, this.#options.roles?.ofTenant(tenant)),
    );
  }

  /** Removes the database with everything in it, and the tenant's role. */
  async remove(tenant: Tenant): Promise<void> {
    const { roles, deployment } = this.#options;
    await asOwner(await this.#serverOf(tenant), async (owner) => {
      if (roles) await requireOwnRoles(owner, roles, await deployment());
      if (await databaseExists(owner, tenant)) await dropDatabase(owner, databaseNameOf(tenant));
      if (roles) await dropTenantRole(owner, roles, tenant);
    });
  }

  /** How the owner connects to the tenant's database. */
  async configOf(tenant: Tenant): Promise<pg.ClientConfig> {
    return atDatabase(await this.#serverOf(tenant), databaseNameOf(tenant));
  }

  async #create(owner: Owner, tenant: Tenant): Promise<void> {
    const name = quote(databaseNameOf(tenant));
    const { roles, deployment, settings } = this.#options;
    if (roles) {
      const { placements } = settings.databases;
      const logins = await loginsAt(placements, tenant.placement, this.#options.logins);
      await makeDeploymentRoles(owner, roles, { logins, deployment: await deployment() });
      await makeTenantRole(owner, roles, tenant);
    }
    if (!(await databaseExists(owner, tenant))) await owner.query(`create database ${name}`);
    await owner.query(`comment on database ${name} is ${literal(databaseMark(tenant))}`);
    if (!roles) return;
    // PUBLIC may connect to a new database and make temporary tables in it. Here only this tenant may.
    const [app, role] = [quote(roles.app), quote(roles.ofTenant(tenant))];
    await retryOnConflict(() =>
      owner.query(
        `${ON_COORDINATOR_ONLY}; revoke all on database ${name} from public;
         grant connect on database ${name} to ${app}; grant temporary on database ${name} to ${role}`,
      ),
    );
  }

  #serverOf({ placement }: Tenant): Promise<pg.ClientConfig> {
    const { owner, settings } = this.#options;
    return ownerConfigAt(settings.databases.placements, placement, owner);
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';
const OBJECT_IN_USE = '55006';
/** Longer than the application keeps an idle connection by default (`databases.idleTimeoutMs`). */
const LEAVING_MS = 60_000;

/** The schemas with tables of more than one tenant, or of none. */
export function homeAndSharedSchemas({ sharedSchemas, homeSchema }: TenancyPoolSettings): string[] {
  return [...new Set([...sharedSchemas, homeSchema])];
}

/** @throws {TenantConflictError} when the database of this name bears the mark of another tenant. */
async function databaseExists(owner: Owner, tenant: Tenant): Promise<boolean> {
  const { rows } = await owner.query<{ mark: string | null }>(
    `select pg_catalog.shobj_description(oid, 'pg_database') as mark from pg_catalog.pg_database where datname = $1`,
    [databaseNameOf(tenant)],
  );
  const [found] = rows;
  if (!found) return false;
  // A database without a mark was created by an attempt that failed before it set the mark.
  if (found.mark !== null && found.mark !== databaseMark(tenant))
    throw new TenantConflictError('A database of the name of this tenant belongs to somebody else.');
  return true;
}

/**
 * Ends the connections to the database and allows no new ones. A database whose drop was interrupted is invalid: nobody
 * can connect to it, and it can only be dropped (manual, DROP DATABASE).
 */
async function dropDatabase(owner: Owner, name: string): Promise<void> {
  const { rows } = await owner.query<{ invalid: boolean }>(
    'select datconnlimit = -2 as invalid from pg_catalog.pg_database where datname = $1',
    [name],
  );
  if (!rows[0]?.invalid)
    await owner.query(`${ON_COORDINATOR_ONLY}; alter database ${quote(name)} with allow_connections false`);
  const drop = (how: string) =>
    retryOnConflict(() => owner.query(`drop database if exists ${quote(name)} ${how}`));
  try {
    await drop('with (force)');
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    await whenLeft(() => drop(''));
  }
}

/**
 * Only a login that may signal others can end their connections (manual, DROP DATABASE). Those of the application end when they have
 * been idle for a while, and each attempt of PostgreSQL waits five seconds for that.
 */
async function whenLeft(drop: () => Promise<unknown>): Promise<void> {
  const until = performance.now() + LEAVING_MS;
  for (;;) {
    try {
      await drop();
      return;
    } catch (error) {
      if (sqlStateOf(error) !== OBJECT_IN_USE) throw error;
      if (performance.now() > until)
        throw new TenantConflictError(
          'Connections to the database of this tenant are still open, and the owner may not end them. Stop what uses it and repeat this, or let the owner end them: GRANT pg_signal_backend.',
        );
    }
  }
}
