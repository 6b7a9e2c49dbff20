import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { importTenant } from './import/import-tenant.js';
import { migration, TransferDeployment } from './transfer.fixture.js';

/** A value or two of each type that a column can have, as literals. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  bigint: ["'-9223372036854775808'", "'9223372036854775807'"],
  'bit(5)': ["b'10101'"],
  'bit varying': ["b'1'", "b''"],
  boolean: ['true', 'false'],
  aclitem: ["'=r/pg_monitor'"],
  refcursor: ["'a cursor'"],
  box: ["'(1,2),(3,4)'"],
  bytea: ["'\\x00ff5c0a09'", "''"],
  '"char"': ["'a'", "''", "'\\377'"],
  'character(4)': ["'ab  '"],
  'character varying(10)': ["'  x '", "''"],
  cid: ["'7'"],
  cidr: ["'192.168.0.0/16'", "'::/0'"],
  circle: ["'<(1,2),3>'"],
  date: ["'infinity'", "'0001-01-01 BC'", "'2026-02-28'"],
  datemultirange: ["'{[2026-01-01,2026-02-01),[2026-03-01,)}'"],
  daterange: ["'(,2026-01-01)'", "'empty'"],
  'double precision': ["'NaN'", "'-Infinity'", "'2.2250738585072014e-308'", "'-0'"],
  inet: ["'10.0.0.1/8'", "'::1'"],
  int4multirange: ["'{[1,3),[5,9)}'"],
  int4range: ["'[1,10)'"],
  int8multirange: ["'{}'"],
  int8range: ["'[1,)'"],
  integer: ["'-2147483648'"],
  interval: ["'1 year -2 months 3 days 04:05:06.789'", "'infinity'"],
  'interval day to second(2)': ["'3 days 04:05:06.78'"],
  json: [`'{"a" : 1,  "a": 2}'`, "'null'", `'"\\u2028"'`],
  jsonb: [`'{"b": [1, 1.50, null], "a": "\\\\"}'`],
  jsonpath: [`'$.a[*] ? (@.b > 1)'`],
  line: ["'{1,2,3}'"],
  lseg: ["'[(1,2),(3,4)]'"],
  macaddr: ["'08:00:2b:01:02:03'"],
  macaddr8: ["'08:00:2b:01:02:03:04:05'"],
  money: ["'-12.34'"],
  name: ["'a name'"],
  numeric: ["'NaN'", "'Infinity'", "'1e-300'", "'1.50'"],
  'numeric(12,2)': ["'-9999999999.99'"],
  nummultirange: ["'{[1.5,2.5]}'"],
  numrange: ["'[1.5,2.5]'"],
  oid: ["'4294967295'"],
  oidvector: ["'1 2 3'"],
  int2vector: ["'1 2 3'"],
  path: ["'[(1,2),(3,4)]'", "'((1,2),(3,4))'"],
  pg_lsn: ["'16/B374D848'"],
  pg_snapshot: ["'10:20:10,14,15'"],
  point: ["'(1.5,-2)'"],
  polygon: ["'((0,0),(1,1),(2,0))'"],
  real: ["'3.4028235e+38'", "'1.1'"],
  regclass: ["'pg_catalog.pg_class'"],
  regtype: ["'integer'"],
  smallint: ["'-32768'"],
  text: [
    "E'tab\\t newline\\n return\\r backslash\\\\ \\\\N \\\\. quote'''",
    "''",
    "E'\\\\N'",
    "E'\\\\.'",
    "'Zoë 🐘'",
  ],
  tid: ["'(1,2)'"],
  'time without time zone': ["'24:00:00'", "'00:00:00.000001'"],
  'time(3) with time zone': ["'12:34:56.789+05:30'"],
  'timestamp without time zone': ["'294276-12-31 23:59:59.999999'", "'-infinity'"],
  'timestamp with time zone': ["'4713-01-01 00:00:00+00 BC'", "'2026-03-29 02:30:00+02'"],
  tsmultirange: ["'{[2026-01-01 00:00,2026-01-02 00:00)}'"],
  tsquery: ["'fat:ab & (rat | cat:*)'"],
  tsrange: ["'[2026-01-01 00:00,)'"],
  tstzmultirange: ["'{}'"],
  tstzrange: ["'[2026-01-01 00:00+00,infinity)'"],
  tsvector: ["'a:1A fat:2B ''it''''s'':3'"],
  txid_snapshot: ["'10:20:10'"],
  uuid: ["'0198e3a0-0000-7000-8000-00000000000f'"],
  xid: ["'42'"],
  xid8: ["'18446744073709551615'"],
  xml: ["'<a>b &amp; c</a>'"],
  'integer[]': ["'{{1,2},{3,null}}'", "'[0:1]={5,6}'"],
  'text[]': [`'{"a,b","\\"q\\"",NULL,"NULL",""}'`],
  mood: ["'so so'"],
  price: ["'1.50'"],
  pair: [`'(1,"a ""b"", c")'`, "'(,)'"],
  'pair[]': [`'{"(1,x)"}'`],
  span: ["'[1.5,2)'"],
};

const TYPES = Object.keys(VALUES);
const ALL = migration('All1757000000001', [
  "create type mood as enum ('sad', 'so so')",
  'create domain price as numeric(8, 2) check (value >= 0)',
  'create type pair as (number int, "te xt" text)',
  'create type span as range (subtype = float8)',
  `create table everything (id int generated always as identity primary key, ${TYPES.map((type, index) => `c${index} ${type}`).join(', ')},
     tenant_id uuid not null default uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+'))))`,
  `create policy rowhouse_tenant on everything
     using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`,
  'alter table everything enable row level security, force row level security',
]);

let source: TransferDeployment;
let there: Fleet;
const tenants = new Map<TenantIsolation, Tenant>();
beforeAll(async () => {
  source = await TransferDeployment.open();
  there = await source.fleet([ALL]);
});
afterAll(() => source.close());

async function tenantWithAll(isolation: TenantIsolation): Promise<Tenant> {
  const made =
    tenants.get(isolation) ?? (await there.tenants.create({ slug: `from-${isolation}`, isolation }));
  if (tenants.has(isolation)) return made;
  tenants.set(isolation, made);
  await source.query(there, made, 'insert into everything default values');
  for (const [index, type] of TYPES.entries())
    for (const value of VALUES[type] ?? [])
      await source.query(there, made, `insert into everything (c${index}) values (${value})`);
  return made;
}

const rowsOf = (deployment: TransferDeployment, fleet: Fleet, tenant: Tenant) =>
  deployment.query(
    fleet,
    tenant,
    `select ${TYPES.map((_, index) => `c${index}::text as c${index}`).join(', ')} from everything order by id`,
  );

const ISOLATIONS = ['schema', 'row', 'database'] as const;
describe.each(ISOLATIONS)('from isolation %s', (from) => {
  it.each(ISOLATIONS)('to isolation %s values of every type arrive as they were', async (to) => {
    const tenant = await tenantWithAll(from);
    const target = await TransferDeployment.open();
    try {
      const here = await target.fleet([ALL]);
      const path = await source.archive(there, tenant);
      const { tenant: copy } = await importTenant(here, path, { slug: 'copy', isolation: to });
      expect(await rowsOf(target, here, copy)).toEqual(await rowsOf(source, there, tenant));
    } finally {
      await target.close();
    }
  });
});

it('no type of PostgreSQL is forgotten that a column of a table can have', async () => {
  const { rows } = await source.catalog.query<{ name: string }>(
    `select format_type(oid, null) as name from pg_type
      where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm') and typelem = 0 and typcategory not in ('A', 'P', 'Z')`,
  );
  const known = new Set(
    TYPES.map((type) => type.replace(/\(\d+(?:,\d+)?\)/, '').replace(/ day to second/, '')),
  );
  const missing = rows
    .map(({ name }) => name)
    .filter((name) => !known.has(name) && !/^(?:reg|gtsvector)/.test(name));
  expect(missing).toEqual([]);
});
