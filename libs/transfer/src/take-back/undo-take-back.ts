import type { Tenant } from '@rowhouse/core';
import { requireActor } from '@rowhouse/core/internal';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { historyOf } from '@rowhouse/migrations/internal';
import { TakeBackRefusedError } from '../errors.js';
import { changeLiveHome, transactionOf } from './change-live-home.js';
import type { TakeBackControl } from './take-back.js';
import { TakeBackRecords, UNDO_DAYS } from './take-back-record.js';

export interface UndoReport {
  /** When the rows were taken back that are now as before. */
  readonly takenAt: Date;
  /** The slug of the tenant that they were taken from. */
  readonly from: string;
  readonly tables: readonly string[];
}

/**
 * Undoes the last take back of a tenant, in one transaction: its rows become what they were before. Repeated, it undoes the one
 * before that.
 *
 * @throws {TakeBackRefusedError} and changes nothing, when there is none, when one of its rows has been changed since, and when the
 *   tables have been migrated since.
 */
export async function undoTakeBack(
  { deployment }: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
  { signal, by }: Pick<TakeBackControl, 'signal' | 'by'> = {},
): Promise<UndoReport> {
  requireActor(by);
  const { history, tables: except } = await historyOf(deployment, tenant);
  const records = await TakeBackRecords.open(deployment, tenant, signal);
  try {
    await records.prune();
    const last = await records.last();
    if (!last)
      throw new TakeBackRefusedError(
        `No rows were taken back for ${tenant.slug} that could be undone. A take back can be undone once, for ${UNDO_DAYS} days.`,
      );
    if (String(last.history) !== String(history))
      throw new TakeBackRefusedError(
        `The tables of ${tenant.slug} have been migrated since its rows were taken back. They stay as they are.`,
      );
    const names = last.tables.map(({ name }) => name);
    const choose = <T extends { readonly name: string }>(tables: readonly T[]) =>
      tables.filter(({ name }) => names.includes(name));
    await changeLiveHome(deployment, tenant, { except, choose, by, signal }, async (home) => {
      await records.undoneBy(last, await transactionOf(home));
      await home.apply(records.changesOf(last, home.tables, { isUndone: true }));
      signal?.throwIfAborted();
      return { action: 'rows.take_back_undone', after: { from: last.source, tables: names } };
    });
    // Its transaction says as well that it is undone.
    await records.forget(last).catch(() => {});
    return { takenAt: last.takenAt, from: last.source, tables: names };
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    await records.close();
  }
}
