import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import {
  type Door,
  inForeignContext,
  type Lane,
  neighbourOf,
  throughDoor,
  throughPool,
  withClient,
} from './doors.js';
import { expectOwn } from './marks.js';
import { askWho } from './steps.js';

/** What plain `pg` users do, and what goes wrong between a program and its server. */
export type RawCommand = { readonly door: Door } & (
  | { readonly command: 'query'; readonly how: 'promise' | 'callback' | 'named' | 'script' }
  | {
      readonly command: 'stream';
      readonly via: 'builder' | 'runner' | 'pg' | 'cursor';
      readonly take: number;
      readonly close: boolean;
    }
  | { readonly command: 'copyOut'; readonly abandon: boolean }
  | { readonly command: 'copyIn'; readonly abandon: boolean }
  | { readonly command: 'timeOut'; readonly by: 'client' | 'server' | 'cancel' }
  | { readonly command: 'carryElsewhere' }
  | { readonly command: 'litter'; readonly with: Litter; readonly inTransaction: boolean }
);

/** State that a statement leaves on its connection, to mislead whoever has it next. */
type Litter =
  | 'temporary table'
  | 'path'
  | 'path in a function'
  | 'tenant id'
  | 'prepared statement'
  | 'advisory lock';

const anyLitter = fc.constantFrom<Litter>(
  'temporary table',
  'path',
  'path in a function',
  'tenant id',
  'prepared statement',
  'advisory lock',
);

export const anyRawCommand = (door: fc.Arbitrary<Door>): fc.Arbitrary<RawCommand> =>
  fc.oneof(
    fc.record({
      command: fc.constant('query' as const),
      door,
      how: fc.constantFrom('promise' as const, 'callback' as const, 'named' as const, 'script' as const),
    }),
    fc.record({
      command: fc.constant('stream' as const),
      door,
      via: fc.constantFrom('builder' as const, 'runner' as const, 'pg' as const, 'cursor' as const),
      take: fc.constantFrom(0, 1, 150, Number.MAX_SAFE_INTEGER),
      close: fc.boolean(),
    }),
    fc.record({ command: fc.constant('copyOut' as const), door, abandon: fc.boolean() }),
    fc.record({ command: fc.constant('copyIn' as const), door, abandon: fc.boolean() }),
    fc.record({
      command: fc.constant('timeOut' as const),
      door,
      by: fc.constantFrom('client' as const, 'server' as const, 'cancel' as const),
    }),
    fc.record({ command: fc.constant('carryElsewhere' as const), door }),
    fc.record({
      command: fc.constant('litter' as const),
      door,
      with: anyLitter,
      inTransaction: fc.boolean(),
    }),
  );

export function performRaw(command: RawCommand, lane: Lane): Promise<void> {
  switch (command.command) {
    case 'query':
      return query(command.how, command.door, lane);
    case 'stream':
      return stream(command, lane);
    case 'copyOut':
      return copyOut(command.abandon, command.door, lane);
    case 'copyIn':
      return copyIn(command.abandon, command.door, lane);
    case 'timeOut':
      return timeOut(command.by, command.door, lane);
    case 'carryElsewhere':
      return carryElsewhere(command.door, lane);
    case 'litter':
      return litter(command, lane);
  }
}

const TITLES = 'select title from books order by id';

async function query(
  how: 'promise' | 'callback' | 'named' | 'script',
  door: Door,
  lane: Lane,
): Promise<void> {
  const { model, world } = lane;
  const titles = model.rows.books.map(({ title }) => ({ title }));
  const rows = await throughPool(door, lane, async (pool) => {
    if (how === 'callback') return queryWithCallback(pool, TITLES);
    if (how === 'script') return queryScript(pool);
    // A named statement lives on one server process, and a pooler may lead to another.
    const name = how === 'named' && !world.pooled ? 'titles' : undefined;
    return (await pool.query({ name, text: TITLES })).rows;
  });
  deepStrictEqual(expectOwn(model.member, rows), titles);
}

