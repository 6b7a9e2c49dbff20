import pg from 'pg';
import { bearsMark, IS_AT_WORK_ELSEWHERE } from '../homes/deployment-mark.js';
import {
  DATABASE_MARK_PREFIX,
  DEFAULT_PLACEMENT,
  databaseMark,
  placementMark,
  readAddress,
} from '../homes/placements.js';
import { tenantIdOfRole } from '../homes/role-statements.js';
import { atAddress } from '../support/postgres-address.js';
import { type DeploymentRoles, databaseNameOf, type Tenant } from '../tenant.js';
import type { Examination } from './examination.js';
import { SYNTHETIC_ROLE_COMMENT } from './synthetic-tenants.js';

/** The parts of homes that exist on one server. */
export interface Inventory {
  readonly schemas: ReadonlySet<string>;
  /** Roles of tenants, without those of synthetic ones, and whether they are at work in a database that is not examined. */
  readonly roles: ReadonlyMap<string, { readonly isElsewhere: boolean }>;
  /** Databases by name, with their comment, that logins of the deployment may connect to. */
  readonly databases: ReadonlyMap<string, string | null>;
}

const SCHEMAS = `
  select nspname::text as name from pg_catalog.pg_namespace
   where pg_catalog.starts_with(nspname::text, 'tenant_') and not pg_catalog.starts_with(nspname::text, 'tenant_rhdoctor_')`;

const ROLES = `
  select r.rolname::text as name, ${IS_AT_WORK_ELSEWHERE} as "isElsewhere" from pg_catalog.pg_roles r
   where rolname ~ ('^' || $1::text || '_[0-9a-f]{32}$')
     and coalesce(pg_catalog.shobj_description(oid, 'pg_authid'), '') not like '${SYNTHETIC_ROLE_COMMENT}%'`;

const DATABASES = `
  select d.datname::text as name, pg_catalog.shobj_description(d.oid, 'pg_database') as mark
    from pg_catalog.pg_database d
   where exists (select from pg_catalog.aclexplode(d.datacl) a join pg_catalog.pg_roles g on g.oid = a.grantee
                  where g.rolname = $1 and a.privilege_type = 'CONNECT')
     and (d.datname = any($2) or pg_catalog.starts_with(pg_catalog.shobj_description(d.oid, 'pg_database'), '${DATABASE_MARK_PREFIX}'))`;

/** Three statements, however many tenants there are. */
export async function takeInventory(
  server: Pick<pg.ClientBase, 'query'>,
  { roles, settings }: Pick<Examination, 'roles' | 'settings'>,
  tenants: readonly Tenant[],
): Promise<Inventory> {
  const schemas = await server.query<{ name: string }>(SCHEMAS);
  const wanted = tenants.filter(({ isolation }) => isolation === 'database').map(databaseNameOf);
  const tenantRoles = roles
    ? (await server.query<{ name: string; isElsewhere: boolean }>(ROLES, [settings.roles])).rows
    : [];
  const databases = await server.query<{ name: string; mark: string | null }>(
    roles
      ? DATABASES
      : `select datname::text as name, pg_catalog.shobj_description(oid, 'pg_database') as mark
           from pg_catalog.pg_database where $1::text is null and datname = any($2)`,
    [roles?.app, wanted],
  );
  return {
    schemas: new Set(schemas.rows.map(({ name }) => name)),
    roles: new Map(tenantRoles.map(({ name, ...role }) => [name, role])),
    databases: new Map(databases.rows.map(({ name, mark }) => [name, mark])),
  };
}

/** The inventories of the servers that tenants live on, by placement. `default` is always among them. */
export async function inventories(
  examination: Examination,
  tenants: readonly Tenant[],
): Promise<ReadonlyMap<string, Inventory>> {
  const { owner, ownerConfig, settings, deployment } = examination;
  const found = new Map([[DEFAULT_PLACEMENT, await takeInventory(owner, examination, tenants)]]);
  for (const [name, { url, ownerUrl = url }] of Object.entries(settings.databases.placements)) {
    const client = new pg.Client(atAddress(ownerConfig, await readAddress(ownerUrl, name)));
    client.on('error', () => {});
    await client.connect();
    try {
      const there = await takeInventory(client, examination, tenants);
      // Schemas of tenants with placement "default" are in the main database, wherever their databases are.
      const ofMain = name === DEFAULT_PLACEMENT ? found.get(name)?.schemas : undefined;
      const isOurs = await bearsMark(client, placementMark(name, deployment));
      found.set(name, { ...there, schemas: ofMain ?? (isOurs ? there.schemas : new Set()) });
    } finally {
      await client.end();
    }
  }
  return found;
}

/** The states in which a tenant has a home. */
const WITH_HOME: ReadonlySet<Tenant['status']> = new Set(['active', 'suspended', 'maintenance']);

/** Tenants without a home, and the parts that they lack. Tenants on an unknown placement are left out. */
export function homelessTenants(
  tenants: readonly Tenant[],
  servers: ReadonlyMap<string, Inventory>,
  roles: DeploymentRoles | undefined,
): string[] {
  return tenants.flatMap((tenant) => {
    const server = servers.get(tenant.placement);
    if (!server || tenant.isolation === 'row' || !WITH_HOME.has(tenant.status)) return [];
    const lacks: string[] = [];
    if (tenant.isolation === 'schema' && !server.schemas.has(tenant.schema)) lacks.push('schema');
    if (
      tenant.isolation === 'database' &&
      server.databases.get(databaseNameOf(tenant)) !== databaseMark(tenant)
    )
      lacks.push('database');
    if (roles && !server.roles.has(roles.ofTenant(tenant))) lacks.push('role');
    return lacks.length === 0 ? [] : [`${tenant.slug} (${lacks.join(' and ')})`];
  });
}

function without(some: ReadonlySet<string>, all: ReadonlySet<string>): string[] {
  return [...all].filter((name) => !some.has(name));
}

/** Schemas, roles and databases of tenants that are not in the store. */
export function orphans(
  tenants: readonly Tenant[],
  servers: ReadonlyMap<string, Inventory>,
  notTenants: readonly string[],
): string[] {
  const ids = new Set(tenants.map(({ id }) => id));
  const marks = new Set<string | null>(tenants.map(databaseMark));
  const schemasOn = (placement: string) =>
    new Set<string>([
      ...notTenants,
      ...tenants
        .filter((tenant) => tenant.isolation === 'schema' && tenant.placement === placement)
        .map(({ schema }) => schema),
    ]);
  const found = [...servers].flatMap(([placement, server]) => [
    ...without(schemasOn(placement), server.schemas).map(
      (name) => `schema ${name}${placement === DEFAULT_PLACEMENT ? '' : ` on ${placement}`}`,
    ),
    ...[...server.roles]
      .filter(([name, { isElsewhere }]) => !isElsewhere && !ids.has(tenantIdOfRole(name)))
      .map(([name]) => `role ${name}`),
    ...[...server.databases].filter(([, mark]) => !marks.has(mark)).map(([name]) => `database ${name}`),
  ]);
  // Two placements may be one server.
  return [...new Set(found)];
}
