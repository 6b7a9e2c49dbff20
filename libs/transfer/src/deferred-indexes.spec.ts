import { importTenant } from './import/import-tenant.js';
import { migration, TransferDeployment } from './transfer.fixture.js';

const STRUCTURE = [
  'create function own(text) returns text immutable language sql as $$ select lower($1) $$',
  `create table "Big Table" (id bigint generated always as identity primary key, code text not null, "Other Code" text,
     at timestamptz not null default now(), during int4range, filler text,
     constraint "A Code" unique (code) include (at), constraint later unique ("Other Code") deferrable initially deferred,
     constraint apart exclude using gist (during with &&))`,
  `comment on constraint "A Code" on "Big Table" is 'it''s unique'`,
  `comment on index later is 'of a constraint'`,
  `create index "By Time" on "Big Table" (at desc nulls last, code collate "C" text_pattern_ops) with (fillfactor = 70)`,
  `comment on index "By Time" is 'by time'`,
  'create unique index on "Big Table" (lower(code)) where code is not null',
  'create index called on "Big Table" (own(code))',
  'create index measured on "Big Table" ((id * 2))',
  'alter index measured alter column 1 set statistics 500',
  'create index clustered on "Big Table" (at)',
  'alter table "Big Table" cluster on clustered',
  'create table refers (id int primary key, big_id bigint references "Big Table" (id), code text references "Big Table" (code))',
  'create view grouped as select id, code from "Big Table" group by id',
  'create table identified (id int primary key, code text not null)',
  'create unique index identity_of on identified (code)',
  'alter table identified replica identity using index identity_of',
  `create table split (id int, part int, filler text, primary key (part, id)) partition by list (part)`,
  'create table split_1 partition of split for values in (1)',
  'create index on split (id)',
];
const FILLED = 12_000;

const INDEXES_OF = (schema: string) => `
  select c.relname as name, replace(pg_get_indexdef(i.indexrelid), '${schema}.', '') as definition, i.indisreplident, i.indisclustered,
         i.indisprimary, i.indimmediate, i.indisvalid, obj_description(c.oid, 'pg_class') as comment, k.conname as constraint,
         replace(pg_get_constraintdef(k.oid), '${schema}.', '') as is, obj_description(k.oid, 'pg_constraint') as said,
         array(select a.attstattarget from pg_attribute a where a.attrelid = c.oid order by a.attnum) as targets, k.contype
    from pg_index i join pg_class c on c.oid = i.indexrelid left join pg_constraint k on k.conindid = c.oid and k.contype <> 'f'
   where c.relnamespace = '${schema}'::regnamespace order by 1`;

let deployment: TransferDeployment;
beforeAll(async () => {
  deployment = await TransferDeployment.open();
});
afterAll(() => deployment.close());

it('leaves the indexes and constraints of tables with many rows as migrations make them', async () => {
  const fleet = await deployment.fleet([migration('Structure1757000000001', STRUCTURE)]);
  const acme = await fleet.tenants.create({ slug: 'acme' });
  for (const text of [
    `insert into "Big Table" (code, "Other Code", during, filler)
       select n::text, n, int4range(n, n + 1), repeat('x', 300) from generate_series(1, ${FILLED}) n`,
    `insert into split select n, 1, repeat('x', 300) from generate_series(1, ${FILLED}) n`,
    `insert into refers select n, n, n::text from generate_series(1, 10) n`,
  ])
    await deployment.query(fleet, acme, text);
  const before = await deployment.asOwner(fleet, acme, INDEXES_OF('tenant_acme'));
  const oids = () =>
    deployment.asOwner(fleet, acme, `select 'tenant_acme."By Time"'::regclass::oid::int as oid`);
  const [{ oid }] = (await oids()) as [{ oid: number }];

  const { rows, tenant } = await importTenant(fleet, await deployment.archive(fleet, acme), { slug: 'copy' });

  expect(rows).toBe(2 * FILLED + 10);
  expect(await deployment.asOwner(fleet, tenant, INDEXES_OF('tenant_copy'))).toEqual(before);
  expect(before.length).toBeGreaterThan(12);
  expect(await oids()).toEqual([{ oid }]);
  const made = await deployment.asOwner(
    fleet,
    tenant,
    `select c.relname as name from pg_class c where c.relnamespace = 'tenant_copy'::regnamespace and c.relkind = 'i'
        and c.oid > (select max(oid) from pg_class where relnamespace = 'tenant_copy'::regnamespace and relname like 'split%')
      order by 1`,
  );
  expect(made.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['A Code', 'Big Table_lower_idx', 'By Time', 'apart', 'later']),
  );
  // What says more than its definition, what a view needs, and what calls a function of the application stay.
  const kept = ['called', 'clustered', 'measured', 'Big Table_pkey'];
  expect(made.filter(({ name }) => kept.includes(name as string))).toEqual([]);
  expect(
    await deployment.asOwner(
      fleet,
      tenant,
      `select conname, confrelid::regclass::text as to from pg_constraint where contype = 'f' and connamespace = 'tenant_copy'::regnamespace order by 1`,
    ),
  ).toHaveLength(2);
});

it('refuses a key that is there twice among many rows, and leaves nothing', async () => {
  const make = (name: string, constraint: string) =>
    migration(name, [`create table many (id int ${constraint}, filler text)`]);
  const loose = await deployment.fleet([make('Many1757000000002', '')]);
  const strict = await deployment.fleet([make('Many1757000000002', 'primary key')]);
  const twice = await loose.tenants.create({ slug: 'twice' });
  await deployment.query(
    loose,
    twice,
    `insert into many select n / 2, repeat('x', 300) from generate_series(1, ${FILLED}) n`,
  );
  const archive = await deployment.archive(loose, twice);
  await expect(importTenant(strict, archive, { slug: 'once' })).rejects.toMatchObject({
    code: 'IMPORT_REFUSED',
    message: expect.stringContaining('The rows do not fit'),
  });
  await expect(strict.tenants.find('once')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
});
