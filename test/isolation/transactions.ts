import { deepStrictEqual, fail } from 'node:assert/strict';
import fc from 'fast-check';
import type { DataSource, EntityManager } from 'typeorm';
import { Author } from '../support/shop.js';
import { type Door, type Lane, throughDoor } from './doors.js';
import { anyFailure, type Failure, performFailure } from './failures.js';
import { anyStep, performStep, type Step } from './steps.js';
import type { TenantModel } from './tenant-model.js';

/** A transaction, or a savepoint inside one, and how it ends. */
export interface Block {
  readonly work: ReadonlyArray<Step | Block>;
  readonly end: 'commit' | 'roll back' | Failure;
}

/** `abandon` releases the connection while its transaction is open. */
export type TransactionCommand =
  | {
      readonly command: 'transaction';
      readonly door: Door;
      readonly isolation: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
      readonly block: Block;
    }
  | { readonly command: 'abandon'; readonly door: Door; readonly fails: boolean };

const anyBlock = fc.letrec<{ block: Block }>((tie) => ({
  block: fc.record({
    work: fc.array(
      fc.oneof({ maxDepth: 3 }, { arbitrary: anyStep, weight: 4 }, { arbitrary: tie('block'), weight: 1 }),
      {
        maxLength: 4,
      },
    ),
    end: fc.oneof(
      { arbitrary: fc.constant('commit' as const), weight: 3 },
      { arbitrary: fc.constant('roll back' as const), weight: 1 },
      { arbitrary: anyFailure, weight: 1 },
    ),
  }),
})).block;

export const anyTransaction = (door: fc.Arbitrary<Door>): fc.Arbitrary<TransactionCommand> =>
  fc.oneof(
    {
      arbitrary: fc.record({
        command: fc.constant('transaction' as const),
        door,
        isolation: fc.constantFrom(
          'READ COMMITTED' as const,
          'REPEATABLE READ' as const,
          'SERIALIZABLE' as const,
        ),
        block: anyBlock,
      }),
      weight: 4,
    },
    {
      arbitrary: fc.record({ command: fc.constant('abandon' as const), door, fails: fc.boolean() }),
      weight: 1,
    },
  );

export function performTransaction(command: TransactionCommand, lane: Lane): Promise<void> {
  return throughDoor(command.door, lane, (dataSource) =>
    command.command === 'abandon'
      ? abandon(dataSource, command.fails, lane.model)
      : untilSerializable(lane.model, () =>
          runBlock(command.block, lane.model, (work) => dataSource.transaction(command.isolation, work)),
        ),
  );
}

/**
 * Transactions of row tenants meet in the pages of one table, and PostgreSQL may then refuse one that would be right (manual,
 * 13.2.3 "Serializable Isolation Level": applications must be prepared to retry).
 */
async function untilSerializable(model: TenantModel, transaction: () => Promise<void>): Promise<void> {
  for (;;) {
    const before = model.snapshot();
    try {
      return await transaction();
    } catch (error) {
      if ((error as { code?: unknown }).code !== '40001') throw error;
      model.rows = before;
    }
  }
}

class RolledBack extends Error {}

async function runBlock(
  block: Block,
  model: TenantModel,
  begin: (work: (manager: EntityManager) => Promise<void>) => Promise<void>,
): Promise<void> {
  const before = model.snapshot();
  const done = begin(async (manager) => {
    for (const item of block.work) {
      if ('step' in item) await performStep(item, manager, model);
      else await runBlock(item, model, (work) => manager.transaction(work));
    }
    if (block.end === 'commit') return;
    if (block.end !== 'roll back') await performFailure(block.end, manager, model);
    throw new RolledBack();
  });
  if (block.end === 'commit') return done;
  await done.then(
    () => fail('the transaction was not rolled back'),
    (error: unknown) => {
      if (!(error instanceof RolledBack)) throw error;
    },
  );
  model.rows = before;
}

async function abandon(dataSource: DataSource, fails: boolean, model: TenantModel): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    await runner.manager.insert(Author, { name: model.nextText('never') });
    deepStrictEqual(await runner.manager.countBy(Author, {}), model.rows.authors.length + 1);
    if (fails) await performFailure('arithmetic', runner.manager, model);
  } finally {
    await runner.release();
  }
}
