import { deepStrictEqual } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type Tenant, type TenantIsolation } from '@rowhouse/core';
import { databaseNameOf, rolesOf } from '@rowhouse/core/internal';
import { createTemplateDatabase, createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { homesOf, prepareHomes } from '../support/homes.js';
import { makeTenant } from '../support/tenants.js';
import { tablesOfHome, tablesOfRows } from './fleet-tables.js';
import type { FinalState, TenantModel } from './tenant-model.js';

/**
 * More than fifty tenants with distinguishable data: each text of a tenant begins with its mark, and each of its
 * sequences has its own range. Data of another tenant is recognised wherever it appears.
 *
 * They have all three isolations: some have a schema, some share tables, a few have a database.
 */
export interface FleetMember {
  readonly tenant: Tenant;
  /** The beginning of each of its texts. */
  readonly mark: string;
  /** Its sequences have answered up to here; the next value is one more. */
  readonly base: number;
}

const FLEET_SIZE = 52;
/** The role prefix of this suite. */
const SUITE = randomBytes(4).toString('hex');
const IDS_PER_TENANT = 1_000_000;

export const fleet: readonly FleetMember[] = Array.from({ length: FLEET_SIZE }, (_, index) =>
  memberOf(index + 1),
);

function memberOf(number: number): FleetMember {
  const mark = markOf(number);
  const isolation = isolationOf(number);
  return {
    tenant: makeTenant(mark, { id: idOf(number, isolation), isolation }),
    mark,
    base: number * IDS_PER_TENANT,
  };
}

function isolationOf(number: number): TenantIsolation {
  if (number % 10 === 0) return 'database';
  return number % 2 === 0 ? 'row' : 'schema';
}

/** Suites run in parallel on one server, so tenant databases are named by ids of this suite. */
function idOf(number: number, isolation: TenantIsolation): string {
  const ours = isolation === 'database' ? SUITE : '00000000';
  return `${ours}-0000-4000-8000-0000000000${digitsOf(number)}`;
}

function markOf(number: number): string {
  return `house-${digitsOf(number)}`;
}

function digitsOf(number: number): string {
  return String(number).padStart(2, '0');
}

/** The key of one of a tenant's counters. Tenants that share tables share the uniqueness of keys as well. */
export function counterKeyOf({ mark }: Pick<FleetMember, 'mark'>, name: string): string {
  return `${mark}-${name}`;
}

/** A decoy schema that no tenant uses, which a statement without a pin would use. */
const DECOY: Home = {
  tenantId: '00000000-0000-4000-8000-000000000000',
  mark: 'house-00',
  base: 0,
  schema: 'public',
};

/** The location of a tenant's data. */
interface Home {
  readonly mark: string;
  readonly base: number;
  readonly schema: string;
  /** Whose rows, in tables that are shared. */
  readonly tenantId?: string;
}

function homeOf({ tenant, mark, base }: FleetMember): Home {
  if (tenant.isolation === 'row') return { mark, base, schema: 'public', tenantId: tenant.id };
  return { mark, base, schema: tenant.isolation === 'schema' ? tenant.schema : 'public' };
}

const withDatabases = fleet.filter(({ tenant }) => tenant.isolation === 'database');
const withSchemas = fleet.filter(({ tenant }) => tenant.isolation === 'schema');
const homesInOne = [DECOY, ...fleet.filter(({ tenant }) => tenant.isolation !== 'database').map(homeOf)];

/** Change it with the tables: a template is built once per server. */
const TEMPLATE = 'rowhouse_isolation_3';

/** The homes of the whole fleet, each with what a {@link TenantModel} begins with. */
export async function createFleetDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase({ template: await createTemplateDatabase(TEMPLATE, build) });
  await prepareHomes(
    database,
    withDatabases.map(({ tenant }) => tenant),
  );
  for (const { tenant } of withDatabases)
    await onDatabase(urlOf(database.url, tenant), (client) => client.query(tablesOfHome('public')));
  const drop = async () => {
    const homes = homesOf(database);
    for (const { tenant } of withDatabases) await homes.remove(tenant);
    await homes.close();
    await database.drop();
  };
  return { ...database, drop };
}

async function build(url: string): Promise<void> {
  const login = decodeURIComponent(new URL(url).username);
  const homes = homesOf({ url, loginUrl: `postgres://${login}@localhost` });
  await homes.prepareDeployment();
  for (const { tenant } of withSchemas) await homes.prepare(tenant);
  const members = fleet.filter(({ tenant }) => tenant.isolation === 'row').map(({ tenant }) => tenant.id);
  await onDatabase(url, async (client) => {
    for (const { tenant } of withSchemas) await client.query(tablesOfHome(tenant.schema));
    await client.query(tablesOfRows([DECOY.tenantId ?? '', ...members], rolesOf('rowhouse')));
    await client.query(homesInOne.map(seedOf).join(''));
  });
  await homes.repairShared();
  await homes.close();
}

