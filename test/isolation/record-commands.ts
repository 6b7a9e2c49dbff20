import { rejects } from 'node:assert/strict';
import { TenantContext } from '@rowhouse/core';
import fc from 'fast-check';
import { Book } from '../support/shop.js';
import { type Door, inForeignContext, type Lane, throughDoor } from './doors.js';

/** An active record that was loaded through some door writes itself: in another tenant's context in vain, then in its own. */
export interface RecordCommand {
  readonly command: 'saveRecord';
  readonly door: Door;
  readonly pick: number;
}

export const anyRecordCommand = (door: fc.Arbitrary<Door>): fc.Arbitrary<RecordCommand> =>
  fc.record({ command: fc.constant('saveRecord' as const), door, pick: fc.nat(9) });

export async function saveRecord({ door, pick }: RecordCommand, lane: Lane): Promise<void> {
  const { model } = lane;
  const expected = model.pickBook(pick);
  if (!expected) return;
  const book = await throughDoor(door, lane, ({ manager }) =>
    manager.findOneByOrFail(Book, { id: expected.id }),
  );
  const title = model.nextText('record');
  book.title = title;
  const elsewhere = { code: 'ISOLATION_VIOLATION' };
  await rejects(
    inForeignContext(model.member, () => book.save()),
    elsewhere,
  );
  await rejects(
    inForeignContext(model.member, () => book.reload()),
    elsewhere,
  );
  await TenantContext.run(model.member.tenant, () => book.save());
  expected.title = title;
}
