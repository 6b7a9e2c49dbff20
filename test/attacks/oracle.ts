import type pg from 'pg';
import type { Side } from './attack.js';

/** Everything of a tenant that an attack could change, as a superuser sees it. Row tenants own rows, not tables. */
const HOME = `
  with home as (select oid from pg_namespace where nspname = $1),
       relations as (select c.* from pg_class c join home on home.oid = c.relnamespace)
  select jsonb_build_object(
    'schema', (select jsonb_agg(array[nspname::text, nspowner::text, nspacl::text]) from pg_namespace where oid in (table home)),
    'relations', (select jsonb_agg(array[oid::text, relname::text, relkind::text, relowner::text, relacl::text,
       relrowsecurity::text, relforcerowsecurity::text, reloptions::text] order by oid) from relations),
    'columns', (select jsonb_agg(array[attrelid::text, attname::text, atttypid::text, attnotnull::text, attacl::text] order by attrelid, attnum)
       from pg_attribute where attrelid in (select oid from relations)),
    'constraints', (select jsonb_agg(pg_get_constraintdef(oid) order by oid) from pg_constraint where connamespace in (table home)),
    'triggers', (select jsonb_agg(array[tgname::text, tgenabled::text] order by oid) from pg_trigger where tgrelid in (select oid from relations)),
    'rules', (select jsonb_agg(pg_get_ruledef(oid) order by oid) from pg_rewrite where ev_class in (select oid from relations)),
    'policies', (select jsonb_agg(array[polname::text, polcmd::text, polroles::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)] order by oid)
       from pg_policy where polrelid in (select oid from relations)),
    'routines', (select jsonb_agg(array[oid::text, proname::text, prosrc, proacl::text, proowner::text, proconfig::text] order by oid) from pg_proc where pronamespace in (table home)),
    'types', (select jsonb_agg(array[oid::text, typname::text, typacl::text, typowner::text] order by oid) from pg_type where typnamespace in (table home)),
    'labels', (select jsonb_agg(enumlabel order by enumtypid, enumsortorder) from pg_enum join pg_type t on t.oid = enumtypid where typnamespace in (table home)),
    'comments', (select jsonb_agg(description order by objoid, objsubid) from pg_description where objoid in (select oid from relations)),
    'defaultPrivileges', (select jsonb_agg(defaclacl::text order by oid) from pg_default_acl
       where defaclnamespace in (table home) and defaclrole in (select oid from pg_roles where rolsuper)),
    'settings', (select jsonb_agg(setconfig::text order by setdatabase, setrole) from pg_db_role_setting s
       where setrole in (0, (select oid from pg_roles where rolname = $2), (select oid from pg_roles where rolname = $3))
         and setdatabase in (0, (select oid from pg_database where datname = current_database()))),
    'roles', (select jsonb_agg(to_jsonb(r) - 'rolpassword' order by r.rolname) from pg_authid r where rolname in ($2, $3)),
    'memberships', (select jsonb_agg(array[roleid::text, member::text] order by roleid, member) from pg_auth_members
       where roleid = (select oid from pg_roles where rolname = $2)),
    'largeObject', (select array[encode(lo_get(oid), 'hex'), lomacl::text, lomowner::text] from pg_largeobject_metadata where oid = $4)
  ) as home`;

const ROWS = `
  select jsonb_build_object(
    'products', (select jsonb_agg(to_jsonb(p) || jsonb_build_object('place', p.ctid::text, 'by', p.xmin::text) order by p.id) from %s.products p where tenant_id = $1),
    'orders', (select jsonb_agg(to_jsonb(o) || jsonb_build_object('place', o.ctid::text, 'by', o.xmin::text) order by o.id) from %s.orders o where tenant_id = $1)
  ) as rows`;

const SEQUENCES = `
  select jsonb_agg(array[sequencename::text, last_value::text] order by sequencename) as sequences
    from pg_sequences where schemaname = $1`;

/** A snapshot of the victim's data. Two snapshots are equal if an attack between them has changed nothing. */
export async function photograph(owner: pg.Client, side: Side, login: string): Promise<unknown> {
  const { home, role, largeObject, tenant } = side;
  const objects = await owner.query(HOME, [home, role, login, largeObject]);
  const rows = await owner.query(ROWS.replaceAll('%s', home), [tenant.id]);
  // Row tenants share sequences, so the attacker may use them.
  const sequences = tenant.isolation === 'row' ? undefined : (await owner.query(SEQUENCES, [home])).rows;
  return { objects: objects.rows, rows: rows.rows, sequences };
}