async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(url: string, tenant: Tenant): string {
  return Object.assign(new URL(url), { pathname: `/${databaseNameOf(tenant)}` }).href;
}

const TABLES = ['reviews', 'books', 'authors', 'counters', '"query-result-cache"'] as const;
const SEQUENCES = ['authors_id_seq', 'books_id_seq', 'reviews_id_seq', 'tickets'] as const;

/** The sequence of a home; tenants that share tables have separate sequences. */
function sequenceOf({ schema, tenantId }: Home, name: string): string {
  return tenantId ? `sequences."${name}_${tenantId}"` : `${schema}.${name}`;
}

/** The initial state of {@link TenantModel}. */
function seedOf(home: Home): string {
  const { schema, mark, base, tenantId } = home;
  const whose = tenantId ? `where tenant_id = '${tenantId}'` : '';
  const [column, value] = tenantId ? [', tenant_id', `, '${tenantId}'`] : ['', ''];
  const rows = (...all: string[]) => all.map((row) => `(${row}${value})`).join(', ');
  return `
    ${TABLES.map((table) => `delete from ${schema}.${table} ${whose};`).join('')}
    insert into ${schema}.authors (id, name${column}) values ${rows(`${base + 1}, '${mark} author'`)};
    insert into ${schema}.books (id, title, kind, "authorId"${column})
      values ${rows(`${base + 1}, '${mark} first', 'paper', ${base + 1}`, `${base + 2}, '${mark} second', 'audio', ${base + 1}`)};
    insert into ${schema}.reviews (id, text, "bookId"${column})
      values ${rows(`${base + 1}, '${mark} praise', ${base + 1}`, `${base + 2}, '${mark} blame', ${base + 1}`)};
    insert into ${schema}.counters (key, value, text${column})
      values ${rows(`'${counterKeyOf(home, 'visits')}', 1, '${mark} visits'`)};
    select ${SEQUENCES.map((name) => `setval('${sequenceOf(home, name)}', ${base + 2})`).join(', ')};`;
}

const RESET = homesInOne.map(seedOf).join('');

/** Resets every tenant to the initial state of its model. */
export async function resetFleet(admin: pg.Pool): Promise<void> {
  await admin.query(RESET);
  for (const member of withDatabases)
    await onDatabase(urlBeside(admin, member.tenant), (client) => client.query(seedOf(homeOf(member))));
}

/** Reads the data of every tenant without pins, in the order of the fleet. Fails if the decoy was changed. */
export async function readFleet(admin: pg.Pool): Promise<FinalState[]> {
  const { rows } = await admin.query<{ state: FinalState }>(homesInOne.map(stateOf).join(' union all '));
  const [decoy, ...inOne] = rows.map(({ state }) => state);
  deepStrictEqual(decoy?.tickets, DECOY.base + 2, 'somebody used the decoy');
  deepStrictEqual(decoy?.books.length, 2, 'somebody wrote to the decoy');
  deepStrictEqual(decoy?.cached, [], 'somebody cached a result in the decoy');
  const states: FinalState[] = [];
  for (const member of fleet)
    states.push(
      member.tenant.isolation === 'database'
        ? await stateOfDatabase(admin, member)
        : (inOne.shift() as FinalState),
    );
  return states;
}

async function stateOfDatabase(admin: pg.Pool, member: FleetMember): Promise<FinalState> {
  return onDatabase(urlBeside(admin, member.tenant), async (client) => {
    const { rows } = await client.query<{ state: FinalState }>(stateOf(homeOf(member)));
    return rows[0]?.state as FinalState;
  });
}

/** The address of a tenant's database on the server that `admin` connects to. */
function urlBeside(admin: pg.Pool, tenant: Tenant): string {
  return urlOf(admin.options.connectionString ?? '', tenant);
}

/** Compares the data of every tenant with its model. */
export async function auditFleet(admin: pg.Pool, models: readonly TenantModel[]): Promise<void> {
  const states = await readFleet(admin);
  for (const [index, model] of models.entries()) model.audit(states[index] as FinalState);
}

function stateOf(home: Home): string {
  const { schema, tenantId } = home;
  const whose = tenantId ? `where t.tenant_id = '${tenantId}'` : '';
  const all = (table: string, order = 'id') =>
    `(select coalesce(json_agg((to_jsonb(t) - 'tenant_id') order by ${order}), '[]') from ${schema}.${table} t ${whose})`;
  return `select json_build_object('authors', ${all('authors')}, 'books', ${all('books')}, 'reviews', ${all('reviews')},
    'counters', ${all('counters', 'key')}, 'cached', ${all('"query-result-cache"')}, 'tickets', (select last_value from ${sequenceOf(home, 'tickets')}),
    'lastIds', json_build_object(${['authors', 'books', 'reviews']
      .map((table) => `'${table}', (select last_value from ${sequenceOf(home, `${table}_id_seq`)})`)
      .join(', ')})) as state`;
}
