import type { Tenant } from '@rowhouse/core';
import type { Lane } from './lane.js';
import { PLACEMENT } from './open-fleet.js';
import { namesOf, type Release } from './releases.js';

const ROWS_HOME = '00000000-0000-0000-0000-000000000000';

/** The allowed states of homes: all of them before a change, or all of them after it. */
export type Expected = readonly Release[];

/** All inconsistencies between the catalog, roles, schemas, databases and histories, as sentences. */
export async function disagreements(lane: Lane, expected: Expected): Promise<readonly string[]> {
  const found = await Promise.all([
    unfinished(lane),
    nobodys(lane),
    nobodysOnPlacement(lane),
    withoutWalls(lane),
    wrongHistories(lane, expected),
    drifted(lane),
    unusable(lane),
  ]);
  return found.flat();
}

/** Unfinished operations, and events that were not delivered. */
export function unfinished({ server }: Lane): Promise<readonly string[]> {
  return sentences(
    server,
    `select format('The tenant %s is %s.', slug, status) from rowhouse.tenants where status not in ('active', 'deleted')
     union all select format('%s of tenant %s is not ended: %s.', kind, tenant_id, step) from rowhouse.tenant_operations
     union all select format('The run %s is %s: %s.', id, state, message) from rowhouse.migration_runs where state <> 'succeeded'
     union all select format('The home %s of run %s is %s: %s.', label, run_id, state, error)
       from rowhouse.migration_run_homes where state not in ('done', 'skipped')
     union all select format('The run %s owes %s the status %s.', run_id, label, prior_status)
       from rowhouse.migration_run_homes where prior_status is not null
     union all select format('The hooks were not told that %s was created.', slug) from rowhouse.tenants t
      where not exists (select from rowhouse.tenant_events e where e.tenant_id = t.id and e.type = 'created')`,
  );
}

/** Schemas, roles, databases and catalog rows without a tenant, and those that a tenant lacks. */
export function nobodys({
  server,
  address,
  slug,
}: Pick<Lane, 'server' | 'address' | 'slug'>): Promise<readonly string[]> {
  return sentences(
    server,
    `with tenants as (select *, 'tenant_' || replace(slug, '-', '_') as schema from rowhouse.tenants),
     schemas as (
       select schema, id, placement from tenants where isolation = 'schema'
        union all select schema, id, 'default' from rowhouse.prewarmed_homes),
     databases as (
       select left(schema, 54) || '_' || left(id::text, 8) as name, id from tenants where isolation = 'database'),
     roles as (
       select $1 || '_' || replace(id::text, '-', '') as name
         from (select id from schemas union all select id from databases) owners)
     select format('The schema %s is nobody''s.', nspname) from pg_namespace
      where nspname ~ '^(tenant|rowhouse)_' and nspname <> all ('{rowhouse_jobs,rowhouse_journal}')
        and nspname not in (select schema from schemas where placement = 'default')
     union all select format('The schema %s is missing.', schema) from schemas
      where placement = 'default' and schema not in (select nspname from pg_namespace)
     union all select format('The role %s is nobody''s.', rolname) from pg_roles
      where rolname ~ ('^' || $1 || '_[0-9a-f]{32}$') and rolname not in (select name from roles)
     union all select format('The role %s is missing.', name) from roles where name not in (select rolname from pg_roles)
     union all select format('The database %s is nobody''s.', datname) from pg_database
      where starts_with(datname::text, 'tenant_' || $2 || '_') and datname not in (select name from databases)
     union all select format('The database %s is missing.', name) from databases
      where name not in (select datname from pg_database)
     union all select format('The catalog knows the history of a home of nobody''s, %s.', id) from rowhouse.homes
      where id not in (select id from tenants) and id <> '${ROWS_HOME}'`,
    [address.roles, slug],
  );
}

/** The same of the schemas in the database of the placement. */
async function nobodysOnPlacement({ placement, tenants }: Lane): Promise<readonly string[]> {
  if (!placement) return [];
  const wanted = (await tenants()).filter((one) => one.isolation === 'schema' && one.placement === PLACEMENT);
  return sentences(
    placement,
    `with found as (select nspname::text as name from pg_namespace where starts_with(nspname::text, 'tenant_'))
     select format('On the placement the schema %s is nobody''s.', name) from found where name <> all ($1)
      union all select format('On the placement the schema %s is missing.', w.name) from unnest($1::text[]) w (name)
      where w.name not in (select name from found)`,
    [wanted.map(({ schema }) => schema)],
  );
}

