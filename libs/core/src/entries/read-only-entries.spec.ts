/** @suite postgres15 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { homesOf } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { securingStatements } from '../homes/row-policies.js';
import type { TenantHomes } from '../homes/tenant-homes.js';
import { runScript } from '../pin/pinned-query.js';
import { TenantPool, type TenantPoolConfig } from '../pool/tenant-pool.js';
import type { Tenant } from '../tenant.js';
import { TenantContext } from '../tenant-context.js';
import { entryTo } from './entry.fixture.js';

const tenants = {
  schema: makeTenant('acme'),
  row: makeTenant('globex', { isolation: 'row' }),
  database: makeTenant('initech', { isolation: 'database' }),
};
const isolations = ['schema', 'row', 'database'] as const;

let database: TestDatabase;
let homes: TenantHomes;
const owners: Record<string, pg.Client> = {};
const pools: TenantPool[] = [];

const objects = (schema: string) => `
  create table ${schema}.things (id serial primary key, name text unique,
    tenant_id uuid default nullif(current_setting('rowhouse.tenant_id', true), '')::uuid);
  create function ${schema}.writes() returns int language sql as $$ insert into things (name) values ('by function') returning id $$;
  create function ${schema}.writes_as_owner() returns void language plpgsql security definer set search_path = ${schema}
    as $$ begin insert into things (name) values ('by owner'); end $$;
  create function ${schema}.lifts() returns void language plpgsql
    as $$ begin perform set_config('transaction_read_only', 'off', true); insert into things (name) values ('lifted'); end $$;
  create function ${schema}.lifts_within() returns void language plpgsql as $$ begin
    begin
      set transaction_read_only = off;
      insert into things (name) values ('lifted within');
    exception when others then
      insert into things (name) values ('lifted by an exception');
    end; end $$;
  create function ${schema}.lifts_by_definition() returns void language sql set transaction_read_only = off
    as $$ insert into things (name) values ('by definition') $$;
  create procedure ${schema}.commits() language plpgsql
    as $$ begin commit; insert into things (name) values ('after commit'); end $$;
  insert into ${schema}.things (name) values ('first')`;

beforeAll(async () => {
  database = await createTestDatabase();
  homes = homesOf(database);
  for (const isolation of isolations) {
    const tenant = tenants[isolation];
    await homes.prepare(tenant);
    const client = new pg.Client(isolation === 'database' ? await homes.ownerConfigOf(tenant) : database.url);
    await client.connect();
    owners[isolation] = client;
    const schema = isolation === 'schema' ? tenant.schema : 'public';
    await client.query(
      `set rowhouse.tenant_id = '${tenant.id}'; set check_function_bodies = off; ${objects(schema)}`,
    );
  }
  for (const text of securingStatements('public.things', 'rowhouse_system')) await owners['row']?.query(text);
  await homes.repairShared();
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});
afterAll(async () => {
  for (const client of Object.values(owners)) await client.end();
  await homes.remove(tenants.database);
  await homes.close();
  await database.drop();
});

function openPool(config: TenantPoolConfig = {}): TenantPool {
  const pool = new TenantPool({ connectionString: database.loginUrl, max: 1, ...config });
  pools.push(pool);
  return pool;
}

const underEntry = <T>(tenant: Tenant, work: () => T) =>
  TenantContext.run(tenant, work, { entry: entryTo(tenant) });

/** Everything that an attack could have changed. */
async function stateOf(isolation: (typeof isolations)[number]): Promise<unknown> {
  const schema = isolation === 'schema' ? tenants.schema.schema : 'public';
  const { rows } = await (owners[isolation] as pg.Client).query(
    `select (select array_agg(t.name order by t.id) from ${schema}.things t) as names,
      (select last_value from ${schema}.things_id_seq) as drawn,
      (select array_agg(oid order by oid) from pg_class where relnamespace = '${schema}'::regnamespace) as relations,
      (select count(*) from pg_largeobject_metadata) as objects`,
  );
  return rows[0];
}

const INSERT = "insert into things (name) values ('smuggled')";

