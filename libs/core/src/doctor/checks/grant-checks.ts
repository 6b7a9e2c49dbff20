import { isElsewhere } from '../../homes/placements.js';
import { type Check, NO_STORE } from '../examination.js';
import type { ExaminedDatabase } from '../examined-database.js';
import { judge, REPAIR_COMMAND, statements } from '../report.js';

/** Homes by schema ($1) and role ($2), if both exist. */
const PRESENT = `present as (
  select h.schema, n.oid as schema_oid, r.oid as role_oid
    from unnest($1::text[], $2::text[]) h (schema, role)
    join pg_catalog.pg_namespace n on n.nspname = h.schema join pg_catalog.pg_roles r on r.rolname = h.role)`;

/** SQL: whether `c` has the columns of the record of migrations, whatever it is called: tenants may read that only. */
const IS_HISTORY = `array(select a.attname::text from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) = '{id,timestamp,name}'`;

const MISSING = `
  with ${PRESENT}
  select format('schema %I', p.schema) as object from present p
   where not pg_catalog.has_schema_privilege(p.role_oid, p.schema_oid, 'USAGE')
  union all
  select c.oid::pg_catalog.regclass::text from present p join pg_catalog.pg_class c on c.relnamespace = p.schema_oid
   where c.relkind in ('r', 'p')
     and not (pg_catalog.has_table_privilege(p.role_oid, c.oid, 'SELECT') and (${IS_HISTORY}
           or pg_catalog.has_table_privilege(p.role_oid, c.oid, 'INSERT') and pg_catalog.has_table_privilege(p.role_oid, c.oid, 'UPDATE')
          and pg_catalog.has_table_privilege(p.role_oid, c.oid, 'DELETE')))
  union all
  select s.oid::pg_catalog.regclass::text from present p join pg_catalog.pg_class s on s.relnamespace = p.schema_oid
   where s.relkind = 'S' and not pg_catalog.has_sequence_privilege(p.role_oid, s.oid, 'USAGE')
     and not exists (select from pg_catalog.pg_depend d join pg_catalog.pg_class c on c.oid = d.refobjid
                      where d.objid = s.oid and ${IS_HISTORY})
   order by 1`;

/** Schemas in which a later migration of this owner would create objects that the tenant may not use. */
const WITHOUT_DEFAULTS = `
  with ${PRESENT}
  select p.schema from present p
   where exists (select from unnest(array['r', 'S', 'f']) k (kind)
      where not exists (select from pg_catalog.pg_default_acl d cross join lateral pg_catalog.aclexplode(d.defaclacl) a
         where d.defaclnamespace = p.schema_oid and d.defaclobjtype = k.kind::"char" and a.grantee = p.role_oid
           and d.defaclrole = (select oid from pg_catalog.pg_roles where rolname = current_user)))
   order by 1`;

/** Every tenant's schema in the database, with the role that uses it. */
async function homesOf(
  database: ExaminedDatabase,
): Promise<[schemas: string[], roles: string[]] | undefined> {
  const { roles } = database;
  const tenants = (await database.tenantsHere())?.filter(({ isolation }) => isolation === 'schema');
  if (!tenants || !roles) return undefined;
  return [tenants.map(({ schema }) => schema), tenants.map((tenant) => roles.ofTenant(tenant))];
}

export const GRANT_CHECKS: readonly Check[] = [
  {
    id: 'grants.stray',
    needsRoles: 'own',
    thorough: true,
    async run(examination) {
      const tenants = await examination.tenants();
      if (!tenants) return NO_STORE;
      const { placements } = examination.settings.databases;
      // Those on a placement without an address are reported by tenants.placements.
      const found = tenants.filter(
        (tenant) => !isElsewhere(tenant) || Object.hasOwn(placements, tenant.placement),
      );
      const stray = await examination.homes.strayGrants(found);
      return judge(
        stray.map(({ object, grantee, privileges }) => `${privileges.join('/')} on ${object} to ${grantee}`),
        {
          status: 'fail',
          none: "Nobody else has privileges in a tenant's schema.",
          one: "Somebody else has privileges in a tenant's schema",
          some: "Others have privileges in tenants' schemas",
          remedy: `${REPAIR_COMMAND}\n${statements(
            stray.map(
              ({ object, grantee }) =>
                `revoke all on ${object} from ${grantee === 'PUBLIC' ? 'public' : `"${grantee}"`};`,
            ),
          )}`,
        },
      );
    },
  },
  {
    id: 'grants.missing',
    needsRoles: 'own',
    thorough: true,
    async runIn(database) {
      const homes = await homesOf(database);
      if (!homes) return NO_STORE;
      const { rows } = await database.owner.query<{ object: string }>(MISSING, homes);
      return judge(
        rows.map(({ object }) => object),
        {
          status: 'fail',
          none: 'Every tenant may use all that is in its schema.',
          one: 'A tenant may not use what is in its own schema',
          some: 'Tenants may not use what is in their own schema',
          remedy: REPAIR_COMMAND,
        },
      );
    },
  },
  {
    id: 'grants.defaults',
    needsRoles: 'own',
    thorough: true,
    async runIn(database) {
      const homes = await homesOf(database);
      if (!homes) return NO_STORE;
      const { rows } = await database.owner.query<{ schema: string }>(WITHOUT_DEFAULTS, homes);
      return judge(
        rows.map(({ schema }) => schema),
        {
          status: 'warn',
          none: "What the owner adds to a tenant's schema will be the tenant's to use.",
          one: 'A schema lacks default privileges: tables of the next migration would not be usable',
          some: 'Schemas lack default privileges: tables of the next migration would not be usable',
          remedy: REPAIR_COMMAND,
        },
      );
    },
  },
];
