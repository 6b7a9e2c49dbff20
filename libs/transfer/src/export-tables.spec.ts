import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { ALL, TYPES, VALUES } from './column-types.fixture.js';
import { exportTables, type TableFormat } from './export/export-tables.js';
import { exportTenant } from './export/export-tenant.js';
import { migration, TransferDeployment } from './transfer.fixture.js';

const ODD = migration('Odd1757000000002', [
  'create table "Weird ""Name""/x" (id int primary key, "a b" text, doubled int generated always as (id * 2) stored)',
  'create table bare ()',
  'create table child (id serial primary key, parent int references "Weird ""Name""/x" (id))',
]);

let deployment: TransferDeployment;
let fleet: Fleet;
beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([ALL]);
});
afterAll(() => deployment.close());

let count = 0;
async function written(tenant: Tenant, format: TableFormat, from = fleet): Promise<string> {
  count += 1;
  const path = join(deployment.folder, `out-${count}`);
  await exportTables(from, tenant, path, { format });
  return path;
}

/** Runs what psql would run. */
async function load(client: pg.Client, script: string): Promise<void> {
  let statement = '';
  const lines = script.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] as string;
    if (line.startsWith('--')) continue;
    statement += `${line}\n`;
    if (!line.endsWith(';')) continue;
    if (/^\s*copy /.test(statement)) {
      const end = lines.indexOf('\\.', at);
      const rows = lines.slice(at + 1, end).map((row) => `${row}\n`);
      await pipeline(Readable.from([Buffer.from(rows.join(''))]), client.query(copyStreams.from(statement)));
      at = end;
    } else await client.query(statement);
    statement = '';
  }
}

const COLUMNS = TYPES.map((_, index) => `c${index}`).join(', ');
const textOf = (column: string, type: string) =>
  type === 'json' ? `regexp_replace(${column}::text, '[\\n\\r\\t]', ' ', 'g')` : `${column}::text`;
/** JSON has no null besides the one of JSON, and knows nothing of the bounds of arrays. */
const jsonOf = (column: string, type: string) =>
  ({ json: `nullif(${column}::jsonb::text, 'null')`, 'integer[]': `to_json(${column})::text` })[type] ??
  `${column}::text`;
const textsOf = (table: string, as = textOf) =>
  `select ${TYPES.map((type, index) => `${as(`c${index}`, type)} as c${index}`).join(', ')} from ${table} order by id`;

describe.each<TenantIsolation>(['schema', 'row', 'database'])('with isolation %s', (isolation) => {
  it('values of every type load back as they were, from CSV, NDJSON and SQL', async () => {
    const tenant = await fleet.tenants.create({ slug: `all-${isolation}`, isolation });
    const other = await fleet.tenants.create({ slug: `other-${isolation}`, isolation });
    await deployment.query(fleet, other, 'insert into everything default values');
    await deployment.query(fleet, tenant, 'insert into everything default values');
    await deployment.query(
      fleet,
      tenant,
      `insert into everything (c${TYPES.indexOf('json')}) values (E'{\\n\\t"a":\\r\\n 1}')`,
    );
    for (const [index, type] of TYPES.entries())
      for (const value of VALUES[type] ?? [])
        await deployment.query(fleet, tenant, `insert into everything (c${index}) values (${value})`);
    const expected = await deployment.query(fleet, tenant, textsOf('everything'));

    const schema = isolation === 'row' ? 'public' : fleet.deployment.schemaOf(tenant);
    const owner = (await fleet.deployment.registry.directFor(tenant)).createQueryRunner();
    const client: pg.Client = await owner.connect();
    try {
      await client.query(`set search_path = ${pg.escapeIdentifier(schema)}`);
      await client.query(`create temp table back as select id, ${COLUMNS} from everything with no data`);

      const csv = await readFile(join(await written(tenant, 'csv'), 'everything.csv'));
      await pipeline(
        Readable.from([csv]),
        client.query(copyStreams.from('copy back from stdin (format csv, header match)')),
      );
      expect((await client.query(textsOf('back'))).rows).toEqual(expected);

      const lines = (
        await readFile(join(await written(tenant, 'ndjson'), 'everything.ndjson'), 'utf8')
      ).split('\n');
      expect(lines.pop()).toBe('');
      expect(lines).toHaveLength(expected.length);
      await client.query('truncate back');
      for (const line of lines) {
        expect(JSON.parse(line)).toHaveProperty('id');
        await client.query('insert into back select r.* from json_populate_record(null::back, $1) r', [line]);
      }
      expect((await client.query(textsOf('back', jsonOf))).rows).toEqual(
        await deployment.query(fleet, tenant, textsOf('everything', jsonOf)),
      );

      const script = await readFile(await written(tenant, 'sql'), 'utf8');
      await client.query('truncate back');
      await load(
        client,
        script.replace('copy "everything"', 'copy back').replace(/select pg_catalog.setval.*\n/, ''),
      );
      expect((await client.query(textsOf('back'))).rows).toEqual(expected);
    } finally {
      await client.query('drop table if exists back; reset search_path');
      await owner.release();
    }
  });
});