/** Texts that are sent one after the other, whatever becomes of those before. */
const BY_POSTGRES: Readonly<Record<string, readonly string[]>> = {
  insert: [INSERT],
  update: ["update things set name = 'changed'"],
  delete: ['delete from things'],
  merge: [
    "merge into things t using (select 1 as id) s on t.id = s.id when matched then update set name = 'm'",
  ],
  truncate: ['truncate things'],
  'a write in a common table expression': [`with w as (${INSERT} returning *) select * from w`],
  'a lock of rows': ['select * from things for update'],
  'several statements': [`select 1; ${INSERT}; select 2`],
  'a function': ['select writes()'],
  'a function of the owner': ['select writes_as_owner()'],
  'a function that lifts it': ['select lifts()'],
  'a function that lifts it within a subtransaction': ['select lifts_within()'],
  'a function defined to lift it': ['select lifts_by_definition()'],
  'a procedure that commits': ['call commits()'],
  'a procedure that commits, within a transaction': ['begin', 'call commits()', INSERT, 'commit'],
  'a block of code': ["do $$ begin commit; insert into things (name) values ('block'); end $$"],
  'set_config, then a write': ["select set_config('transaction_read_only', 'off', true)", INSERT],
  'set_config with a write': [`select set_config('transaction_read_only', 'off', false); ${INSERT}`],
  'set session, then a write': ['set transaction_read_only = off', INSERT],
  'set of the default': ['set default_transaction_read_only = off', INSERT],
  'set of the session': ['set session characteristics as transaction read write', INSERT],
  'reset of the mode': ['begin', 'select 1', 'reset transaction_read_only', INSERT, 'commit'],
  'reset of everything': ['reset all', INSERT],
  'discard of everything': ['discard all', INSERT],
  'the view of settings': [
    "update pg_settings set setting = 'off' where name = 'transaction_read_only'",
    INSERT,
  ],
  'a transaction': ['begin', INSERT, 'commit'],
  'a transaction that says read write': ['begin read write', INSERT, 'commit'],
  'a transaction that is set to read write': ['begin', 'set transaction read write', INSERT, 'commit'],
  'a transaction that is set to read write later': [
    'begin',
    'select 1',
    'set transaction read write',
    INSERT,
    'commit',
  ],
  'a transaction begun twice': ['begin', 'select 1', 'begin read write', INSERT, 'commit'],
  'a savepoint that is released': ['begin', 'savepoint a', 'select 1', 'release a', INSERT, 'commit'],
  'a savepoint that is rolled back': ['begin', 'savepoint a', 'select 1', 'rollback to a', INSERT, 'commit'],
  'a savepoint after a failure': ['begin', 'savepoint a', 'select 1/0', 'rollback to a', INSERT, 'commit'],
  'savepoints in savepoints': [
    ...['begin', 'savepoint a', 'savepoint b', 'select 1', 'release b', INSERT],
    ...['rollback to a', 'release a', INSERT, 'commit'],
  ],
  'a savepoint that is set to read write': [
    ...['begin', 'savepoint a', 'set transaction read write', 'select 1', 'release a', INSERT, 'commit'],
  ],
  'a chain': ['begin', 'select 1', 'commit and chain', INSERT, 'commit'],
  'a chain after a rollback': ['begin', 'rollback and chain', INSERT, 'commit'],
  'a cursor that is kept': ['begin', 'declare c cursor with hold for select writes()', 'commit'],
  'a cursor that is kept, from a savepoint': [
    ...['begin', 'savepoint a', 'declare c cursor with hold for select writes()', 'release a', 'commit'],
  ],
  'a cursor that is fetched from': [
    'begin',
    'declare c cursor for select writes()',
    'savepoint a',
    'fetch c',
    'commit',
  ],
  'a prepared statement': [`prepare p as ${INSERT}`, 'execute p'],
  'an explained statement': [`explain analyze ${INSERT}`],
  'a sequence': ["select nextval('things_id_seq')"],
  'a sequence that is set': ["select setval('things_id_seq', 900)"],
  'a table': ['create table more (id int)'],
  'a table of a result': ['select * into more from things'],
  'a temporary table': ['create temp table more as select * from things'],
  'a dropped table': ['drop table things'],
  'a comment': ["comment on table things is 'x'"],
  'copied rows': [`copy (${INSERT} returning *) to stdout`],
  'a prepared transaction': ['begin', INSERT, "prepare transaction 'x'"],
};