/** The callback is called by whoever released a connection; what it does next is still the asker's. */
function queryWithCallback(pool: pg.Pool, text: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    pool.query('select 1', (error) => {
      if (error) return reject(error);
      pool.query(text, (nextError, result) => (nextError ? reject(nextError) : resolve(result.rows)));
    });
  });
}

async function queryScript(pool: pg.Pool): Promise<unknown> {
  const script = `/* one; */ select 1 as one; ${TITLES}; -- two;\n ${TITLES};`;
  const results = (await pool.query(script)) as unknown as pg.QueryResult[];
  deepStrictEqual(results[0]?.rows, [{ one: 1 }]);
  deepStrictEqual(results[1]?.rows, results[2]?.rows);
  return results[1]?.rows;
}

const MANY = `select coalesce(b.title, 'none') as title, g from generate_series(1, 300) g
  left join (select min(title collate "C") as title from books) b on true`;

async function stream(command: Extract<RawCommand, { command: 'stream' }>, lane: Lane): Promise<void> {
  const { door, via } = command;
  // TypeORM has no way to learn of a stream that is given up before it is read, and keeps its connection.
  const take = via === 'builder' ? Math.max(command.take, 1) : command.take;
  const { model } = lane;
  const first = model.rows.books.map(({ title }) => title).sort(byBytes)[0] ?? 'none';
  const check = ({ title }: { title: string }) => strictEqual(expectOwn(model.member, title), first);
  let count = 0;
  if (via === 'cursor') count = await readCursor(command, lane, check);
  else if (via === 'pg') {
    await withClient(door, lane, async (client) => {
      count = await consume(client.query(new QueryStream(MANY, [], { batchSize: 20 })), take, check);
      // A stream that is closed in order leaves the client fit for use.
      if (command.close) await askWho(async (text) => (await client.query(text)).rows, model);
    });
  } else if (via === 'builder') {
    await throughDoor(door, lane, async (dataSource) => {
      const titles = dataSource.createQueryBuilder().select('m.title', 'title').from(`(${MANY})`, 'm');
      count = await consume(await titles.stream(), take, check);
    });
  } else {
    await throughDoor(door, lane, async (dataSource) => {
      const runner = dataSource.createQueryRunner();
      try {
        count = await consume(await runner.stream(MANY), take, check);
      } finally {
        await runner.release();
      }
    });
  }
  strictEqual(count, Math.min(take, 300));
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function consume(
  rows: Readable,
  take: number,
  check: (row: { title: string }) => void,
): Promise<number> {
  let count = 0;
  if (take > 0) {
    for await (const row of rows) {
      check(row);
      count += 1;
      if (count === take) break;
    }
  }
  rows.destroy();
  return count;
}

function readCursor(
  { door, take, close }: Extract<RawCommand, { command: 'stream' }>,
  lane: Lane,
  check: (row: { title: string }) => void,
): Promise<number> {
  return withClient(door, lane, async (client) => {
    const cursor = client.query(new Cursor<{ title: string }>(MANY));
    const rows = take > 0 ? await cursor.read(Math.min(take, 400)) : [];
    rows.forEach(check);
    if (close) {
      await cursor.close();
      await askWho(async (text) => (await client.query(text)).rows, lane.model);
    }
    return rows.length;
  });
}

async function copyOut(abandon: boolean, door: Door, lane: Lane): Promise<void> {
  const { model } = lane;
  await withClient(door, lane, async (client) => {
    const out = client.query(copyTo(`copy (${TITLES}) to stdout`));
    let text = '';
    for await (const chunk of out) {
      text += chunk;
      if (abandon) break;
    }
    expectOwn(model.member, text);
    const titles = text.split('\n').slice(0, -1);
    if (!abandon)
      deepStrictEqual(
        titles,
        model.rows.books.map(({ title }) => title),
      );
  });
}

async function copyIn(abandon: boolean, door: Door, lane: Lane): Promise<void> {
  const { model } = lane;
  const name = model.nextText('copied');
  const id = await withClient(door, lane, async (client) => {
    const sink = client.query(copyFrom('copy authors (name) from stdin'));
    if (abandon) {
      sink.write(`${name}\n`);
      sink.destroy();
      await finished(sink).catch(() => {});
      return undefined;
    }
    await pipeline(Readable.from([`${name}\n`]), sink);
    const { rows } = await client.query<{ id: number }>('select id from authors where name = $1', [name]);
    return rows[0]?.id;
  });
  if (id !== undefined) model.rows.authors.push({ id: model.accept('authors', id), name });
  else strictEqual(abandon, true);
}

const slow = (seconds: number) => `select (select min(title) from books) as title, pg_sleep(${seconds})`;

async function timeOut(by: 'client' | 'server' | 'cancel', door: Door, lane: Lane): Promise<void> {
  if (by === 'client') {
    // The server goes on for as long as it sleeps: it does not notice that its client has gone.
    const impatient = { text: slow(0.3), query_timeout: 5 } as pg.QueryConfig;
    await rejects(
      throughPool(door, lane, (pool) => pool.query(impatient)),
      /timeout/,
    );
    return;
  }
  await withClient(door, lane, async (client) => {
    if (by === 'server') {
      const never = lane.model.nextText('never');
      await client.query('begin');
      await client.query('savepoint before');
      await client.query('set local statement_timeout = 5');
      await rejects(client.query('insert into authors (name) select $1 from pg_sleep(1)', [never]), {
        code: '57014',
      });
      await client.query('rollback to before');
      await askWho(async (text) => (await client.query(text)).rows, lane.model);
      await client.query('rollback');
    } else {
      const marker = lane.model.nextText('cancelled');
      const statement = client.query(`${slow(30)} /* ${marker} */`);
      await Promise.all([rejects(statement, { code: '57014' }), cancel(statement, marker, lane.world.admin)]);
    }
    await askWho(async (text) => (await client.query(text)).rows, lane.model);
  });
}

/** Asks again and again: the statement may be on its way still, and a server between two messages ignores it. */
async function cancel(statement: Promise<unknown>, marker: string, admin: pg.Pool): Promise<void> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  statement.then(over, over);
  while (!isOver) {
    await admin.query(
      `select pg_cancel_backend(pid) from pg_stat_activity
       where state = 'active' and pid <> pg_backend_pid() and query like '%/* ' || $1 || ' */'`,
      [marker],
    );
  }
}

