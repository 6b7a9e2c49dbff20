/** How far a purge is. */
export interface PurgeProgress {
  /** What is being removed: constraints between tables, then views and tables; or rows; then what is left. */
  readonly step: 'foreignKeys' | 'relations' | 'rows' | 'home';
  /** How many of them are gone. A purge that goes on from an earlier one counts from there. */
  readonly done: number;
}

export interface PurgeControl {
  /** Stops before the next batch. What is gone stays so, and the next purge goes on from there. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PurgeProgress) => void) | undefined;
}

export interface PurgeBatches {
  /** Tables that one transaction drops: each needs a dozen locks or more. */
  readonly tables: number;
  /** Rows that one statement deletes. */
  readonly rows: number;
}

/** A purge under way. */
export class PurgeCourse {
  readonly batches: PurgeBatches;
  readonly #control: PurgeControl;

  constructor(control: PurgeControl, batches: PurgeBatches) {
    this.#control = control;
    this.batches = batches;
  }

  /** To be called before each batch. @throws what the signal was aborted with. */
  throwIfAborted(): void {
    this.#control.signal?.throwIfAborted();
  }

  report(step: PurgeProgress['step'], done: number): void {
    this.#control.onProgress?.({ step, done });
  }
}
