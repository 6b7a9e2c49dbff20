import pg from 'pg';
import { TYPEORM_TABLES } from '../../homes/home-grants.js';
import {
  CARRIES_TENANT_ID,
  DEFAULT_SYSTEM_ROLE,
  ROW_POLICIES,
  relationsBelow,
  renderedCondition,
  securingStatements,
} from '../../homes/row-policies.js';
import { type DatabaseCheck, NO_STORE } from '../examination.js';
import type { ExaminedDatabase } from '../examined-database.js';
import { judge, pass, statements } from '../report.js';

/** Tables in the schemas $1 that carry `tenant_id`, without those that the guard exempts ($2). */
const ROW_TABLES = `row_tables as (
  select c.oid, format('%I.%I', n.nspname, c.relname) as name, c.relkind, a.attnum as tenant,
         c.relrowsecurity and c.relforcerowsecurity as is_closed
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
   where n.nspname = any($1) and c.relkind in ('r', 'p', 'f', 'm')
     and not (c.relname = any($2) or n.nspname || '.' || c.relname = any($2)))`;

async function query<Row extends pg.QueryResultRow>(
  { owner, settings, sharedSchemas }: ExaminedDatabase,
  sql: string,
  ...more: unknown[]
): Promise<Row[]> {
  const values = [sharedSchemas, settings.guard.exemptTables, ...more];
  return (await owner.query<Row>(`with ${ROW_TABLES} ${sql}`, values)).rows;
}

interface Policy {
  readonly table: string;
  readonly name: string;
  readonly isForAll: boolean;
  readonly isPermissive: boolean;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
}

/** A table without policies gives one row, without a name. */
const POLICIES = `
  select t.name as table, p.polname::text as name, p.polcmd = '*' as "isForAll", p.polpermissive as "isPermissive",
         array(select coalesce(r.rolname::text, 'public') from unnest(p.polroles) o (oid)
                 left join pg_catalog.pg_roles r on r.oid = o.oid order by 1) as roles,
         pg_catalog.pg_get_expr(p.polqual, p.polrelid) as using, pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as check
    from row_tables t left join pg_catalog.pg_policy p on p.polrelid = t.oid
   where t.relkind in ('r', 'p') order by 1, 2`;

function isAsMade(policy: Policy, roles: string, condition: string): boolean {
  return (
    policy.isForAll &&
    policy.isPermissive &&
    policy.roles.join() === roles &&
    policy.using === condition &&
    // Without a condition for writing, the one for reading applies (manual, CREATE POLICY).
    (policy.check ?? policy.using) === condition
  );
}

/** The flaws in the two policies of each table, by table. */
function flawsOf(policies: readonly Policy[], condition: string, systemRole: string): Map<string, string> {
  const flaws = new Map<string, string>();
  for (const { table } of policies) flaws.set(table, `${table} has no policy ${ROW_POLICIES.tenant}`);
  for (const policy of policies)
    if (policy.name === ROW_POLICIES.tenant) {
      if (isAsMade(policy, 'public', condition)) flaws.delete(policy.table);
      else flaws.set(policy.table, `${policy.table}: ${ROW_POLICIES.tenant} was altered`);
    }
  for (const policy of policies)
    if (policy.name === ROW_POLICIES.system && !isAsMade(policy, systemRole, 'true'))
      flaws.set(policy.table, `${policy.table}: ${ROW_POLICIES.system} was altered`);
  return flaws;
}

interface Bypass {
  readonly name: string;
  readonly owner: string;
  readonly remedy: string;
}

/**
 * Functions and views that row tenants ($3) may use, and that read with the rights of an owner whom policies do not hold (manual, 5.9
 * "Row Security Policies"). A body that is kept as text is searched for the tables' names.
 */
const BYPASSES = `
  select concat(i.type, ' ', i.identity) as name, o.rolname::text as owner, format('alter routine %s security invoker;', i.identity) as remedy
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_roles o on o.oid = p.proowner and (o.rolsuper or o.rolbypassrls)
   cross join lateral pg_catalog.pg_identify_object('pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0) i
   where p.prosecdef and has_function_privilege($3::name, p.oid, 'EXECUTE') and has_schema_privilege($3::name, n.oid, 'USAGE')
     and not exists (select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')
     and exists (select from row_tables t join pg_catalog.pg_class c on c.oid = t.oid
                  where concat(p.prosrc, ' ', pg_catalog.pg_get_function_sqlbody(p.oid))
                        ~* ('\\m' || regexp_replace(c.relname, '(\\W)', '\\\\\\1', 'g') || '\\M'))
   union all
  select concat('view ', v.oid::pg_catalog.regclass), o.rolname::text, format('alter view %s set (security_invoker = true);', v.oid::pg_catalog.regclass)
    from pg_catalog.pg_class v
    join pg_catalog.pg_roles o on o.oid = v.relowner and (o.rolsuper or o.rolbypassrls)
   where v.relkind = 'v' and not coalesce(v.reloptions && array['security_invoker=true', 'security_invoker=on'], false)
     and has_table_privilege($3::name, v.oid, 'SELECT') and has_schema_privilege($3::name, v.relnamespace, 'USAGE')
     and exists (
       with recursive ${relationsBelow('v.oid')}
       select from below b join row_tables t on t.oid = b.oid)
   order by 1`;

