import pg from 'pg';
import type { DeploymentRoles, RoleName } from '../tenant.js';
import { type Owner, ROLE_COMMENT, retryOnConflict } from './role-statements.js';
import { CARRIES_TENANT_ID, IS_BEHIND_POLICIES, relationsBelow } from './row-policies.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

/** Where a home records its migrations, and those of shared tables. @param own - TypeORM's `migrationsTableName`. */
export function historyTables(own = 'migrations'): readonly [own: string, shared: string] {
  return [own, `${own}_shared`];
}

/** Tables of TypeORM itself, beside those of the app. No tenant may read them. */
export const TYPEORM_TABLES: readonly string[] = ['query-result-cache', 'migrations', 'typeorm_metadata'];

/**
 * Gives a tenant's role the use of its schema: of the objects in it, and of those that its owner adds later. The role may
 * not create anything, and owns nothing.
 */
export async function grantHome(
  owner: Owner,
  schema: string,
  role: RoleName,
  readOnlyTables: readonly string[] = [],
): Promise<void> {
  const statements = [
    ...presentGrants(schema, role),
    ...futureGrants(schema, role),
    ...readOnlyStatements(schema, role, readOnlyTables),
  ];
  await retryOnConflict(() => owner.query(statements.join(';\n')));
}

/**
 * Leaves the role nothing but reading these tables, and takes their sequences: where the record of migrations could be changed, a
 * tenant would decide what its next migration does. Tables that do not exist are left out.
 */
