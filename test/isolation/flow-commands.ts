import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { type Door, type Lane, throughDoor, withClient } from './doors.js';
import { expectOwn } from './marks.js';
import { askWho } from './steps.js';

/** Streams of rows, read to their end or abandoned half-way. */
export type FlowCommand = { readonly door: Door } & (
  | {
      readonly command: 'stream';
      readonly via: 'builder' | 'runner' | 'pg' | 'cursor';
      /** Abandoned after this many rows. */
      readonly take: number;
      /** Whether the client is used again after the stream. */
      readonly close: boolean;
    }
  | { readonly command: 'copyOut'; readonly abandon: boolean }
  | { readonly command: 'copyIn'; readonly abandon: boolean }
);

export const anyFlowCommand = (door: fc.Arbitrary<Door>): fc.Arbitrary<FlowCommand> =>
  fc.oneof(
    fc.record({
      command: fc.constant('stream' as const),
      door,
      via: fc.constantFrom('builder' as const, 'runner' as const, 'pg' as const, 'cursor' as const),
      take: fc.constantFrom(0, 1, 150, Number.MAX_SAFE_INTEGER),
      close: fc.boolean(),
    }),
    fc.record({ command: fc.constant('copyOut' as const), door, abandon: fc.boolean() }),
    fc.record({ command: fc.constant('copyIn' as const), door, abandon: fc.boolean() }),
  );

export function performFlow(command: FlowCommand, lane: Lane): Promise<void> {
  switch (command.command) {
    case 'stream':
      return stream(command, lane);
    case 'copyOut':
      return copyOut(command.abandon, command.door, lane);
    case 'copyIn':
      return copyIn(command.abandon, command.door, lane);
  }
}

const MANY = `select coalesce(b.title, 'none') as title, g from generate_series(1, 300) g
  left join (select min(title collate "C") as title from books) b on true`;

async function stream(command: Extract<FlowCommand, { command: 'stream' }>, lane: Lane): Promise<void> {
  const { door, via } = command;
  // TypeORM does not notice a stream that is abandoned before it is read, and keeps its connection.
  const take = via === 'builder' ? Math.max(command.take, 1) : command.take;
  const { model } = lane;
  const first = model.rows.books.map(({ title }) => title).sort(byBytes)[0] ?? 'none';
  const check = ({ title }: { title: string }) => strictEqual(expectOwn(model.member, title), first);
  let count = 0;
  if (via === 'cursor') count = await readCursor(command, lane, check);
  else if (via === 'pg') {
    await withClient(door, lane, async (client) => {
      count = await consume(client.query(new QueryStream(MANY, [], { batchSize: 20 })), take, check);
      // After a stream is closed, the client can be used again.
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
  { door, take, close }: Extract<FlowCommand, { command: 'stream' }>,
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
    const out = client.query(copyTo('copy (select title from books order by id) to stdout'));
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
  // PostgreSQL refuses COPY FROM for tables with row-level security (manual, COPY).
  const isRefused = model.member.tenant.isolation === 'row';
  const id = await withClient(door, lane, async (client) => {
    const sink = client.query(copyFrom('copy authors (name) from stdin'));
    if (abandon) {
      sink.write(`${name}\n`);
      sink.destroy();
      await finished(sink).catch(() => {});
      return undefined;
    }
    const copied = pipeline(Readable.from([`${name}\n`]), sink);
    if (isRefused) {
      await rejects(copied, { code: '0A000' });
      return undefined;
    }
    await copied;
    const { rows } = await client.query<{ id: number }>('select id from authors where name = $1', [name]);
    return rows[0]?.id;
  });
  if (id !== undefined) model.rows.authors.push({ id: model.accept('authors', id), name });
  else strictEqual(abandon || isRefused, true);
}
