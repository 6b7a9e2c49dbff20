/** The progress of a purge. */
export interface PurgeProgress {
  /** What is being removed: foreign keys, then views and tables; or rows; at the end the home itself. */
  readonly step: 'foreignKeys' | 'relations' | 'rows' | 'home';
  /** How many of them this call has removed. What an earlier, interrupted purge removed is not counted. */
  readonly done: number;
}

export interface PurgeControl {
  /** Stops the purge before its next batch. What has been removed stays removed; the next purge continues from there. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PurgeProgress) => void) | undefined;
  /**
   * Called with the rows of a table that is being removed, before that is committed; `null` where they cannot be counted.
   *
   * @param how - `exact`: in place of what was noted before. `atLeast`: an interrupted purge may have removed others.
   */
  readonly onCount?: (table: string, rows: number | null, how: 'exact' | 'atLeast') => Promise<void>;
}

export interface PurgeBatches {
  /** Tables that one transaction drops. Each takes a dozen locks or more. */
  readonly tables: number;
  /** Rows that one statement deletes. */
  readonly rows: number;
}

/** One purge in progress: its batch sizes, its cancellation and its progress reports. */
export class PurgeTask {
  readonly batches: PurgeBatches;
  readonly #control: PurgeControl;

  constructor(control: PurgeControl, batches: PurgeBatches) {
    this.#control = control;
    this.batches = batches;
  }

  /** Call it before each batch. @throws the reason that the signal was aborted with. */
  throwIfAborted(): void {
    this.#control.signal?.throwIfAborted();
  }

  /** Whether somebody wants to know what is removed. */
  get isCounting(): boolean {
    return this.#control.onCount !== undefined;
  }

  async counted(table: string, rows: number | null, how: 'exact' | 'atLeast'): Promise<void> {
    await this.#control.onCount?.(table, rows, how);
  }

  report(step: PurgeProgress['step'], done: number): void {
    this.#control.onProgress?.({ step, done });
  }
}
