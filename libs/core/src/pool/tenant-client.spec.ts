import { EventEmitter, once } from 'node:events';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { TenantContext } from '../tenant-context.js';
import { TenantPool } from './tenant-pool.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');

let database: TestDatabase;
let pool: TenantPool;

beforeAll(async () => {
  database = await createTestDatabase();
  await prepareHomes(database, [acme, globex]);
});

beforeEach(() => {
  pool = new TenantPool({ connectionString: database.loginUrl, max: 1, guard: { mode: 'off' } });
});

afterEach(() => pool.end());

afterAll(() => database.drop());

const lease = (tenant = acme) => TenantContext.run(tenant, () => pool.connect());

/** The connection under the leases; the pool tells of it when it is opened. */
async function leaseAndConnection(): Promise<[lease: pg.PoolClient, connection: pg.PoolClient]> {
  const [client, [connection]] = await Promise.all([lease(), once(pool, 'connect')]);
  return [client, connection];
}

const EVENTS = ['notice', 'notification', 'error', 'drain', 'end'];
const listenersOf = (emitter: NodeJS.EventEmitter) =>
  Object.fromEntries(EVENTS.map((event) => [event, emitter.listenerCount(event)]));

/** Leaves nothing on the connection, so that the next lease has the same. */
const raiseNotice = (client: pg.PoolClient) => client.query('drop table if exists nothing');
const NOTICE = 'table "nothing" does not exist, skipping';

/** Each way of an EventEmitter to add a listener, and each way to take it away. */
const ADDS = ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'] as const;
const REMOVES = {
  off: (client: pg.PoolClient, listener: () => void) => client.off('notice', listener),
  removeListener: (client: pg.PoolClient, listener: () => void) => client.removeListener('notice', listener),
  removeAllListeners: (client: pg.PoolClient) => client.removeAllListeners('notice'),
  'removeAllListeners, of all events': (client: pg.PoolClient) => client.removeAllListeners(),
};
/** Those that add and remove nothing. */
const LOOKS = [
  'setMaxListeners',
  'getMaxListeners',
  'emit',
  'listeners',
  'rawListeners',
  'listenerCount',
  'eventNames',
]; // prettier-ignore

describe('the events of a lease', () => {
  it('are those of an EventEmitter, every method of which is known here', () => {
    const methods = Object.getOwnPropertyNames(EventEmitter.prototype).filter(
      (name) => !name.startsWith('_') && name !== 'constructor',
    );
    const known = [...ADDS, 'off', 'removeListener', 'removeAllListeners', ...LOOKS];
    expect(methods.sort()).toEqual(known.sort());
  });

  it.each(ADDS)('are heard by a listener that %s added, until the release', async (add) => {
    const [client, connection] = await leaseAndConnection();
    const before = listenersOf(connection);
    const heard: unknown[] = [];
    (client as EventEmitter)[add]('notice', ({ message }) => heard.push(message));
    expect(client.listenerCount('notice')).toBe(1);
    expect(client.eventNames()).toEqual(['notice']);
    expect(client.rawListeners('notice')).toHaveLength(1);
    await raiseNotice(client);
    expect(heard).toEqual([NOTICE]);
    client.release();
    const next = await lease(globex);
    await raiseNotice(next);
    expect(heard).toEqual([NOTICE]);
    expect(listenersOf(connection)).toEqual(before);
    next.release();
  });

  it.each(ADDS)('are not heard after a listener that %s added was removed, in any way', async (add) => {
    for (const remove of Object.values(REMOVES)) {
      const client = await lease();
      const heard: unknown[] = [];
      const listener = () => heard.push('notice');
      (client as EventEmitter)[add]('notice', listener);
      remove(client, listener);
      await raiseNotice(client);
      client.release();
      expect(heard).toEqual([]);
    }
  });

  it('reach listeners in the order that was asked for, and one of once once', async () => {
    const client = await lease();
    const heard: string[] = [];
    client.on('notice', () => heard.push('second'));
    client.prependListener('notice', () => heard.push('first'));
    client.once('notice', () => heard.push('once'));
    await raiseNotice(client);
    await raiseNotice(client);
    expect(heard).toEqual(['first', 'second', 'once', 'first', 'second']);
    client.release();
  });

  it('can be waited for with events.once', async () => {
    const client = await lease();
    const [[notice]] = await Promise.all([once(client, 'notice'), raiseNotice(client)]);
    expect(notice.message).toBe(NOTICE);
    client.release();
  });

  it('cannot be listened to after the release, and removing is allowed', async () => {
    const client = await lease();
    const listener = () => {};
    client.on('notice', listener);
    client.release();
    for (const add of ADDS) {
      expect(() => (client as EventEmitter)[add]('notice', listener)).toThrow(
        expect.objectContaining({ code: 'ISOLATION_VIOLATION' }),
      );
    }
    client.off('notice', listener).removeListener('notice', listener).removeAllListeners();
    expect(client.listenerCount('notice')).toBe(0);
  });

  it('leave the listeners of the pool and of pg in place', async () => {
    const [client, connection] = await leaseAndConnection();
    const before = listenersOf(connection);
    client.on('error', () => {}).removeAllListeners();
    client.release();
    expect(await TenantContext.run(globex, () => pool.query('select 1 as n'))).toMatchObject({
      rows: [{ n: 1 }],
    });
    const again = await lease();
    expect(listenersOf(connection)).toEqual(before);
    again.release();
  });
});