/**
 * Tables of the home schema $3 without `tenant_id` that are tenants' own: migrations of tenants made them ($4), they refer to rows of
 * tenants, or a tenant has a table of that name in a schema of its own ($5). TypeORM's own are left out: $6, and the record of
 * migrations, whatever it is called.
 */
const SHARED_ROWS = `
  select format('%I.%I', n.nspname, c.relname) as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $3 and c.relkind in ('r', 'p') and not c.relispartition
     and not ${CARRIES_TENANT_ID}
     and not (c.relname = any($2) or n.nspname || '.' || c.relname = any($2) or c.relname = any($6))
     and not exists (select from pg_catalog.pg_depend d where d.objid = c.oid and d.deptype = 'e')
     and array(select a.attname::text from pg_catalog.pg_attribute a
                where a.attrelid = c.oid and a.attnum > 0 order by a.attnum) <> '{id,timestamp,name}'
     and (c.relname = any($4)
       or exists (select from pg_catalog.pg_constraint k join row_tables t on t.oid = k.confrelid
                   where k.conrelid = c.oid and k.contype = 'f')
       or exists (select from pg_catalog.pg_class o join pg_catalog.pg_namespace h on h.oid = o.relnamespace
                   where h.nspname = any($5) and o.relname = c.relname and o.relkind in ('r', 'p')))
   order by 1`;