export function readOnlyStatements(schema: string, role: RoleName, tables: readonly string[]): string[] {
  const grantee = quote(role);
  return tables.map((name) => {
    const table = `${quote(schema)}.${quote(name)}`;
    return `do ${literal(`
declare sequence pg_catalog.regclass;
begin
  if pg_catalog.to_regclass(${literal(table)}) is null then return; end if;
  revoke insert, update, delete, truncate on ${table} from ${grantee};
  for sequence in
    select d.objid from pg_catalog.pg_depend d join pg_catalog.pg_class s on s.oid operator(pg_catalog.=) d.objid
     where d.refobjid operator(pg_catalog.=) pg_catalog.to_regclass(${literal(table)}) and s.relkind operator(pg_catalog.=) 'S'
  loop
    execute pg_catalog.format('revoke all on sequence %s from ${grantee.replaceAll('%', '%%').replaceAll("'", "''")}', sequence);
  end loop;
end`)}`;
  });
}

/** The part of {@link grantHome} for the objects in the schema. */
export function presentGrants(schema: string, role: RoleName): string[] {
  return Object.entries(PRIVILEGES).map(
    ([objects, privileges]) =>
      `grant ${privileges} on all ${objects} in schema ${quote(schema)} to ${quote(role)}`,
  );
}

const PRIVILEGES = {
  tables: 'select, insert, update, delete, truncate',
  sequences: 'usage, select, update',
  routines: 'execute',
} as const;

/** The part of {@link grantHome} for the schema itself and for objects that are added later. */
export function futureGrants(schema: string, role: RoleName): string[] {
  const [name, grantee] = [quote(schema), quote(role)];
  return [
    `grant usage on schema ${name} to ${grantee}`,
    ...Object.entries(PRIVILEGES).map(
      ([objects, privileges]) =>
        `alter default privileges in schema ${name} grant ${privileges} on ${objects} to ${grantee}`,
    ),
  ];
}

/** A table, view or foreign table of a shared schema, and how it is to be granted. */
interface SharedRelation {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'rows' | 'shared' | 'open' | 'private';
  readonly sequences: readonly string[];
}

/**
 * The relations of the shared schemas: tables with rows of tenants behind forced row-level security (`rows`), those with
 * such rows and no policy (`open`), reference tables (`shared`), and tables of TypeORM (`private`).
 */
const SHARED_RELATIONS = `
  select n.nspname as schema, c.relname as name,
         case when c.relname = any($2) and not has_tenant then 'private'
              when c.relkind in ('v', 'm') and reads_rows
                and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on'], false) then 'open'
              when not has_tenant then 'shared'
              when ${IS_BEHIND_POLICIES} then 'rows'
              else 'open' end as kind,
         array(select s.oid::pg_catalog.regclass::text
                 from pg_catalog.pg_depend d join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
                where d.refobjid = c.oid and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                  and d.deptype in ('a', 'i')) as sequences
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join lateral (select ${CARRIES_TENANT_ID} as has_tenant) t
   cross join lateral (select exists (
       with recursive ${relationsBelow('c.oid')}
       select from below b join pg_catalog.pg_attribute a on a.attrelid = b.oid
        where a.attname = 'tenant_id' and not a.attisdropped) as reads_rows) v
   where n.nspname = any($1) and c.relkind in ('r', 'p', 'v', 'm', 'f')
     and not exists (select from pg_catalog.pg_depend d where d.objid = c.oid and d.deptype = 'e')
   order by 1, 2`;

/**
 * Gives the deployment's roles the use of the shared schemas: reference tables to read, tables behind row-level security
 * to read and write. A table that carries `tenant_id` and has no policy stays the owner's alone.
 */
export async function grantSharedSchemas(
  owner: Owner,
  schemas: readonly string[],
  roles: DeploymentRoles,
): Promise<void> {
  const { rows } = await owner.query<SharedRelation>(SHARED_RELATIONS, [schemas, TYPEORM_TABLES]);
  const statements = [
    ...schemas.map((schema) => `grant usage on schema ${quote(schema)} to ${quote(roles.shared)}`),
    ...rows.flatMap((relation) => grantsOn(relation, roles)),
  ];
  if (statements.length > 0) await retryOnConflict(() => owner.query(statements.join(';\n')));
}

function grantsOn({ schema, name, kind, sequences }: SharedRelation, roles: DeploymentRoles): string[] {
  const table = `${quote(schema)}.${quote(name)}`;
  const [shared, row, system] = [roles.shared, roles.row, roles.system].map(quote);
  const all = 'select, insert, update, delete';
  const toSequences = (grantees: string) =>
    sequences.map((sequence) => `grant usage, select, update on sequence ${sequence} to ${grantees}`);
  // Without UPDATE, which allows setval(): all tenants share the sequence.
  const toRows = sequences.flatMap((sequence) => [
    `revoke all on sequence ${sequence} from ${row}`,
    `grant usage on sequence ${sequence} to ${row}`,
  ]);
  switch (kind) {
    case 'rows':
      return [`grant ${all} on ${table} to ${row}, ${system}`, ...toRows, ...toSequences(`${system}`)];
    case 'shared':
      return [
        `grant select on ${table} to ${shared}`,
        `grant ${all} on ${table} to ${system}`,
        ...toSequences(`${system}`),
      ];
    default:
      return [`revoke all on ${table} from ${shared}, ${row}, ${system}`];
  }
}

/**
 * Lets logins of the application read the catalog, if it is in this database, so that they can serve tenants without
 * owning it. Tenants' roles do not inherit this privilege. The audit trail names operators and their addresses: it is left out.
 */
export async function grantCatalog(owner: Owner, roles: DeploymentRoles): Promise<void> {
  const { rows } = await owner.query<{ granted: string | null; revoked: string | null }>(
    `select pg_catalog.string_agg(t.name, ', ') filter (where not t.audits) as granted,
            pg_catalog.string_agg(t.name, ', ') filter (where t.audits and t.readable) as revoked
       from (select 'rowhouse.' || pg_catalog.quote_ident(c.relname) as name, c.relname like 'audit\\_%' as audits,
                    exists (select from pg_catalog.aclexplode(c.relacl) a join pg_catalog.pg_roles r on r.oid = a.grantee
                             where r.rolname = $1) as readable
               from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
              where n.nspname = 'rowhouse' and c.relkind in ('r', 'p', 'v')) t`,
    [roles.app],
  );
  const { granted, revoked } = rows[0] ?? {};
  if (!granted) return;
  const app = quote(roles.app);
  await retryOnConflict(() =>
    owner.query(
      `grant usage on schema rowhouse to ${app}; grant select on ${granted} to ${app};
       ${revoked ? `revoke all on ${revoked} from ${app}` : ''}`,
    ),
  );
}

/** What logins of the application may do in the catalog: count rates, and note that a tenant is near a quota, or has a quarantined file. */
const APP_FUNCTIONS = ['take_rates', 'drop_ended_rates', 'notice_quota', 'notice_quarantine'];

/**
 * Lets logins of the application call functions of the catalog, if it is in this database. An owner of homes that does not own the
 * catalog grants nothing: then each instance counts rates for itself, and quotas make no events.
 */
export async function grantCatalogFunctions(owner: Owner, { app }: DeploymentRoles): Promise<void> {
  const { rows } = await owner.query<{ may: boolean | null }>(
    `select pg_catalog.bool_and(pg_catalog.has_function_privilege(p.oid, 'EXECUTE WITH GRANT OPTION')) as may
       from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'rowhouse' and p.proname = any ($1)`,
    [APP_FUNCTIONS],
  );
  if (!rows[0]?.may) return;
  await retryOnConflict(() =>
    owner.query(
      `grant execute on function ${APP_FUNCTIONS.map((name) => `rowhouse.${name}`).join(', ')} to ${quote(app)}`,
    ),
  );
}

/**
 * Lets tenants enqueue jobs for themselves, and the system for any of them, if the catalog is in this database: by functions, so
 * that nobody needs a privilege on what is in the catalog. An owner of homes that does not own the catalog grants nothing: then jobs are
 * refused.
 */
export async function grantJobs(owner: Owner, roles: DeploymentRoles): Promise<void> {
  const { rows } = await owner.query<{ may: boolean | null }>(
    `select case when pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace('rowhouse_jobs'), 'USAGE WITH GRANT OPTION')
       then pg_catalog.to_regprocedure('rowhouse_jobs.note_outbox(pg_catalog.uuid, pg_catalog.xid8)') is not null end as may`,
  );
  if (!rows[0]?.may) return;
  const [shared, system] = [roles.shared, roles.system].map(quote);
  await retryOnConflict(() =>
    owner.query(
      `grant usage on schema rowhouse_jobs to ${shared}; grant execute on function rowhouse_jobs.enqueue to ${shared};
       grant execute on function rowhouse_jobs.enqueue_as_system, rowhouse_jobs.note_outbox to ${system}`,
    ),
  );
}

/** Privileges on an object of a tenant's schema that a role should not have. */
export interface StrayGrant {
  /** `table "a"."b"`, as GRANT and REVOKE write it. */
  readonly object: string;
  readonly schema: string;
  /** A role of the deployment, or `PUBLIC`. */
  readonly grantee: string;
  readonly privileges: readonly string[];
}

/**
 * Finds the privileges that PUBLIC, other roles of the deployment and roles of other deployments have in schemas that belong
 * to one tenant each. Those of others came with a copy of their database.
 *
 * @param homes - the schemas, each with the one role that may use it.
 * @param prefix - of the deployment's roles; grants to roles that are none of Rowhouse's are left to the operator.
 */
export async function findStrayGrants(
  owner: Owner,
  homes: readonly { readonly schema: string; readonly role: string }[],
  prefix: string,
): Promise<StrayGrant[]> {
  const { rows } = await owner.query<StrayGrant>(
    `with homes as (select * from unnest($1::text[], $2::text[]) as h(schema, role)),
     acls as (
       select n.nspname as schema, 'schema ' || quote_ident(n.nspname) as object, n.nspacl as acl, n.nspowner as owner
         from pg_catalog.pg_namespace n where n.nspname = any($1)
       union all
       select n.nspname, case c.relkind when 'S' then 'sequence ' else 'table ' end || quote_ident(n.nspname) || '.' || quote_ident(c.relname),
              c.relacl, c.relowner
         from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any($1) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S'))
     select a.object, a.schema, coalesce(g.rolname, 'PUBLIC') as grantee, array_agg(e.privilege_type::text order by e.privilege_type) as privileges
       from acls a cross join lateral pg_catalog.aclexplode(a.acl) e
       left join pg_catalog.pg_roles g on g.oid = e.grantee
       join homes h on h.schema = a.schema
      where e.grantee <> a.owner and coalesce(g.rolname, 'PUBLIC') <> h.role
        and (e.grantee = 0 or starts_with(g.rolname, $3 || '_')
             or pg_catalog.starts_with(pg_catalog.shobj_description(g.oid, 'pg_authid'), '${ROLE_COMMENT}'))
      group by 1, 2, 3 order by 1, 3`,
    [homes.map(({ schema }) => schema), homes.map(({ role }) => role), prefix],
  );
  return rows;
}

/** Revokes stray grants. */
export async function revokeStrayGrants(owner: Owner, grants: readonly StrayGrant[]): Promise<void> {
  const statements = grants.map(
    ({ object, grantee }) =>
      `revoke all on ${object} from ${grantee === 'PUBLIC' ? 'public' : quote(grantee)}`,
  );
  if (statements.length > 0) await retryOnConflict(() => owner.query(statements.join(';\n')));
}

/** Creates the schemas that do not exist. @param first - a setting of the transaction that makes one. */
export async function createSchemas(owner: Owner, names: readonly string[], first?: string): Promise<void> {
  const { rows } = await owner.query<{ nspname: string }>(
    'select nspname from pg_catalog.pg_namespace where nspname = any($1)',
    [names],
  );
  const missing = names.filter((name) => !rows.some(({ nspname }) => nspname === name));
  // Looked up first, because "if not exists" asks for the privilege to create even when the schema exists.
  const before = first === undefined ? '' : `${first}; `;
  for (const name of missing) await owner.query(`${before}create schema if not exists ${quote(name)}`);
}
