import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition, as long as the test may take. */
export async function until(isSo: () => unknown): Promise<void> {
  while (!(await isSo())) await delay(5);
}
