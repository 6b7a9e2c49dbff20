import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { differences, stripper } from './compare.js';
import { takeSnapshot } from './snapshot.js';

let database: TestDatabase;
const run = async (text: string) => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(text).finally(() => client.end());
};

beforeEach(async () => {
  database = await createTestDatabase();
  await run(`create table a (id int primary key, b text default 'x'); insert into a values (1), (2);
    create statistics st on id, b from a;
    create function f() returns bigint language sql as 'select count(*) from a'; create view v as select * from a`);
});
afterEach(() => database.drop());

describe('comparing a database with its former state', () => {
  it.each([
    ['a column', "alter table a alter b set default 'y'", 'column public.a.b (definition)'],
    ['a row', "update a set b = 'y' where id = 1", 'state of rows "public"."a" (definition)'],
    ['a privilege', 'grant select on a to public', 'table public.a (acl)'],
    ['an owner', 'alter statistics st owner to pg_database_owner', 'statistics object public.st (owner)'],
    ['a routine', "alter function f() set search_path = ''", 'function public.f() (definition)'],
    ['policies', 'alter table a enable row level security', 'table public.a (security)'],
  ])('finds %s that has changed', async (_, change, named) => {
    const before = await takeSnapshot(database.url);
    await run(change);
    expect(differences(before, await takeSnapshot(database.url))).toEqual([
      expect.stringContaining(`${named}: `),
    ]);
  });

  it('finds nothing when nothing has changed, and what is gone or new', async () => {
    const before = await takeSnapshot(database.url);
    expect(differences(before, await takeSnapshot(database.url))).toEqual([]);
    await run('drop function f(); create sequence s');
    expect(differences(before, await takeSnapshot(database.url))).toEqual([
      'function public.f() (definition): is gone',
      'sequence public.s (definition): is new',
      'state of sequence "public"."s" (definition): is new',
    ]);
  });

  it('compares across schemas by the names without them', async () => {
    const before = await takeSnapshot(database.url);
    await run(
      'create schema home; alter table a set schema home; alter view v set schema home; alter function f() set schema home',
    );
    const options = {
      sameSchemas: ['public', 'home'],
      only: ({ kind }: { kind: string }) => kind !== 'schema',
    };
    expect(differences(before, await takeSnapshot(database.url), options)).toEqual([]);
    expect(
      stripper(['public', 'My "s"'])(`public.a, "public".b, not_public.c, "x".public, nextval('public.s')`),
    ).toBe(`a, b, not_public.c, "x".public, nextval('s')`);
  });
});
