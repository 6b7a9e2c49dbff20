import { deepStrictEqual, rejects } from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { TenantContext } from '@rowhouse/core';
import fc from 'fast-check';
import { Book } from '../support/shop.js';
import { anyCacheCommand, type CacheCommand, performCacheCommand } from './cached-reads.js';
import { anyDoor, type Door, type Lane, throughDoor, throughPool } from './doors.js';
import { anyFailure, type Failure, performFailure } from './failures.js';
import { anyFlowCommand, type FlowCommand, performFlow } from './flow-commands.js';
import { expectOwn } from './marks.js';
import { anyRawCommand, performRaw, type RawCommand } from './raw-commands.js';
import { anyRecordCommand, type RecordCommand, saveRecord } from './record-commands.js';
import { anyStep, askWho, performStep, type Step } from './steps.js';
import { anyTransaction, performTransaction, type TransactionCommand } from './transactions.js';

/** One operation of a tenant. */
export type Command =
  | { readonly command: 'step'; readonly door: Door; readonly step: Step }
  | { readonly command: 'fail'; readonly door: Door; readonly with: Failure }
  | { readonly command: 'crowd'; readonly door: Door; readonly size: number }
  | { readonly command: 'lookLater'; readonly door: Door; readonly afterMs: number }
  | { readonly command: 'goWithoutContext' }
  | { readonly command: 'actAsSystem' }
  | CacheCommand
  | TransactionCommand
  | RawCommand
  | RecordCommand
  | FlowCommand;

/** A command, and how many turns of the event loop to wait before it. */
export interface Turn {
  readonly command: Command;
  readonly pause: number;
}

export const anyTurn: fc.Arbitrary<Turn> = fc.record({
  pause: fc.nat(3),
  command: fc.oneof(
    {
      arbitrary: fc.record({ command: fc.constant('step' as const), door: anyDoor, step: anyStep }),
      weight: 8,
    },
    { arbitrary: anyTransaction(anyDoor), weight: 5 },
    { arbitrary: anyRawCommand(anyDoor), weight: 4 },
    { arbitrary: anyFlowCommand(anyDoor), weight: 3 },
    { arbitrary: anyRecordCommand(anyDoor), weight: 2 },
    { arbitrary: anyCacheCommand(anyDoor), weight: 3 },
    {
      arbitrary: fc.record({ command: fc.constant('fail' as const), door: anyDoor, with: anyFailure }),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        command: fc.constant('crowd' as const),
        door: anyDoor,
        size: fc.integer({ min: 2, max: 5 }),
      }),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        command: fc.constant('lookLater' as const),
        door: anyDoor,
        afterMs: fc.nat(20),
      }),
      weight: 2,
    },
    { arbitrary: fc.constant({ command: 'goWithoutContext' as const }), weight: 1 },
    { arbitrary: fc.constant({ command: 'actAsSystem' as const }), weight: 1 },
  ),
});

export async function takeTurn({ command, pause }: Turn, lane: Lane): Promise<void> {
  for (let turns = 0; turns < pause; turns += 1) await turn();
  await settlesInTime(perform(command, lane), command);
}

/** Much longer than a command with its waiting time, and shorter than the pool's timeout. */
const STUCK_AFTER_MS = 20_000;

/** Reports the command that hangs, not those that wait for its connection. */
async function settlesInTime(done: Promise<void>, command: Command): Promise<void> {
  const { promise: stuck, resolve } = withResolvers<'stuck'>();
  const timer = setTimeout(resolve, STUCK_AFTER_MS, 'stuck');
  try {
    if ((await Promise.race([done, stuck])) === 'stuck') throw new Error(`stuck: ${JSON.stringify(command)}`);
  } finally {
    clearTimeout(timer);
  }
}

function perform(command: Command, lane: Lane): Promise<void> {
  const { model } = lane;
  switch (command.command) {
    case 'step':
      return throughDoor(command.door, lane, (dataSource) =>
        lane.world.inTransaction(command.door, () => performStep(command.step, dataSource.manager, model)),
      );
    case 'fail':
      return throughDoor(command.door, lane, ({ manager }) => performFailure(command.with, manager, model));
    case 'crowd':
      return crowd(command.size, command.door, lane);
    case 'lookLater':
      return lookLater(command.afterMs, command.door, lane);
    case 'goWithoutContext':
      return goWithoutContext(lane);
    case 'actAsSystem':
      return actAsSystem(lane);
    case 'readCached':
    case 'forget':
      return performCacheCommand(command, lane);
    case 'transaction':
    case 'abandon':
      return performTransaction(command, lane);
    case 'stream':
    case 'copyOut':
    case 'copyIn':
      return performFlow(command, lane);
    case 'saveRecord':
      return saveRecord(command, lane);
    default:
      return performRaw(command, lane);
  }
}

/** One tenant asks for more connections at once than there are. */
async function crowd(size: number, door: Door, lane: Lane): Promise<void> {
  const titles = lane.model.rows.books.map(({ title }) => ({ title }));
  const answers = await throughPool(door, lane, (pool) =>
    Promise.all(Array.from({ length: size }, () => pool.query('select title from books order by id'))),
  );
  for (const { rows } of answers) deepStrictEqual(expectOwn(lane.model.member, rows), titles);
}

/** A timer that outlives its operation. It may find newer data by then, but only the tenant's. */
async function lookLater(afterMs: number, door: Door, lane: Lane): Promise<void> {
  await throughDoor(door, lane, async (dataSource) => {
    const { promise, resolve } = withResolvers<Promise<void>>();
    setTimeout(() => resolve(look()), afterMs);
    lane.afterwards.push(promise);

    async function look(): Promise<void> {
      expectOwn(lane.model.member, await dataSource.manager.find(Book));
      await askWho((text) => dataSource.query(text), lane.model);
    }
  });
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((resolvePromise) => {
    resolve = resolvePromise;
  });
  return { promise, resolve };
}

async function goWithoutContext({ world: { registry, pool } }: Lane): Promise<void> {
  const missing = { code: 'TENANT_CONTEXT_MISSING' };
  await rejects(registry.ambient.manager.find(Book), missing);
  await rejects(registry.ambient.query('select title from books'), missing);
  await rejects(pool.query('select title from books'), missing);
}

async function actAsSystem({ world: { registry } }: Lane): Promise<void> {
  const rows = await TenantContext.runAsSystem('the property test looks around', () =>
    registry.ambient.query(
      "select current_schema() as schema, current_setting('rowhouse.tenant_id') as tenant, min(title) as title from books",
    ),
  );
  deepStrictEqual(rows, [{ schema: 'public', tenant: '', title: 'house-00 first' }]);
}
