import { createWriteStream } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { jest } from '@jest/globals';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { exportTenant } from '../export/export-tenant.js';
import { importTenant } from '../import/import-tenant.js';
import { migration, TransferDeployment } from '../transfer.fixture.js';
import { withRowsOf } from './tenant-source.js';

const NAMES = Array.from({ length: 20 }, (_, index) => `t${String(index).padStart(2, '0')}`);
const TABLES = migration(
  'Tables1757000000001',
  NAMES.map((name) => `create table ${name} (id serial primary key, value text)`),
);

let deployment: TransferDeployment;
beforeEach(async () => {
  deployment = await TransferDeployment.open();
});
afterEach(() => deployment.close());

/** What is sent to servers meanwhile, a text for each round trip. */
async function roundTripsOf(
  work: () => Promise<unknown>,
): Promise<readonly { readonly text: string; readonly socket: Socket }[]> {
  const write = jest.spyOn(Socket.prototype, 'write');
  try {
    await work();
    const sockets = write.mock.contexts;
    return write.mock.calls.map(([bytes], at) => ({ text: String(bytes), socket: sockets[at] as Socket }));
  } finally {
    write.mockRestore();
  }
}

let files = 0;
function exportOf(fleet: Fleet, tenant: Tenant) {
  files += 1;
  return exportTenant(fleet, tenant, createWriteStream(join(deployment.folder, `${files}.tar.gz`)));
}

it('a small tenant is exported in six round trips, however many tables it has', async () => {
  const fleet = await deployment.fleet([TABLES]);
  const acme = await fleet.tenants.create({ slug: 'acme' });
  for (const name of ['t03', 't07', 't19'])
    await deployment.query(fleet, acme, `insert into ${name} (value) values ('one'), ('two')`);
  const opened = (await roundTripsOf(() => exportOf(fleet, acme))).map(({ socket }) => socket);
  let report: Awaited<ReturnType<typeof exportOf>> | undefined;
  const sent = await roundTripsOf(async () => {
    report = await exportOf(fleet, acme);
  });
  // One that was idle for long is opened anew, which takes some more.
  expect(sent.filter(({ socket }) => opened.includes(socket)).length).toBeLessThanOrEqual(6);
  expect(report?.rows).toBe(6);
  expect(report?.tables.filter(({ rows }) => rows === 2).map(({ name }) => name)).toEqual([
    't03',
    't07',
    't19',
  ]);
});

it('the texts that are sent are the same for all tenants', async () => {
  const fleet = await deployment.fleet([TABLES]);
  const texts = [];
  for (const slug of ['acme', 'globex']) {
    const tenant = await fleet.tenants.create({ slug });
    await deployment.query(fleet, tenant, `insert into t05 (value) values ('one')`);
    await exportOf(fleet, tenant);
    texts.push(await roundTripsOf(() => exportOf(fleet, tenant)));
  }
  const names = texts.flat().flatMap(({ text }) => /from (?:only )?"?tenant_\w+/.exec(text) ?? []);
  expect(names).toEqual([]);
});

it('a large table between small ones is read by COPY', async () => {
  const fleet = await deployment.fleet([TABLES]);
  const acme = await fleet.tenants.create({ slug: 'acme' });
  await deployment.query(fleet, acme, "insert into t02 (value) values ('small')");
  await deployment.query(
    fleet,
    acme,
    'insert into t04 (value) select md5(n::text) from generate_series(1, 5000) n',
  );
  await deployment.query(fleet, acme, "insert into t06 (value) select 'small' from generate_series(1, 3)");
  // Few rows, and much in them that is kept elsewhere.
  await deployment.query(
    fleet,
    acme,
    `insert into t08 (value) select string_agg(md5(n::text), '') from generate_series(1, 5000) n`,
  );
  const sent = await roundTripsOf(() => exportOf(fleet, acme));
  expect(
    sent.filter(({ text }) => text.includes('copy (')).map(({ text }) => /from only "(\w+)"/.exec(text)?.[1]),
  ).toEqual(['t04', 't08']);
  const { tenant } = await importTenant(fleet, join(deployment.folder, `${files}.tar.gz`), { slug: 'copy' });
  for (const name of NAMES) {
    const sum = `select count(*)::int, md5(string_agg(t::text, ',' order by id)) from ${name} t`;
    expect(await deployment.query(fleet, tenant, sum)).toEqual(await deployment.query(fleet, acme, sum));
  }
});

it('what is read without COPY is what COPY writes', async () => {
  const fleet = await deployment.fleet([
    migration('Values1757000000001', [
      `create table "Odd ""Name" (id int primary key, a text, b char(5), c boolean, d bytea, e jsonb, f text[], g "char", h interval, i timestamptz, j float8)`,
    ]),
  ]);
  const acme = await fleet.tenants.create({ slug: 'acme' });
  await deployment.query(
    fleet,
    acme,
    `insert into "Odd ""Name" values
       (1, E'tab\\t line\\n return\\r back\\\\ \\b\\f\\v end', 'ab', true, '\\x00ff5c', '{"a": "\\n\\\\"}', array['a,"b', null, E'\\\\'], 'x', '1 year -2 days', '2026-01-01 00:00:00.123456+02', 'NaN'),
       (2, '\\N', '', false, '', 'null', '{}', '', '0', 'infinity', 1e-300),
       (3, '', null, null, null, null, null, null, null, null, null),
       (4, '\\.', 'ä😀', true, null, '[]', array[['a']], null, '1 mon', '-infinity', 0.1::float8 + 0.2)`,
  );
  await withRowsOf(fleet, acme, undefined, async (source) => {
    const copied = await buffer(source.read(`select ${source.columnsOf(0)} from "Odd ""Name"`).chunks);
    expect(String(await buffer(source.rows(0).chunks))).toBe(String(copied));
  });
});

it('a table whose name leads to another one is read by its whole name', async () => {
  const fleet = await deployment.fleet([
    migration('Hidden1757000000001', ['create table pg_class (id int)', 'create sequence pg_type']),
  ]);
  const acme = await fleet.tenants.create({ slug: 'acme' });
  await deployment.asOwner(fleet, acme, 'insert into tenant_acme.pg_class values (7)');
  expect(await exportOf(fleet, acme)).toMatchObject({ rows: 1 });
  await withRowsOf(fleet, acme, undefined, async (source) => {
    expect(await source.sequences()).toEqual([{ name: 'pg_type', lastValue: '1', isCalled: false }]);
  });
});