it('names, generated columns, tables without columns, keys and sequences are in the script', async () => {
  const odd = await deployment.fleet([ODD]);
  const [tenant, target] = [
    await odd.tenants.create({ slug: 'odd' }),
    await odd.tenants.create({ slug: 'target' }),
  ];
  for (const text of [
    `insert into "Weird ""Name""/x" values (1, E'=cmd|'' /C calc''!A0\\n\\\\.\\n'), (2, null)`,
    'insert into bare select from generate_series(1, 3)',
    'insert into child (parent) values (1), (2)',
  ])
    await deployment.query(odd, tenant, text);

  const script = await readFile(await written(tenant, 'sql', odd), 'utf8');
  const client = new pg.Client({ connectionString: deployment.login.ownerUrl });
  await client.connect();
  await client.query('set search_path = tenant_target');
  await load(client, script);
  await client.end();
  for (const text of [
    'select * from "Weird ""Name""/x" order by id',
    'select count(*) from bare',
    'select * from child order by id',
    'select last_value, is_called from child_id_seq',
  ])
    expect(await deployment.query(odd, target, text)).toEqual(await deployment.query(odd, tenant, text));

  const folder = await written(tenant, 'csv', odd);
  expect((await readdir(folder)).sort()).toEqual(['Weird%20%22Name%22%2Fx.csv', 'bare.csv', 'child.csv']);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, 'child.csv'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(folder, 'child.csv'), 'utf8')).toBe('id,parent\n1,1\n2,2\n');
});

it('leaves nothing of what is refused, fails or is interrupted', async () => {
  const tenant = await fleet.tenants.create({ slug: 'nothing' });
  const path = await written(tenant, 'csv');
  await expect(exportTables(fleet, tenant, path, { format: 'csv' })).rejects.toMatchObject({
    code: 'EXPORT_REFUSED',
  });
  for (const format of ['csv', 'ndjson', 'sql'] as const) {
    const stop = new AbortController();
    const target = join(deployment.folder, `never-${format}`);
    await expect(
      exportTables(fleet, tenant, target, {
        format,
        signal: stop.signal,
        onProgress: () => stop.abort(new Error('stop')),
      }),
    ).rejects.toThrow('stop');
  }
  await expect(
    exportTables(fleet, tenant, join(deployment.folder, 'never'), { format: 'xls' as 'csv' }),
  ).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  expect((await readdir(deployment.folder)).filter((name) => /never|partial/.test(name))).toEqual([]);
});

it.each<TenantIsolation>(['schema', 'database'])(
  'says how many large objects of a tenant are left out, with isolation %s',
  async (isolation) => {
    const [has, none] = [
      await fleet.tenants.create({ slug: `large-${isolation}`, isolation }),
      await fleet.tenants.create({ slug: `none-${isolation}`, isolation }),
    ];
    await deployment.query(fleet, has, "select lo_from_bytea(0, 'one'), lo_from_bytea(0, 'two')");
    const counted = async (tenant: Tenant) =>
      (await exportTenant(fleet, tenant, new PassThrough().resume())).largeObjectsLeftOut;
    expect([await counted(has), await counted(none)]).toEqual([2, 0]);
  },
);
