/** @suite pgbouncer */
import { TenantContext, TenantPool } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { entryTo } from '../../libs/core/src/entries/entry.fixture.js';
import { prepareHomes } from '../support/homes.js';
import { type PgBouncer, startPgBouncer } from '../support/pgbouncer.js';
import { makeTenant } from '../support/tenants.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');
const MARKS =
  "select current_setting('rowhouse.entry', true) as entry, current_setting('application_name') as application, current_setting('transaction_read_only') as mode";
const INSERT = "insert into things (name) values ('smuggled')";

let database: TestDatabase;
let admin: pg.Client;
let bouncer: PgBouncer;
let pool: TenantPool;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client(database.url);
  await admin.connect();
  await prepareHomes(database, [acme, globex]);
  for (const { schema } of [acme, globex]) await admin.query(`create table ${schema}.things (name text)`);
  await prepareHomes(database, [acme, globex]);
  bouncer = await startPgBouncer(database.loginUrl, 1);
});
beforeEach(() => {
  pool = new TenantPool({
    connectionString: bouncer.url,
    application_name: 'shop',
    max: 4,
    guard: { mode: 'off' },
  });
  pool.on('error', () => {});
});
afterEach(() => pool.end());
afterAll(async () => {
  await bouncer?.stop();
  await admin?.end();
  await database?.drop();
});

const count = async () =>
  (await admin.query(`select count(*)::int as n from ${acme.schema}.things`)).rows[0].n;

describe('an entry, through PgBouncer in transaction mode with one server connection', () => {
  it('marks its own statements and transactions, and nobody else’s', async () => {
    const entry = entryTo(acme);
    const marks = async () => (await pool.query(MARKS)).rows[0];
    const inTransaction = async () => {
      const client = await pool.connect();
      const rows: unknown[] = [];
      for (const text of ['begin', MARKS, MARKS, 'commit']) rows.push(...(await client.query(text)).rows);
      client.release();
      return rows;
    };
    const marked = { entry: entry.id, application: `rowhouse-entry ${entry.id}`, mode: 'on' };
    for (let time = 0; time < 3; time += 1) {
      expect(await TenantContext.run(acme, marks, { entry })).toEqual(marked);
      expect(await TenantContext.run(acme, inTransaction, { entry })).toEqual([marked, marked]);
      for (const tenant of [acme, globex]) {
        const { entry: mark, ...rest } = await TenantContext.run(tenant, marks);
        expect([mark || null, rest]).toEqual([null, { application: 'shop', mode: 'off' }]);
      }
    }
  });

  it('writes nothing', async () => {
    for (const texts of [
      [INSERT],
      [`select 1; ${INSERT}`],
      ['begin', 'savepoint a', 'select 1', 'release a', INSERT, 'commit'],
      ['begin read write', INSERT, 'commit'],
      ["select set_config('transaction_read_only', 'off', true)", INSERT],
    ])
      await TenantContext.run(
        acme,
        async () => {
          const client = await pool.connect();
          for (const text of texts) await client.query(text).catch(() => {});
          client.release();
        },
        { entry: entryTo(acme) },
      );
    expect(await count()).toBe(0);
    await TenantContext.run(acme, () => pool.query('select 1'));
  });

  it('takes its statement with it when it ends', async () => {
    const entry = entryTo(acme, { readOnly: false });
    const text = "insert into things select 'late' from pg_sleep(60)";
    const running = TenantContext.run(acme, () => pool.query(text), { entry });
    running.catch(() => {});
    const active = async () =>
      (await admin.query("select from pg_stat_activity where state = 'active' and query = $1", [text]))
        .rowCount;
    while ((await active()) === 0);
    entry.end();
    await expect(running).rejects.toMatchObject({ code: 'ENTRY_ENDED' });
    while ((await active()) !== 0);
    expect(await count()).toBe(0);
    expect((await TenantContext.run(globex, () => pool.query('select 1'))).rowCount).toBe(1);
  });
});
