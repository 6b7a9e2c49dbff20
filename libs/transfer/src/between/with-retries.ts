import { setTimeout as delay } from 'node:timers/promises';
import { isTransientLockError } from '@rowhouse/core/internal';
import { RowsChangedError, TransferRefusedError } from '../errors.js';

const ATTEMPTS = 10;
const PAUSE_MS = 200;

/**
 * Repeats `work` while others are in its way: locks, and rows that were changed since its snapshot.
 *
 * @throws {TransferRefusedError} when they still are after some attempts.
 */
export async function withRetries<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isTransientLockError(error) && !(error instanceof RowsChangedError)) throw error;
      if (attempt === ATTEMPTS)
        throw new TransferRefusedError(
          'The tables are in use: locks were not given, or rows were changed all the time. Try again, or set the tenants to maintenance.',
          error,
        );
      await delay(PAUSE_MS * Math.random(), undefined, { signal });
    }
  }
}
