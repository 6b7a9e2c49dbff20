import { type BeforeApplicationShutdown, Logger } from '@nestjs/common';
import { ShuttingDownError } from './operator-errors.js';

/** How work reports how far it is, and learns that it has to stop. */
export interface WorkControl<Progress> {
  /** Aborted when the application shuts down: begin nothing more, finish what is under way. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Work that has begun. */
export interface BegunWork {
  /** `undefined` when there was nothing to do. */
  readonly id: string | undefined;
  readonly finished: Promise<unknown>;
}

/** What is known of work in this process. */
interface UnderWay<Progress> {
  readonly finished: Promise<unknown>;
  readonly progress: () => Progress | undefined;
}

/**
 * Work that goes on in this process after the request that began it was answered: runs of migrations, exports, moves.
 * A provider extends it, with a method for each way to begin. What the work has done is kept in the catalog, so that
 * any process can report on it ({@link reportOf}); this class knows what is under way here, and stops it gracefully.
 */
export abstract class BackgroundWork<Report, Progress = never> implements BeforeApplicationShutdown {
  readonly #logger = new Logger(this.constructor.name);
  readonly #shutdown = new AbortController();
  readonly #underWay = new Map<string, UnderWay<Progress>>();
  /** Begun, and not under way yet. */
  readonly #starting = new Set<Promise<unknown>>();

  /** A piece of work as any process knows it. */
  abstract reportOf(id: string): Promise<Report>;

  /** Aborted when the application shuts down. */
  get signal(): AbortSignal {
    return this.#shutdown.signal;
  }

  /** Whether this process works on it. */
  isUnderWay(id: string): boolean {
    return this.#underWay.has(id);
  }

  /** How far a piece of work is that this process works on. */
  progressOf(id: string): Progress | undefined {
    return this.#underWay.get(id)?.progress();
  }

  /** Stops what is under way, and waits for it. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#shutdown.abort();
    await Promise.allSettled(this.#starting);
    await Promise.allSettled([...this.#underWay.values()].map(({ finished }) => finished));
  }

  /**
   * Begins new work.
   *
   * @param start - answers when the work has an id by which {@link reportOf} finds it.
   * @throws {ShuttingDownError} and what `start` throws.
   */
  protected begin<Begun extends BegunWork>(
    start: (control: WorkControl<Progress>) => Promise<Begun>,
  ): Promise<Begun> {
    return this.#untilUnderWay(this.#begin(start));
  }

  async #begin<Begun extends BegunWork>(
    start: (control: WorkControl<Progress>) => Promise<Begun>,
  ): Promise<Begun> {
    const { control, progress } = this.#control();
    const begun = await start(control);
    const { id, finished } = begun;
    // A request with the same key may have begun the same work before.
    if (id !== undefined && !this.isUnderWay(id)) this.#watch(id, { finished, progress });
    return begun;
  }

  /**
   * Takes up work that has stopped before its end. Answers at its first progress, or at its end.
   *
   * @throws {ShuttingDownError} and what `work` throws before its first progress.
   */
  protected takeUp(id: string, work: (control: WorkControl<Progress>) => Promise<unknown>): Promise<Report> {
    return this.#untilUnderWay(this.#takeUp(id, work));
  }

  async #takeUp(id: string, work: (control: WorkControl<Progress>) => Promise<unknown>): Promise<Report> {
    const { control, progress, hasProgress } = this.#control();
    const finished = work(control);
    await Promise.race([hasProgress, finished]);
    this.#watch(id, { finished, progress });
    return this.reportOf(id);
  }

  #control() {
    if (this.signal.aborted) throw new ShuttingDownError();
    let latest: Progress | undefined;
    let noteProgress = () => {};
    const hasProgress = new Promise<void>((resolve) => {
      noteProgress = resolve;
    });
    const control: WorkControl<Progress> = {
      signal: this.signal,
      onProgress: (progress) => {
        latest = progress;
        noteProgress();
      },
    };
    return { control, progress: () => latest, hasProgress };
  }

  #watch(id: string, { finished, progress }: UnderWay<Progress>): void {
    const watched = finished
      .catch((error: unknown) => this.#logger.error(`${id} broke off; it can be taken up again.`, error))
      .finally(() => {
        if (this.#underWay.get(id) === entry) this.#underWay.delete(id);
      });
    const entry: UnderWay<Progress> = { finished: watched, progress };
    this.#underWay.set(id, entry);
  }

  #untilUnderWay<T>(starting: Promise<T>): Promise<T> {
    this.#starting.add(starting);
    return starting.finally(() => this.#starting.delete(starting));
  }
}
