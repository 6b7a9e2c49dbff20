import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { until } from '../../../../test/support/until.js';
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

beforeAll(async () => {
  database = await createTestDatabase();
  watcher = new pg.Client(database.url);
  await watcher.connect();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((catalog) => catalog.close()));
  // The server is told of the end, and may need a moment for it.
  await until(async () => Object.keys(await connections()).length === 0);
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

  it('keeps as many connections open as it is told to', async () => {
    const [kept, other] = [1, 0].map((min) => {
      const options = { url: database.url, min, idleTimeoutMillis: 1 };
      const catalog = new Catalog(options);
      open.push(catalog);
      return catalog;
    }) as [Catalog, Catalog];
    const pidOf = async (catalog: Catalog) =>
      (await catalog.query('select pg_backend_pid() as pid')).rows[0].pid;
    const pids = await Promise.all([kept, kept, kept].map(pidOf));
    await until(async () => (await connections())['rowhouse-catalog'] === 1);
    await pidOf(other);
    await until(async () => (await connections())['rowhouse-catalog'] === 1);
    expect(pids).toContain(await pidOf(kept));
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

  beforeAll(async () => {
    await openCatalog().migrate();
  });

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
          where datname = $1 and application_name = 'rowhouse-locks'`,
        [database.name],
      );
      await until(async () => (await catalog.heldLocks([one]).catch(() => new Set([one]))).size === 0);
      await until(async () => lost.aborted);
      return 'done';
    });
    expect(outcome).toEqual({ result: 'done' });
    expect(await catalog.whileLocked(one, async () => 'again')).toEqual({ result: 'again' });
  });

  it('are held by one of many that try at once, also when the one before has died with the lock', async () => {
    const catalogs = Array.from({ length: 8 }, openCatalog);
    const die = () =>
      watcher.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where pid = (select pid from rowhouse.locks where name = $1)`,
        [one],
      );
    for (let round = 0; round < 5; round++) {
      let [holders, most] = [0, 0];
      let isOver = false;
      const tries = catalogs.map((catalog) =>
        catalog.whileLocked(one, async (lost) => {
          holders++;
          most = Math.max(most, holders);
          await until(async () => isOver || lost.aborted);
          holders--;
        }),
      );
      const outcomes = () => Promise.all(tries.map((attempt) => Promise.race([attempt, 'at work'])));
      await until(async () => (await outcomes()).filter((outcome) => outcome === undefined).length === 7);
      if (round % 2) {
        await die();
        await until(async () => (await openCatalog().whileLocked(one, async () => 'next')) !== undefined);
      }
      isOver = true;
      await Promise.all(tries);
      expect(most).toBe(1);
    }
  });

  it('of a session keep transactions out at once, and the other way round', async () => {
    const catalog = openCatalog();
    const inTransaction = (work: (client: pg.ClientBase) => Promise<unknown>) =>
      openCatalog().transaction(async (client) => {
        await client.query('select rowhouse.lock_until_commit($1)', [one]);
        return work(client);
      });
    await catalog.whileLocked(one, async () => {
      await expect(inTransaction(async () => {})).rejects.toMatchObject({ code: '55P03' });
    });
    await inTransaction(async () => {
      expect(await catalog.whileLocked(one, async () => 'never')).toBeUndefined();
    });
    expect(await catalog.whileLocked(one, async () => 'afterwards')).toEqual({ result: 'afterwards' });
  });

  it('of transactions wait for each other, and leave nothing', async () => {
    const order: string[] = [];
    const [first, second] = [openCatalog(), openCatalog()];
    let other: Promise<void> | undefined;
    await first.transaction(async (client) => {
      await client.query('select rowhouse.lock_until_commit($1)', [one]);
      other = second.transaction(async (later) => {
        await later.query('select rowhouse.lock_until_commit($1)', [one]);
        order.push('second');
      });
      await until(async () => {
        const { rows } = await watcher.query(
          `select from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'`,
          [database.name],
        );
        return rows.length === 1;
      });
      order.push('first');
    });
    await other;
    expect(order).toEqual(['first', 'second']);
    expect((await watcher.query('select name from rowhouse.locks')).rows).toEqual([]);
  });

  it('of a session that is gone are taken by a transaction', async () => {
    const catalog = openCatalog();
    await catalog.query(
      `insert into rowhouse.locks values ($1, pg_backend_pid(), now() - interval '1 day')`,
      [one],
    );
    await catalog.run([{ text: 'select rowhouse.lock_until_commit($1)', values: [one] }]);
    expect((await watcher.query('select name from rowhouse.locks')).rows).toEqual([]);
  });

  it('count as held while the start of the session that has them may not be seen', async () => {
    const stranger = `stranger_${database.name}`;
    const catalog = openCatalog();
    await watcher.query(`create role ${stranger} login password 'x'; grant usage on schema rowhouse to ${stranger};
      grant select on rowhouse.locks to ${stranger}`);
    const client = new pg.Client(
      Object.assign(new URL(database.url), { username: stranger, password: 'x' }).href,
    );
    await client.connect();
    await catalog.whileLocked(one, async () => {
      const { rows } = await client.query(
        'select rowhouse.is_held(pid, started) as held from rowhouse.locks',
      );
      expect(rows).toEqual([{ held: true }]);
    });
    await client.end();
    await watcher.query(`drop owned by ${stranger}; drop role ${stranger}`);
  });
});
