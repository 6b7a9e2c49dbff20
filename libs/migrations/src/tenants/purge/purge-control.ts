import { z } from 'zod';

/** How far a purge is. */
export interface PurgeProgress {
  /** What is being removed: constraints between tables, then views and tables; or rows; then what is left. */
  readonly step: 'foreignKeys' | 'relations' | 'rows' | 'home';
  /** How many of them are gone. A purge that goes on from an earlier one counts from there. */
  readonly done: number;
}

const purgeBatchesSchema = z.object({
  tablesPerBatch: z.int().min(1).max(1_000).default(20),
  rowsPerBatch: z.int().min(1).max(1_000_000).default(5_000),
});

export interface PurgeControl {
  /** Stops before the next batch. What is gone stays so, and the next purge goes on from there. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PurgeProgress) => void) | undefined;
  /** How many tables one transaction drops, 1 to 1,000. Default 20: each needs a dozen locks or more. */
  readonly tablesPerBatch?: number | undefined;
  /** How many rows one statement deletes, 1 to 1,000,000. Default 5,000. */
  readonly rowsPerBatch?: number | undefined;
}

/** A {@link PurgeControl} with everything decided. */
export interface PurgeCourse extends z.output<typeof purgeBatchesSchema> {
  /** To be called before each batch. @throws what the signal was aborted with. */
  throwIfAborted(): void;
  tell(step: PurgeProgress['step'], done: number): void;
}

/** @throws {z.ZodError} for sizes of batches that are none. */
export function courseOf({ signal, onProgress, ...batches }: PurgeControl): PurgeCourse {
  return {
    ...purgeBatchesSchema.parse(batches),
    throwIfAborted: () => signal?.throwIfAborted(),
    tell: (step, done) => onProgress?.({ step, done }),
  };
}
