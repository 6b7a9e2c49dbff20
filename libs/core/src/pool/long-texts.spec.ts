/** @suite postgres15 */
import { jest } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { MAX_TEXT } from '../statement/statement-reader.js';
import { TenantContext } from '../tenant-context.js';
import { TenantPool } from './tenant-pool.js';

const acme = makeTenant('acme');

let database: TestDatabase;
let pool: TenantPool;

beforeAll(async () => {
  database = await createTestDatabase();
  await prepareHomes(database, [acme]);
  pool = new TenantPool({ connectionString: database.loginUrl, max: 1, limits: { resultBytes: 1_000 } });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const lease = () => TenantContext.run(acme, () => pool.connect());
const names = (count: number) => Array.from({ length: count }, (_, n) => `('name ${n}')`).join(', ');

describe('texts that are read outside of the event loop', () => {
  it('are sent in the order in which they were asked for, with those that come after them', async () => {
    const client = await lease();
    await client.query('create temp table t (name text)');
    const [, many, , more, , last] = await Promise.all([
      client.query(`insert into t values ${names(10_000)}`),
      client.query('select count(*)::int as n from t'),
      client.query(`delete from t where name in (${names(2_000).replaceAll(/[()]/g, '')}); select 1`),
      client.query('select count(*)::int as n from t'),
      client.query('truncate t'),
      client.query('select count(*)::int as n from t'),
    ]);
    expect([many, more, last].map(({ rows }) => rows)).toEqual([[{ n: 10_000 }], [{ n: 8_000 }], [{ n: 0 }]]);
    client.release();
  });

  it('give their errors to whoever asked, in promises and callbacks', async () => {
    const client = await lease();
    const refused = { code: 'STATEMENT_REFUSED' };
    const tooLong = `select '${'x'.repeat(MAX_TEXT)}'`;
    await expect(client.query(tooLong)).rejects.toMatchObject(refused);
    await expect(client.query(`set role x; select '${'x'.repeat(20_000)}'`)).rejects.toMatchObject(refused);
    const heard = await new Promise((resolve) => client.query(`select 1${'+1'.repeat(100_000)}`, resolve));
    expect(heard).toMatchObject(refused);
    expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    client.release();
  });

  it('keep their connection from the next lease until they were sent', async () => {
    const client = await lease();
    const late = client.query(`select '${'x'.repeat(20_000)}'`);
    client.release();
    await expect(late).rejects.toThrow();
    expect(pool.stats().discarded).toBeGreaterThan(0);
  });
});

describe('functions that the database has to be asked about', () => {
  it('are asked about on the connection of the statement, in its transaction and beyond the limits of its tenant', async () => {
    const client = await lease();
    await client.query('begin');
    const now = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 120_000);
    try {
      const sent = [client.query('select t.n from (select 1 as n) t'), client.query('select 2 as n')];
      expect((await Promise.all(sent)).map(({ rows }) => rows)).toEqual([[{ n: 1 }], [{ n: 2 }]]);
      expect((await client.query('commit')).command).toBe('COMMIT');
    } finally {
      now.mockRestore();
    }
    client.release();
  });
});
