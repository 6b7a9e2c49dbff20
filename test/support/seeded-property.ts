import fc from 'fast-check';

/** Shrinking a counterexample stops after this long; so does a run, as a failure. A run takes seconds, on a busy machine minutes. */
const LIMIT_MS = 540_000;

export interface SeededRun {
  /** The prefix of the printed seed. */
  readonly name: string;
  /** How many examples are tried; the environment variable ROWHOUSE_RUNS asks for another number. */
  readonly runs: number;
}

/**
 * Checks a property and prints its seed, also when it holds.
 *
 * To repeat the same examples, set ROWHOUSE_SEED, and ROWHOUSE_SEED_PATH to begin at the counterexample. The timing of the
 * server does not depend on the seed, so a race may take a few attempts.
 *
 * @throws when it does not hold, with the settings that repeat the failure.
 */
export async function checkSeeded<T>(
  property: fc.IAsyncPropertyWithHooks<[T]>,
  { name, runs }: SeededRun,
): Promise<void> {
  const { ROWHOUSE_SEED: seed, ROWHOUSE_SEED_PATH: path, ROWHOUSE_RUNS: wantedRuns } = process.env;
  const result = await fc.check(property, {
    numRuns: wantedRuns ? Number(wantedRuns) : runs,
    interruptAfterTimeLimit: LIMIT_MS,
    markInterruptAsFailure: true,
    ...(seed ? { seed: Number(seed) } : {}),
    ...(path ? { path } : {}),
  });
  process.stdout.write(
    `${name}: ${result.failed ? 'FAILED' : 'held'} after ${result.numRuns} runs, seed ${result.seed}\n`,
  );
  if (!result.failed) return;
  throw new Error(
    `${name}\nRepeat with ROWHOUSE_SEED=${result.seed} ROWHOUSE_SEED_PATH=${result.counterexamplePath}\n` +
      (await fc.asyncDefaultReportMessage(result)),
    { cause: result.errorInstance },
  );
}
