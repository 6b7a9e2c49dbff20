import { deepStrictEqual } from 'node:assert/strict';
import type { Tenant } from '@rowhouse/core';
import { createTemplateDatabase, createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { makeTenant } from '../support/tenants.js';
import type { FinalState, TenantModel } from './tenant-model.js';

/**
 * More than fifty tenants whose data tell them apart: each text of a tenant begins with its mark, and each of its
 * sequences counts in a range of its own. What belongs to another is recognised wherever it turns up.
 */
export interface FleetMember {
  readonly tenant: Tenant;
  /** Stands at the beginning of each of its texts. */
  readonly mark: string;
  /** Its sequences have answered up to here; the next value is one more. */
  readonly base: number;
}

const FLEET_SIZE = 52;
const IDS_PER_TENANT = 1_000_000;

export const fleet: readonly FleetMember[] = Array.from({ length: FLEET_SIZE }, (_, index) =>
  memberOf(index + 1),
);

function memberOf(number: number): FleetMember {
  const digits = String(number).padStart(2, '0');
  const id = `00000000-0000-4000-8000-0000000000${digits}`;
  const mark = `house-${digits}`;
  return { tenant: makeTenant(mark, { id }), mark, base: number * IDS_PER_TENANT };
}

/** Tables of the same names in `public`, for a pin that is missing to fall into. */
const DECOY = { schema: 'public', mark: 'house-00', base: 0 };

const SEQUENCES = ['authors_id_seq', 'books_id_seq', 'reviews_id_seq', 'tickets'] as const;

/** Changes with the tables below: a template is built once per server. */
const TEMPLATE = 'rowhouse_isolation_2';

/** A database with the schemas of the whole fleet, each with what a {@link TenantModel} begins with. */
export async function createFleetDatabase(): Promise<TestDatabase> {
  return createTestDatabase({ template: await createTemplateDatabase(TEMPLATE, build) });
}

async function build(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  for (const { tenant } of fleet) await client.query(`create schema ${tenant.schema}`);
  for (const schema of [DECOY.schema, ...fleet.map(({ tenant }) => tenant.schema)])
    await client.query(tablesOf(schema));
  await client.query(RESET);
  await client.end();
}

function tablesOf(schema: string): string {
  return `
    create type ${schema}.books_kind_enum as enum ('paper', 'audio');
    create table ${schema}.authors (id serial primary key, name text not null unique);
    create table ${schema}.books (id serial primary key, title text not null,
      kind ${schema}.books_kind_enum not null default 'paper', "authorId" int references ${schema}.authors);
    create table ${schema}.reviews (id serial primary key, text text not null,
      "bookId" int references ${schema}.books on delete cascade);
    create table ${schema}.counters (key text primary key, value int not null, text text not null);
    create sequence ${schema}.tickets;
    create table ${schema}."query-result-cache" (id serial primary key, identifier varchar, "time" bigint not null,
      duration integer not null, query text not null, result text not null);`;
}

/** What {@link TenantModel} begins with. */
function seedOf({ schema, mark, base }: { schema: string; mark: string; base: number }): string {
  return `
    delete from ${schema}.reviews; delete from ${schema}.books; delete from ${schema}.authors; delete from ${schema}.counters;
    delete from ${schema}."query-result-cache";
    insert into ${schema}.authors values (${base + 1}, '${mark} author');
    insert into ${schema}.books values (${base + 1}, '${mark} first', 'paper', ${base + 1}), (${base + 2}, '${mark} second', 'audio', ${base + 1});
    insert into ${schema}.reviews values (${base + 1}, '${mark} praise', ${base + 1}), (${base + 2}, '${mark} blame', ${base + 1});
    insert into ${schema}.counters values ('visits', 1, '${mark} visits');
    select ${SEQUENCES.map((name) => `setval('${schema}.${name}', ${base + 2})`).join(', ')};`;
}

const RESET = [DECOY, ...fleet.map(({ tenant, ...member }) => ({ ...member, schema: tenant.schema }))]
  .map(seedOf)
  .join('');

/** Puts every tenant back to what its model begins with. */
export async function resetFleet(admin: pg.Pool): Promise<void> {
  await admin.query(RESET);
}

/** Reads, past all pins, what every tenant has; in the order of the fleet. Nobody may have touched the decoy. */
export async function readFleet(admin: pg.Pool): Promise<FinalState[]> {
  const schemas = [DECOY.schema, ...fleet.map(({ tenant }) => tenant.schema)];
  const { rows } = await admin.query<{ state: FinalState }>(schemas.map(stateOf).join(' union all '));
  const [decoy, ...states] = rows.map(({ state }) => state);
  deepStrictEqual(decoy?.tickets, DECOY.base + 2, 'somebody used the decoy');
  deepStrictEqual(decoy?.books.length, 2, 'somebody wrote to the decoy');
  deepStrictEqual(decoy?.cached, [], 'somebody cached a result in the decoy');
  return states;
}

/** Compares what every tenant has with what it should have. */
export async function auditFleet(admin: pg.Pool, models: readonly TenantModel[]): Promise<void> {
  const states = await readFleet(admin);
  for (const [index, model] of models.entries()) model.audit(states[index] as FinalState);
}

function stateOf(schema: string): string {
  const all = (table: string, order = 'id') =>
    `(select coalesce(json_agg(t order by ${order}), '[]') from ${schema}.${table} t)`;
  return `select json_build_object('authors', ${all('authors')}, 'books', ${all('books')}, 'reviews', ${all('reviews')},
    'counters', ${all('counters', 'key')}, 'cached', ${all('"query-result-cache"')}, 'tickets', (select last_value from ${schema}.tickets),
    'lastIds', json_build_object(${['authors', 'books', 'reviews']
      .map((table) => `'${table}', (select last_value from ${schema}.${table}_id_seq)`)
      .join(', ')})) as state`;
}