/** What PostgreSQL allows to a transaction that only reads. */
const BY_GUARD: Readonly<Record<string, readonly string[]>> = {
  'a large object': ["select lo_from_bytea(0, 'smuggled')"],
  'a locked table': ['begin', 'lock table things in access exclusive mode', 'commit'],
  'a notification': ["notify orders, 'x'"],
  'a notification by a function': ["select pg_notify('orders', 'x')"],
};

async function refused(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch {
    return true;
  }
}

describe.each(isolations)('an entry that only reads, into a tenant of isolation %s', (isolation) => {
  const tenant = tenants[isolation];
  let before: unknown;
  beforeAll(async () => {
    before = await stateOf(isolation);
  });

  describe.each([
    ['statement', 'off'],
    ['session', 'off'],
    ['statement', 'enforce'],
  ] as const)('%s pins, guard %s', (pin, mode) => {
    const open = () => openPool({ pin, guard: { mode } });

    const attacks = Object.entries(mode === 'off' ? BY_POSTGRES : { ...BY_POSTGRES, ...BY_GUARD });
    it.each(attacks)('is not left by %s', async (_, texts) => {
      const pool = open();
      let refusals = 0;
      await underEntry(tenant, async () => {
        const client = await pool.connect();
        for (const text of texts) if (await refused(() => client.query(text))) refusals += 1;
        client.release();
      });
      expect(refusals).toBeGreaterThan(0);
      expect(await stateOf(isolation)).toEqual(before);
      // What the app's own users do on the same connection is theirs.
      const { rowCount } = await TenantContext.run(tenant, () => pool.query('update things set name = name'));
      expect(rowCount).toBe(1);
    });

    it('is not left by streams, cursors, named statements and scripts', async () => {
      const pool = open();
      const attackers: Array<(client: pg.PoolClient) => Promise<unknown>> = [
        (client) =>
          pipeline(Readable.from(['smuggled\n']), client.query(copyFrom('copy things (name) from stdin'))),
        (client) => client.query(new Cursor(`${INSERT} returning id`)).read(1),
        (client) => client.query(new QueryStream(`${INSERT} returning id`)).toArray(),
        (client) => client.query(new Cursor('select writes()')).read(1),
        (client) => client.query({ name: 'smuggler', text: INSERT }),
        (client) => client.query('insert into things (name) values ($1)', ['smuggled']),
        (client) => runScript(client, [{ text: 'select 1' }, { text: INSERT }]),
        () => pool.query(INSERT),
        () => pool.for(tenant).query(INSERT),
        () => TenantContext.run(tenant, () => pool.query(INSERT)),
        () => TenantContext.runAsSystem('an attack', () => pool.query(INSERT)),
        () => TenantContext.bind(() => pool.query(INSERT))(),
      ];
      for (const attack of attackers) {
        await underEntry(tenant, async () => {
          const client = await pool.connect();
          const isPools = attack.length === 0;
          if (isPools) client.release();
          expect(await refused(() => attack(client))).toBe(true);
          if (!isPools) client.release();
        });
      }
      expect(await stateOf(isolation)).toEqual(before);
    });
  });

  it('reads, in transactions of every kind', async () => {
    const pool = openPool();
    await underEntry(tenant, async () => {
      expect((await pool.query('select name from things')).rows).toEqual([{ name: 'first' }]);
      const client = await pool.connect();
      for (const text of [
        'begin isolation level serializable',
        'savepoint a',
        'select * from things',
        'release a',
        'commit',
      ])
        await client.query(text);
      await client.query('begin');
      await client.query('set transaction isolation level repeatable read');
      await client.query('select * from things');
      await client.query('rollback');
      client.release();
    });
  });
});
