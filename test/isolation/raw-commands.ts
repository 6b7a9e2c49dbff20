import { deepStrictEqual, rejects } from 'node:assert/strict';
import fc from 'fast-check';
import type pg from 'pg';
import { type Door, inForeignContext, type Lane, neighbourOf, throughPool, withClient } from './doors.js';
import { expectOwn } from './marks.js';
import { askWho } from './steps.js';

/** Operations of plain `pg`, and failures between a program and its server. */
export type RawCommand = { readonly door: Door } & (
  | { readonly command: 'query'; readonly how: 'promise' | 'callback' | 'named' | 'script' }
  | { readonly command: 'timeOut'; readonly by: 'client' | 'server' | 'cancel' }
  | { readonly command: 'carryElsewhere' }
  | { readonly command: 'litter'; readonly with: Litter; readonly inTransaction: boolean }
);

/** State that a statement leaves on its connection, which could affect the next user. */
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
    // A named statement exists in one server process, and a pooler may use another one.
    const name = how === 'named' && !world.pooled ? 'titles' : undefined;
    return (await pool.query({ name, text: TITLES })).rows;
  });
  deepStrictEqual(expectOwn(model.member, rows), titles);
}

/** The callback runs in the context of the code that released a connection; its queries must still be the caller's. */
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

const slow = (seconds: number) => `select (select min(title) from books) as title, pg_sleep(${seconds})`;

async function timeOut(by: 'client' | 'server' | 'cancel', door: Door, lane: Lane): Promise<void> {
  if (by === 'client') {
    // The server continues until the sleep ends: it does not notice that its client has gone.
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

/** Repeats the cancel request: the statement may not have arrived yet, and an idle server ignores the request. */
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

/** A client belongs to the tenant it was checked out for, whatever the context it is used in. */
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