/** A client belongs to the tenant it was checked out for, in whosever context it is used. */
function carryElsewhere(door: Door, lane: Lane): Promise<void> {
  return withClient(door, lane, (client) =>
    inForeignContext(lane.model.member, async () => {
      await askWho(async (text) => (await client.query(text)).rows, lane.model);
      await client.query('begin');
      await askWho(async (text) => (await client.query(text)).rows, lane.model);
      await client.query('commit');
    }),
  );
}

async function litter(
  { door, with: kind, inTransaction }: Extract<RawCommand, { command: 'litter' }>,
  lane: Lane,
): Promise<void> {
  const { model, world } = lane;
  const { schema, id } = neighbourOf(model.member).tenant;
  const text = {
    'temporary table': "create temp table books as select 0 as id, 'nobody' as title",
    path: `set search_path to ${schema}`,
    'path in a function': `select set_config('search_path', '${schema}', false)`,
    'tenant id': `set rowhouse.tenant_id to '${id}'`,
    'prepared statement': `prepare gossip as ${TITLES}`,
    'advisory lock': `select pg_try_advisory_lock(${model.member.base})`,
  }[kind];
  await withClient(door, lane, async (client) => {
    if (inTransaction) await client.query('begin');
    await askWho(async (question) => (await client.query(question)).rows, model);
    if (world.pooled) await rejects(client.query(text), { code: 'STATEMENT_REFUSED' });
    else await client.query(text);
    deepStrictEqual(
      (await client.query(TITLES)).rows,
      model.rows.books.map(({ title }) => ({ title })),
    );
    await askWho(async (question) => (await client.query(question)).rows, model);
    if (inTransaction) await client.query('commit');
  });
}