/** Roles of tenants that the application may not set, or that may not read the shared tables. */
export function withoutWalls({
  server,
  address,
}: Pick<Lane, 'server' | 'address'>): Promise<readonly string[]> {
  return sentences(
    server,
    `with roles as (select oid, rolname from pg_roles where rolname ~ ('^' || $1 || '_[0-9a-f]{32}$')),
     members as (
       select m.roleid::regrole::text as role, m.member::regrole::text as member from pg_auth_members m)
     select format('The role %s is no member of the shared one.', rolname) from roles
      where not exists (select from members where role = $1 || '_shared' and member = rolname)
     union all select format('The application may not act as %s.', rolname) from roles
      where not exists (select from members where role = rolname and member = $1 || '_app')`,
    [address.roles],
  );
}

/** Homes whose own history differs from the catalog's record, or from the other homes. */
async function wrongHistories(lane: Lane, expected: Expected): Promise<readonly string[]> {
  const allowed = expected.map((release) => namesOf(release, lane.address.roles).join());
  const copies = await copiesOfHistories(lane);
  const found: string[] = [];
  const seen = new Set<string>();
  for (const tenant of await lane.tenants()) {
    const own = await ownHistory(lane, tenant).catch((error: unknown) => `none, ${error}`);
    const copy = copies.get(tenant.isolation === 'row' ? ROWS_HOME : tenant.id);
    seen.add(own);
    if (own !== copy) found.push(`${tenant.slug} has had "${own}", the catalog says "${copy}".`);
    if (!allowed.includes(own)) found.push(`${tenant.slug} has had "${own}", which is no release.`);
  }
  if (seen.size > 1) found.push(`Homes differ: ${[...seen].map((history) => `"${history}"`).join(' and ')}.`);
  return found;
}

async function copiesOfHistories({ server }: Lane): Promise<ReadonlyMap<string, string>> {
  const { rows } = await server.query<{ id: string; names: readonly string[] }>(
    'select h.id, s.names from rowhouse.homes h join rowhouse.schema_histories s on s.hash = h.history',
  );
  return new Map(rows.map(({ id, names }) => [id, names.join()]));
}

export async function ownHistory({ registry }: Lane, tenant: Tenant): Promise<string> {
  const owner = await registry.directFor(tenant);
  const rows: { name: string }[] = await owner.query('select name from migrations order by id');
  return rows.map(({ name }) => name).join();
}

/** Homes whose objects differ from the result of their migrations. */
async function drifted(lane: Lane): Promise<readonly string[]> {
  const found: string[] = [];
  for (const status of new Set((await lane.tenants()).map((tenant) => tenant.status))) {
    const report = await lane.fleet.drift({ where: { status } });
    for (const { label, differences } of report.drifted)
      found.push(
        ...differences.map(({ kind, name, change }) => `In ${label}, the ${kind} ${name} is ${change}.`),
      );
    for (const { label, error } of report.failed) found.push(`${label} cannot be compared: ${error}`);
    for (const { label, migrations } of report.unknown) found.push(`${label} has had unknown ${migrations}.`);
  }
  return found;
}

/** Tenants that the application cannot use, and tenants with a missing or repeated seed. */
async function unusable(lane: Lane): Promise<readonly string[]> {
  const found: string[] = [];
  for (const tenant of await lane.tenants()) {
    try {
      const tables = await tablesOf(lane, tenant);
      const seeded = await workAs(lane, tenant, tables);
      if (tenant.metadata['seeded'] !== undefined && seeded !== 1)
        found.push(`${tenant.slug} was seeded ${seeded} times.`);
    } catch (error) {
      found.push(`The application cannot work for ${tenant.slug}: ${error}`);
    }
  }
  return found;
}

async function tablesOf({ registry }: Lane, tenant: Tenant): Promise<readonly string[]> {
  const owner = await registry.directFor(tenant);
  const rows: { name: string }[] = await owner.query(
    `select quote_ident(tablename) as name from pg_tables where schemaname = current_schema() and tablename <> 'migrations'`,
  );
  return rows.map(({ name }) => name);
}

/** @returns the rows of the seed. */
async function workAs({ registry }: Lane, tenant: Tenant, tables: readonly string[]): Promise<number> {
  const app = registry.for(tenant);
  await app.query(`select ${tables.map((table) => `(select count(*) from ${table})`).join(', ')}`);
  await app.query(`insert into products (name) values ('written')`);
  await app.query(`delete from products where name = 'written'`);
  const [row]: { count: number }[] = await app.query(
    `select count(*)::int as count from products where starts_with(name, 'seeded')`,
  );
  return row?.count ?? 0;
}

/** The result of a query, one sentence for each row. */
export async function sentences(
  server: Pick<Lane['server'], 'query'>,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly string[]> {
  const { rows } = await server.query<unknown[]>({ text, values: [...values], rowMode: 'array' });
  return rows.map(([sentence]) => String(sentence));
}
