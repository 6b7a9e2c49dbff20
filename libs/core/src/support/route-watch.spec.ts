import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { openWireTap, type WireTap } from '../../../../test/support/wire-tap.js';
import { RouteWatch, watchRoute } from './route-watch.js';

const EVERY_MS = 300;
const lost = { code: 'CONNECTION_LOST' };

let database: TestDatabase;
let tap: WireTap;
let pool: pg.Pool;
const heard: Error[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  tap = await openWireTap(database.url);
  pool = new pg.Pool({ connectionString: tap.url, max: 3 });
  pool.on('error', (error) => heard.push(error));
  watchRoute(pool, EVERY_MS);
});
afterEach(async () => {
  heard.length = 0;
  await pool.end();
  await tap.close();
});
afterAll(() => database.drop());

const freeze = () => tap.failAfter(tap.bytes, 'freeze');

describe('where there is no route to the server any more', () => {
  it('a statement under way ends, and so do the connections that are idle', async () => {
    const [first, second] = [await pool.connect(), await pool.connect()];
    second.release();
    void freeze();
    await expect(first.query('select 1')).rejects.toMatchObject(lost);
    first.release(true);
    expect(heard).toMatchObject([lost]);
    expect(pool.totalCount).toBe(0);
    tap.mend();
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });

  it('a client that connects, works or ends does not wait for it', async () => {
    const client = new pg.Client(tap.url);
    client.on('error', () => {});
    const watch = new RouteWatch(() => [client], EVERY_MS);
    watch.begin();
    await client.connect();
    void freeze();
    await client.end();
    watch.end();

    const next = new pg.Client(tap.url);
    next.on('error', () => {});
    const nextWatch = new RouteWatch(() => [next], EVERY_MS);
    nextWatch.begin();
    await expect(next.connect()).rejects.toMatchObject(lost);
    nextWatch.end();
  });
});

it('a long statement goes on while the server is there', async () => {
  const { rows } = await pool.query(`select pg_sleep(${(8 * EVERY_MS) / 1_000}), 1 as n`);
  expect(rows).toMatchObject([{ n: 1 }]);
});

it('and also where it accepts no connections but those that are open', async () => {
  const client = await pool.connect();
  const { port } = new URL(tap.url);
  // What answers, if only to refuse, is there.
  Object.assign(client, { port: Number(port) === 1 ? 2 : 1 });
  const { rows } = await client.query(`select pg_sleep(${(8 * EVERY_MS) / 1_000}), 1 as n`);
  expect(rows).toMatchObject([{ n: 1 }]);
  client.release();
});
