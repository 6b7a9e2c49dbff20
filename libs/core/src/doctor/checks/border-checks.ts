import { isDeploymentRole } from '../../homes/role-statements.js';
import { REPORTED_PARAMETER } from '../../pin/pin.js';
import type { DatabaseCheck } from '../examination.js';
import { judge, statements } from '../report.js';

/**
 * What depends on an object in a tenant's schema from outside of it: foreign keys, views, rules, defaults, triggers,
 * policies, functions with bodies that PostgreSQL has parsed (manual, "pg_depend"). $1: schemas that are no tenant's.
 */
const CROSSINGS = `
  with objects (classid, objid, schema) as (
    select 'pg_catalog.pg_class'::regclass::oid, oid, relnamespace from pg_catalog.pg_class
    union all select 'pg_catalog.pg_proc'::regclass, oid, pronamespace from pg_catalog.pg_proc
    union all select 'pg_catalog.pg_type'::regclass, oid, typnamespace from pg_catalog.pg_type
    union all select 'pg_catalog.pg_constraint'::regclass, oid, connamespace from pg_catalog.pg_constraint
    union all select 'pg_catalog.pg_rewrite'::regclass, r.oid, c.relnamespace
      from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
    union all select 'pg_catalog.pg_trigger'::regclass, t.oid, c.relnamespace
      from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid where not t.tgisinternal
    union all select 'pg_catalog.pg_attrdef'::regclass, d.oid, c.relnamespace
      from pg_catalog.pg_attrdef d join pg_catalog.pg_class c on c.oid = d.adrelid
    union all select 'pg_catalog.pg_policy'::regclass, p.oid, c.relnamespace
      from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid)
  select distinct pg_catalog.pg_describe_object(o.classid, o.objid, 0) as object, n.nspname::text as schema, m.nspname::text as target
    from pg_catalog.pg_depend d
    join objects o on o.classid = d.classid and o.objid = d.objid
    join objects r on r.classid = d.refclassid and r.objid = d.refobjid
    join pg_catalog.pg_namespace n on n.oid = o.schema
    join pg_catalog.pg_namespace m on m.oid = r.schema
   where o.schema <> r.schema and pg_catalog.starts_with(m.nspname::text, 'tenant_') and m.nspname <> all($1)
     and not pg_catalog.starts_with(n.nspname::text, 'pg_')
   order by 2, 1`;

/** Functions that run as their owner and that tenants may execute. $1: shared schemas, $2: prefix of roles. */
const DEFINERS = `
  select p.oid::pg_catalog.regprocedure::text as name,
         exists (select from unnest(p.proconfig) c (setting) where pg_catalog.starts_with(c.setting, '${REPORTED_PARAMETER}=')) as "isFixed"
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where p.prosecdef and (n.nspname = any($1) or pg_catalog.starts_with(n.nspname::text, 'tenant_'))
     and exists (select from pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
                   left join pg_catalog.pg_roles g on g.oid = a.grantee
                  where a.grantee = 0 or pg_catalog.starts_with(g.rolname::text, $2))
     and not exists (select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')
   order by 1`;

/** Roles that may create objects in a schema of a tenant's path. $1: shared schemas, $2: prefix of roles. */
const CREATORS = `
  select n.nspname::text as schema, coalesce(g.rolname::text, 'public') as grantee
    from pg_catalog.pg_namespace n
    cross join lateral pg_catalog.aclexplode(n.nspacl) a
    left join pg_catalog.pg_roles g on g.oid = a.grantee
   where (n.nspname = any($1) or pg_catalog.starts_with(n.nspname::text, 'tenant_')) and a.privilege_type = 'CREATE'
     and (a.grantee = 0 or pg_catalog.starts_with(g.rolname::text, $2)) and a.grantee <> n.nspowner
   order by 1, 2`;

/** Privileges of tenants, the roles that they share and PUBLIC on what the catalog keeps. $1: prefix of roles. */
const CATALOG_GRANTS = `
  select p.object, coalesce(g.rolname::text, 'public') as grantee, pg_catalog.string_agg(distinct a.privilege_type, ', ') as privileges
    from (select 'schema rowhouse' as object, n.nspacl as acl, n.nspowner as owner, 'schema' as kind
            from pg_catalog.pg_namespace n where n.nspname = 'rowhouse'
          union all select 'schema rowhouse_jobs', n.nspacl, n.nspowner, 'jobs'
            from pg_catalog.pg_namespace n where n.nspname = 'rowhouse_jobs'
          union all select c.oid::pg_catalog.regclass::text, c.relacl, c.relowner, 'relation'
            from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = 'rowhouse') p
    cross join lateral pg_catalog.aclexplode(p.acl) a
    left join pg_catalog.pg_roles g on g.oid = a.grantee
   where a.grantee <> p.owner and (a.grantee = 0 or ${isDeploymentRole('g.rolname', '$1')} and g.rolname <> $1 || '_app')
     and (p.kind <> 'jobs' or a.privilege_type <> 'USAGE' or a.grantee = 0)
   group by 1, 2 order by 1, 2`;

