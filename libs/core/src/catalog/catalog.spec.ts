import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { Catalog } from './catalog.js';
import { lockKeyOf } from './catalog-locks.js';

let database: TestDatabase;
let watcher: pg.Client;
const open: Catalog[] = [];

function openCatalog(): Catalog {
  const catalog = new Catalog({ url: database.url });
  open.push(catalog);
  return catalog;
}

/** Connections to the database, by the name they give themselves. */
async function connections(): Promise<Record<string, number>> {
  const { rows } = await watcher.query<{ name: string; count: number }>(
    `select application_name as name, count(*)::int as count from pg_stat_activity
      where datname = $1 and application_name like 'rowhouse-%' group by 1`,
    [database.name],
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

beforeAll(async () => {
  database = await createTestDatabase();
  watcher = new pg.Client(database.url);
  await watcher.connect();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((catalog) => catalog.close()));
});
afterAll(async () => {
  await watcher.end();
  await database.drop();
});

describe('a catalog', () => {
  it('opens nothing before it is asked', async () => {
    openCatalog();
    expect(await connections()).toEqual({});
  });

  it('keeps all of a transaction or nothing', async () => {
    const catalog = openCatalog();
    await catalog.query('create table kept (id int)');
    await catalog.run([{ text: 'insert into kept values ($1)', values: [1] }]);
    const failing = catalog.run([{ text: 'insert into kept values (2)' }, { text: 'select 1 / 0' }]);
    await expect(failing).rejects.toThrow('division by zero');
    expect((await catalog.query('select id from kept')).rows).toEqual([{ id: 1 }]);
  });

  it('survives the loss of a connection in the middle of a transaction', async () => {
    const catalog = openCatalog();
    const cut = catalog.transaction(async (client) => {
      await watcher.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = $1 and application_name = 'rowhouse-catalog'`,
        [database.name],
      );
      await until(async () => (await connections())['rowhouse-catalog'] === undefined);
      await client.query('select 1');
    });
    await expect(cut).rejects.toThrow();
    expect((await catalog.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('listens to any number of channels on one connection', async () => {
    const catalog = openCatalog();
    const heard: string[] = [];
    const hear = (channel: string) =>
      catalog.listen(channel, {
        notified: (payload) => heard.push(`${channel} ${payload}`),
        missed: () => {},
      });
    const [stop] = await Promise.all([hear('one'), hear('two'), hear('two')]);
    await hear('three');
    expect(await connections()).toEqual({ 'rowhouse-listener': 1 });
    await catalog.query(`select pg_notify('one', 'a'), pg_notify('two', 'b'), pg_notify('three', 'c')`);
    await until(async () => heard.length === 4);
    expect(heard.sort()).toEqual(['one a', 'three c', 'two b', 'two b']);
    await stop();
    await catalog.query(`select pg_notify('one', 'unheard'), pg_notify('three', 'd')`);
    await until(async () => heard.length === 5);
    expect(heard).toContain('three d');
  });
});

describe('locks', () => {
  const [one, two] = [lockKeyOf('tenant', 'one'), lockKeyOf('tenant', 'two')];

  it('keep others out, in this process and in another', async () => {
    const [here, there] = [openCatalog(), openCatalog()];
    const outcome = await here.whileLocked(one, async () => {
      expect(await here.whileLocked(one, async () => 'twice')).toBeUndefined();
      expect(await there.whileLocked(one, async () => 'elsewhere')).toBeUndefined();
      expect(await there.whileLocked(two, async () => 'another')).toEqual({ result: 'another' });
      expect(await there.heldLocks([one, two])).toEqual(new Set([one]));
      return 'done';
    });
    expect(outcome).toEqual({ result: 'done' });
    expect(await there.whileLocked(one, async () => 'afterwards')).toEqual({ result: 'afterwards' });
  });

  it('are one session, however many there are, and none when there are none', async () => {
    const catalog = openCatalog();
    const release: (() => void)[] = [];
    const keys = Array.from({ length: 50 }, (_, index) => lockKeyOf('tenant', String(index)));
    const working = keys.map((key) =>
      catalog.whileLocked(key, () => new Promise<void>((resolve) => release.push(resolve))),
    );
    await until(async () => release.length === keys.length);
    expect(await connections()).toEqual({ 'rowhouse-locks': 1 });
    for (const end of release) end();
    await Promise.all(working);
    await until(async () => (await connections())['rowhouse-locks'] === undefined);
  });

  it('are given back when the work fails', async () => {
    const catalog = openCatalog();
    await expect(catalog.whileLocked(one, () => Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    );
    expect(await catalog.heldLocks([one])).toEqual(new Set());
  });

  it('end with their session, which the work is told, and are taken in another one afterwards', async () => {
    const catalog = openCatalog();
    const outcome = await catalog.whileLocked(one, async (lost) => {
      await watcher.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = $1 and pid in (select pid from pg_locks where locktype = 'advisory')`,
        [database.name],
      );
      await until(async () => (await catalog.heldLocks([one]).catch(() => new Set([one]))).size === 0);
      await until(async () => lost.aborted);
      return 'done';
    });
    expect(outcome).toEqual({ result: 'done' });
    expect(await catalog.whileLocked(one, async () => 'again')).toEqual({ result: 'again' });
  });
});