export const ROW_CHECKS: readonly DatabaseCheck[] = [
  {
    id: 'rows.enforced',
    async runIn(database) {
      const open = await query<{ name: string; kind: string }>(
        database,
        `select name, relkind as kind from row_tables where relkind in ('f', 'm') or not is_closed order by 1`,
      );
      return judge(
        open.map(({ name }) => name),
        {
          status: 'fail',
          none: 'Every table with tenant_id in the shared schemas has row-level security, forced.',
          one: 'A table carries tenant_id without forced row-level security',
          some: 'Tables carry tenant_id without forced row-level security',
          remedy: statements(
            open.map(({ name, kind }) =>
              kind === 'f' || kind === 'm'
                ? `-- ${name} cannot have row-level security: move it to a schema that is not shared`
                : `alter table ${name} enable row level security, force row level security;`,
            ),
          ),
        },
      );
    },
  },
  {
    id: 'rows.policies',
    async runIn(database) {
      const policies = await query<Policy>(database, POLICIES);
      const systemRole = database.roles?.system ?? DEFAULT_SYSTEM_ROLE;
      const flaws = flawsOf(policies, await renderedCondition(database.owner), systemRole);
      return judge([...flaws.values()], {
        status: 'fail',
        none: 'The policies of tables with tenant_id are as Rowhouse makes them.',
        one: 'A policy is missing or altered',
        some: 'Policies are missing or altered',
        remedy: statements(
          [...flaws.keys()].flatMap((table) => [
            `drop policy if exists ${ROW_POLICIES.tenant} on ${table}; drop policy if exists ${ROW_POLICIES.system} on ${table};`,
            ...securingStatements(table, systemRole),
          ]),
        ),
      });
    },
  },
  {
    id: 'rows.permissive',
    async runIn(database) {
      const wide = (await query<Policy>(database, POLICIES)).filter(
        ({ name, isPermissive }) =>
          isPermissive && name !== ROW_POLICIES.tenant && name !== ROW_POLICIES.system,
      );
      const prefix = `${database.settings.roles || 'rowhouse'}_`;
      const reachesTenants = wide.some(({ roles }) =>
        roles.some((role) => role === 'public' || role === database.login || role.startsWith(prefix)),
      );
      return judge(
        wide.map(({ table, name, roles }) => `${name} on ${table} for ${roles.join(' and ')}`),
        {
          status: reachesTenants ? 'fail' : 'warn',
          none: 'No other permissive policy widens what a tenant sees.',
          one: 'A permissive policy beside those of Rowhouse adds rows to what is seen',
          some: 'Permissive policies beside those of Rowhouse add rows to what is seen',
          remedy: statements(
            wide.map(
              ({ table, name }) =>
                `drop policy ${pg.escapeIdentifier(name)} on ${table}; -- or make it again "as restrictive"`,
            ),
          ),
        },
      );
    },
  },
  {
    id: 'rows.privileges',
    needsRoles: 'own',
    async runIn(database) {
      const excess = await query<{ name: string; role: string; privilege: string }>(
        database,
        `select t.name, r.rolname::text as role, p.privilege from row_tables t
           join pg_catalog.pg_roles r on r.rolname = any($3)
           cross join unnest(array['TRUNCATE', 'REFERENCES', 'TRIGGER']) p (privilege)
          where pg_catalog.has_table_privilege(r.oid, t.oid, p.privilege) order by 1, 2, 3`,
        [database.roles?.row, database.roles?.shared],
      );
      return judge(
        excess.map(({ name, role, privilege }) => `${privilege} on ${name} by ${role}`),
        {
          status: 'fail',
          none: 'Row tenants have no privilege that row-level security does not limit.',
          one: 'Row tenants have a privilege that row-level security does not limit',
          some: 'Row tenants have privileges that row-level security does not limit',
          remedy: statements(
            excess.map(({ name, role, privilege }) => `revoke ${privilege} on ${name} from ${role}, public;`),
          ),
        },
      );
    },
  },
  {
    id: 'rows.owners',
    needsRoles: 'own',
    async runIn(database) {
      const found = await query<Bypass>(database, BYPASSES, database.roles?.row);
      return judge(
        found.map(({ name, owner }) => `${name} of ${owner}`),
        {
          status: 'fail',
          none: 'Nothing that row tenants may use reads their tables with the rights of a role that policies do not hold.',
          one: 'Row tenants may use a function or view that reads the rows of all tenants with the rights of its owner',
          some: 'Row tenants may use functions or views that read the rows of all tenants with the rights of their owner',
          remedy: statements(found.map(({ remedy }) => remedy)),
        },
      );
    },
  },
  {
    id: 'rows.shared',
    thorough: true,
    async runIn(database) {
      const tenants = await database.tenantsHere();
      if (!tenants) return NO_STORE;
      if (!tenants.some(({ isolation }) => isolation === 'row'))
        return pass('No tenant has isolation row, so that none shares tables.');
      const { homeSchema } = database.settings;
      const schemas = tenants.filter(({ isolation }) => isolation === 'schema').map(({ schema }) => schema);
      const made = await database.tablesWithoutTenant();
      const found = await query<{ name: string }>(
        database,
        SHARED_ROWS,
        ...[homeSchema, made, schemas, TYPEORM_TABLES],
      );
      return judge(
        found.map(({ name }) => name),
        {
          status: 'warn',
          none: 'Every table that migrations make for tenants keeps the rows of row tenants apart.',
          one: 'A table of tenants has no tenant_id: row tenants share its rows, and may not write to it',
          some: "Tenants' own tables have no tenant_id: row tenants share their rows, and may not write to them",
          remedy:
            'Declare the entities with @TenantEntity(), then: rowhouse migration generate. What all tenants shall read belongs ' +
            'in a shared migration; name other exceptions in pool.guard.exemptTables.',
        },
      );
    },
  },
  {
    id: 'rows.unique',
    async runIn(database) {
      const found = await query<{ name: string; table: string }>(
        database,
        `select i.indexrelid::regclass::text as name, t.name as table from row_tables t
           join pg_catalog.pg_index i on i.indrelid = t.oid and i.indisunique
           cross join lateral (select (i.indkey::int2[])[0:i.indnkeyatts - 1] as columns) k
          where not t.tenant = any(k.columns)
            and not exists (select from pg_catalog.pg_attribute a where a.attrelid = t.oid
                             and a.attnum = any(k.columns) and a.atttypid = 'pg_catalog.uuid'::pg_catalog.regtype)
          order by 1`,
      );
      return judge(
        found.map(({ name, table }) => `${name} on ${table}`),
        {
          status: 'warn',
          none: 'No unique index tells a tenant which values others have.',
          one: 'A unique index spans all tenants: a conflict tells that another tenant has the value',
          some: 'Unique indexes span all tenants: a conflict tells that another tenant has the value',
          remedy:
            'Put tenant_id first in each: create unique index … on … (tenant_id, …); uuid keys give nothing away.',
        },
      );
    },
  },
  {
    id: 'rows.references',
    async runIn(database) {
      const found = await query<{ name: string; table: string; target: string }>(
        database,
        `select c.conname::text as name, t.name as table, f.name as target from pg_catalog.pg_constraint c
           join row_tables t on t.oid = c.conrelid join row_tables f on f.oid = c.confrelid
          where c.contype = 'f' and c.conparentid = 0
            and not exists (select from unnest(c.conkey, c.confkey) k (own, other)
                             where k.own = t.tenant and k.other = f.tenant)
            and not exists (select from pg_catalog.pg_attribute a
                             where a.attrelid = f.oid and a.attnum = any(c.confkey) and a.atttypid = 'uuid'::regtype)
          order by 2, 1`,
      );
      return judge(
        found.map(({ name, table }) => `${name} on ${table}`),
        {
          status: 'warn',
          none: 'References between tables of row tenants stay within a tenant, or name keys that nobody guesses.',
          one: 'A reference without tenant_id, to a key that can be guessed, can name a row of another tenant, because its check passes over policies',
          some: 'References without tenant_id, to keys that can be guessed, can name a row of another tenant, because their checks pass over policies',
          remedy: statements(
            found.map(
              ({ name, table, target }) =>
                `alter table ${table} drop constraint ${pg.escapeIdentifier(name)}, add foreign key (tenant_id, …) references ${target} (tenant_id, …); -- with a unique index there`,
            ),
          ),
        },
      );
    },
  },
];