/** No role name begins with the prefix that is used where roles are off. */
const prefixOf = (roles: string | false) => (roles === false ? '\u0001' : `${roles}_`);

export const BORDER_CHECKS: readonly DatabaseCheck[] = [
  {
    id: 'schemas.create',
    async runIn({ owner, settings, sharedSchemas }) {
      const { rows } = await owner.query<{ schema: string; grantee: string }>(CREATORS, [
        sharedSchemas,
        prefixOf(settings.roles),
      ]);
      return judge(
        rows.map(({ schema, grantee }) => `${schema} by ${grantee}`),
        {
          status: 'fail',
          none: 'Nobody but owners may create objects in schemas of a path.',
          one: 'Objects may be created in a schema of a path, and stand there before others',
          some: 'Objects may be created in schemas of a path, and stand there before others',
          remedy: statements(
            rows.map(({ schema, grantee }) => `revoke create on schema "${schema}" from ${grantee};`),
          ),
        },
      );
    },
  },
  {
    id: 'catalog.closed',
    async runIn({ owner, settings }) {
      const { rows } = await owner.query<{ object: string; grantee: string; privileges: string }>(
        CATALOG_GRANTS,
        [settings.roles === false ? '\u0001' : settings.roles],
      );
      return judge(
        rows.map(({ object, grantee, privileges }) => `${object} by ${grantee} (${privileges})`),
        {
          status: 'fail',
          none: 'Tenants reach nothing of the catalog but the function that enqueues their jobs.',
          one: 'Tenants have privileges on what the catalog keeps of all of them',
          some: 'Tenants have privileges on what the catalog keeps of all of them',
          remedy: statements(
            rows.map(
              ({ object, grantee, privileges }) => `revoke ${privileges} on ${object} from ${grantee};`,
            ),
          ),
        },
      );
    },
  },
  {
    id: 'functions.definer',
    async runIn({ owner, settings, sharedSchemas }) {
      const { rows } = await owner.query<{ name: string; isFixed: boolean }>(DEFINERS, [
        sharedSchemas,
        prefixOf(settings.roles),
      ]);
      const loose = rows.filter(({ isFixed }) => !isFixed);
      if (loose.length > 0) {
        return judge(
          loose.map(({ name }) => name),
          {
            status: 'fail',
            none: '',
            one: `A SECURITY DEFINER function that tenants may execute has no fixed ${REPORTED_PARAMETER}`,
            some: `SECURITY DEFINER functions that tenants may execute have no fixed ${REPORTED_PARAMETER}`,
            remedy: statements(
              loose.map(
                ({ name }) =>
                  `alter function ${name} set ${REPORTED_PARAMETER} = pg_catalog, pg_temp; -- and name schemas inside`,
              ),
            ),
          },
        );
      }
      return judge(
        rows.map(({ name }) => name),
        {
          status: 'warn',
          none: 'No function that tenants may execute runs as its owner.',
          one: 'A function that tenants may execute runs as its owner (SECURITY DEFINER), above its walls',
          some: 'Functions that tenants may execute run as their owner (SECURITY DEFINER), above its walls',
          remedy: statements(
            rows.map(
              ({ name }) =>
                `revoke execute on function ${name} from public; -- or alter it to security invoker`,
            ),
          ),
        },
      );
    },
  },
  {
    id: 'schemas.crossings',
    thorough: true,
    async runIn({ owner, sharedSchemas }) {
      const { rows } = await owner.query<{ object: string; schema: string; target: string }>(CROSSINGS, [
        sharedSchemas,
      ]);
      return judge(
        rows.map(({ object, schema, target }) => `${object} in ${schema} uses ${target}`),
        {
          status: 'fail',
          none: "Nothing outside a tenant's schema depends on what is in it.",
          one: "A foreign key, view, function, trigger or default reaches into a tenant's schema from outside",
          some: "Foreign keys, views, functions, triggers or defaults reach into a tenant's schema from outside",
          remedy:
            'Drop each, or make it again within its own schema; what all tenants share belongs into a shared schema.',
        },
      );
    },
  },
];
