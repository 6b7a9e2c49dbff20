/** @suite postgres15 */
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { copyIn, copyOut } from './copy-streams.js';

let database: TestDatabase;
let clients: pg.Client[];

beforeAll(async () => {
  database = await createTestDatabase();
  clients = await Promise.all(
    [1, 2, 3].map(async () => {
      const client = new pg.Client(database.url);
      await client.connect();
      return client;
    }),
  );
  await clients[0]?.query('create table notes (id int, text text)');
});
afterEach(async () => {
  for (const client of clients) await client.query('rollback');
  await clients[0]?.query('truncate notes');
});
afterAll(async () => {
  for (const client of clients) await client.end();
  await database.drop();
});

const LINES = Array.from({ length: 2_000 }, (_, id) => `${id}\t${'x'.repeat((id * 37) % 300)}\n`);

/** Pieces of a text; what reads them may go away early. */
function piecesOf(text: string, bytes: (at: number) => number, onReturn = () => {}): AsyncIterable<Buffer> {
  const content = Buffer.from(text);
  return (async function* () {
    try {
      for (let at = 0; at < content.length; ) {
        const end = at + bytes(at);
        yield content.subarray(at, end);
        at = end;
      }
    } finally {
      onReturn();
    }
  })();
}

it.each<[string, (at: number) => number]>([
  ['in pieces that end anywhere', () => 1_000],
  ['in pieces of a few bytes', (at) => 1 + (at % 13)],
  ['at once', () => Number.MAX_SAFE_INTEGER],
])('rows that come %s arrive whole, whoever writes them', async (_, bytes) => {
  for (const client of clients) await client.query('begin');
  expect(await copyIn(clients, 'notes', piecesOf(LINES.join(''), bytes))).toBe(LINES.length);
  for (const client of clients) await client.query('commit');
  const { rows } = await (clients[0] as pg.Client).query('select id, text from notes order by id');
  expect(rows.map(({ id, text }) => `${id}\t${text}\n`)).toEqual(LINES);
});

it('rows that end with their pieces are written by all', async () => {
  async function* pieces() {
    for (const line of LINES) yield Buffer.from(line.repeat(100));
  }
  for (const client of clients) await client.query('begin');
  expect(await copyIn(clients, 'notes', pieces())).toBe(LINES.length * 100);
  for (const client of clients) {
    const { rows } = await client.query('select count(*)::int as count from notes');
    expect(rows[0].count).toBeGreaterThan(0);
    expect(rows[0].count).toBeLessThan(LINES.length * 100);
  }
});

it('no rows are written at all', async () => {
  expect(
    await copyIn(
      clients,
      'notes',
      piecesOf('', () => 1),
    ),
  ).toBe(0);
});

it('a row that does not fit ends the work of all, and the source', async () => {
  const returned: boolean[] = [];
  const source = piecesOf(
    [...LINES, 'none\tx\n', ...LINES].join(''),
    () => 500,
    () => returned.push(true),
  );
  for (const client of clients) await client.query('begin');
  await expect(copyIn(clients, 'notes', source)).rejects.toMatchObject({ code: '22P02' });
  expect(returned).toEqual([true]);
});

it('a source that fails ends the work of all, with its error', async () => {
  const failure = new Error('the source is gone');
  async function* source() {
    for (const line of LINES) yield Buffer.from(line);
    throw failure;
  }
  for (const client of clients) await client.query('begin');
  await expect(copyIn(clients, 'notes', source())).rejects.toBe(failure);
});

it('who reads after the connection was lost gets the error', async () => {
  const client = new pg.Client(database.url);
  client.on('error', () => {});
  await client.connect();
  const rows = copyOut(client, 'select n from generate_series(1, 1000000) n');
  const lost = new Promise((resolve) => client.once('end', resolve));
  await new Promise((resolve) => rows.once('readable', resolve));
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  await lost;
  const read = async () => {
    for await (const _ of rows);
  };
  await expect(read()).rejects.toThrow('Connection terminated unexpectedly');
});