/**
 * What a lease makes of the public surface of `pg.Client`: it has it, refuses it with an error that says what to do
 * instead, or does not have it because it would reach the connection around the pin, or the credentials.
 */
const SURFACE: Readonly<Record<string, 'has' | 'refuses' | 'lacks'>> = {
  query: 'has',
  processID: 'has',
  user: 'has',
  database: 'has',
  host: 'has',
  port: 'has',
  getTypeParser: 'has',
  escapeIdentifier: 'has',
  escapeLiteral: 'has',
  getTransactionStatus: 'has',
  connect: 'refuses',
  end: 'refuses',
  cancel: 'refuses',
  setTypeParser: 'refuses',
  ref: 'refuses',
  unref: 'refuses',
  getStartupConf: 'refuses',
  activeQuery: 'lacks',
  queryQueue: 'lacks',
  connection: 'lacks',
  connectionParameters: 'lacks',
  password: 'lacks',
  secretKey: 'lacks',
  ssl: 'lacks',
  sslNegotiation: 'lacks',
  replication: 'lacks',
  pipeline: 'lacks',
  binary: 'lacks',
  enableChannelBinding: 'lacks',
  scramMaxIterations: 'lacks',
};

describe('the rest of a lease', () => {
  it('is a decision about every public member of pg.Client', () => {
    const members = [
      ...Object.getOwnPropertyNames(pg.Client.prototype),
      ...Object.getOwnPropertyNames(new pg.Client()),
    ].filter((name) => !name.startsWith('_') && name !== 'constructor');
    expect([...new Set(members)].sort()).toEqual(Object.keys(SURFACE).sort());
  });

  it.each(Object.entries(SURFACE))('%s: it %s it', async (name, decision) => {
    const client = (await lease()) as unknown as Record<string, unknown>;
    if (decision === 'has') expect(client[name]).toBeDefined();
    if (decision === 'lacks') expect(name in client).toBe(false);
    if (decision === 'refuses')
      expect(client[name]).toThrow(expect.objectContaining({ code: 'ISOLATION_VIOLATION' }));
    (client as unknown as pg.PoolClient).release();
  });

  it('tells where it is connected to, and whether a transaction is open', async () => {
    const client = (await lease()) as pg.PoolClient & {
      host: string;
      port: number;
      user: string;
      database: string;
    };
    const { hostname, port, username, pathname } = new URL(database.loginUrl);
    expect([client.host, client.port, client.user, client.database]).toEqual([
      hostname,
      Number(port),
      username,
      pathname.slice(1),
    ]);
    const statuses = [client.getTransactionStatus()];
    await client.query('begin');
    statuses.push(client.getTransactionStatus());
    for (const text of ['select 1 / 0', 'select 1'])
      await expect(client.query(text)).rejects.toMatchObject({
        code: text === 'select 1' ? '25P02' : '22012',
      });
    statuses.push(client.getTransactionStatus());
    await client.query('rollback');
    expect(statuses).toEqual(['I', 'T', 'E']);
    client.release();
  });
});
