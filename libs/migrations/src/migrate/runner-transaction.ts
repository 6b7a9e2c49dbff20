import type { QueryRunner } from 'typeorm';

/** Runs `work` in a transaction of the query runner. */
export async function inRunnerTransaction<T>(runner: QueryRunner, work: () => Promise<T>): Promise<T> {
  await runner.startTransaction();
  try {
    const result = await work();
    await runner.commitTransaction();
    return result;
  } catch (error) {
    // The first error is the one to report. On a broken connection the rollback fails too.
    await runner.rollbackTransaction().catch(() => {});
    throw error;
  }
}
