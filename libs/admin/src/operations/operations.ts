import { randomUUID } from 'node:crypto';
import { Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { type Actor, type Catalog, withLogIds } from '@rowhouse/core';
import { lockKeyOf, messageOf } from '@rowhouse/core/internal';
import { BackgroundWork } from '@rowhouse/nestjs/operator';
import { OperationConflictError } from '../errors.js';
import type {
  MeasuredProgress,
  Operation,
  OperationControl,
  OperationKind,
  OperationProgress,
} from './operation.js';
import { OperationLedger, type OperationListing } from './operation-ledger.js';

/** How often operations that are under way here are looked up for a cancel or a pause. */
const STOP_POLL_MS = 500;
/** How often operations are looked for whose process is gone. */
const RESUME_EVERY_MS = 10_000;
/** How often progress is written at most. */
const PROGRESS_EVERY_MS = 500;

/** Why a process works on an operation: it is new, its process is gone or was paused, or it has failed before. */
type Beginning = 'start' | 'resume' | 'retry';

/**
 * Operations that are under way in this process, and all that the catalog knows. An operation whose process has died is resumed by
 * another; which process works on one is told by its lock, so that no two do.
 */
export class Operations extends BackgroundWork<Operation> implements OnApplicationBootstrap {
  readonly #log = new Logger(Operations.name);
  readonly #catalog: Catalog;
  readonly #ledger: OperationLedger;
  readonly #kinds: ReadonlyMap<string, OperationKind>;
  /** Of those under way here, by id. */
  readonly #stops = new Map<string, AbortController>();
  #timers: NodeJS.Timeout[] = [];

  constructor(catalog: Catalog, kinds: readonly OperationKind[]) {
    super();
    this.#catalog = catalog;
    this.#ledger = new OperationLedger(catalog);
    this.#kinds = new Map(kinds.map((kind) => [kind.name, kind]));
  }

  onApplicationBootstrap(): void {
    const every = (ms: number, work: () => Promise<void>) => {
      const timer = setInterval(() => void work().catch((error) => this.#log.warn(messageOf(error))), ms);
      timer.unref();
      this.#timers.push(timer);
    };
    every(STOP_POLL_MS, () => this.#noticeStops());
    every(RESUME_EVERY_MS, () => this.resumeAbandoned());
    void this.resumeAbandoned().catch((error) => this.#log.warn(messageOf(error)));
  }

  override async beforeApplicationShutdown(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await super.beforeApplicationShutdown();
  }

  /** @throws {OperationNotFoundError} */
  reportOf(id: string): Promise<Operation> {
    return this.#ledger.find(id);
  }

  list(listing: OperationListing): Promise<readonly Operation[]> {
    return this.#ledger.list(listing);
  }

  /**
   * Begins an operation. It answers when the operation is in the catalog.
   *
   * @param options.id - an operation with this id is returned as it is: for requests that are sent twice.
   */
  async start<Input>(
    kind: OperationKind<Input>,
    input: Input,
    { id = randomUUID(), tenantId, by }: { id?: string; tenantId?: string; by?: Actor | undefined } = {},
  ): Promise<Operation> {
    await this.begin(async () => {
      const isNew = await this.#ledger.create({ id, kind: kind.name, input, tenantId, by });
      return { id: isNew ? id : undefined, finished: isNew ? this.#work(id, 'start') : done };
    });
    return this.reportOf(id);
  }

  /**
   * Asks for the end of an operation: it stops before its next step, and what it has begun is undone. One that is paused ends at once.
   *
   * @throws {OperationConflictError} when it has ended, or its kind cannot be cancelled.
   */
  async cancel(id: string, by: Actor | undefined): Promise<Operation> {
    const { kind, state } = await this.reportOf(id);
    if (!this.#kinds.get(kind)?.cancel)
      throw new OperationConflictError('An operation of this kind cannot be cancelled.');
    await this.#ledger.requestCancel(id, by);
    if (state === 'paused') await this.#goOn(id);
    this.#stops.get(id)?.abort();
    return this.reportOf(id);
  }

  /**
   * Asks an operation to stop after what is under way, so that it can be gone on with later, by any process.
   *
   * @throws {OperationConflictError} when it is not running, or its kind cannot be paused.
   */
  async pause(id: string, by: Actor | undefined): Promise<Operation> {
    const { kind } = await this.reportOf(id);
    if (!this.#kinds.get(kind)?.canPause)
      throw new OperationConflictError('An operation of this kind cannot be paused.');
    await this.#ledger.requestPause(id, by);
    this.#stops.get(id)?.abort();
    return this.reportOf(id);
  }

  /**
   * Goes on with an operation that was paused.
   *
   * @throws {OperationConflictError} when it is not paused.
   */
  async resume(id: string, by: Actor | undefined): Promise<Operation> {
    await this.#ledger.resume(id, by);
    await this.#goOn(id);
    return this.reportOf(id);
  }

  /**
   * Does again what is left of an operation that has failed.
   *
   * @throws {OperationConflictError} when it has not failed, or its kind cannot be tried again.
   */
  async retry(id: string, by: Actor | undefined): Promise<Operation> {
    const { kind } = await this.reportOf(id);
    if (!this.#kinds.get(kind)?.retry)
      throw new OperationConflictError('An operation of this kind cannot be tried again.');
    await this.begin(async () => {
      await this.#ledger.reopen(id, by);
      return { id, finished: this.#work(id, 'retry') };
    });
    return this.reportOf(id);
  }

  /** Resumes operations whose process is gone. */
  async resumeAbandoned(): Promise<void> {
    for (const id of await this.#ledger.abandoned()) {
      if (this.isUnderWay(id) || this.signal.aborted) continue;
      await this.#goOn(id);
    }
  }

  async #goOn(id: string): Promise<void> {
    await this.begin(async () => ({ id, finished: this.#work(id, 'resume') }));
  }

  async #work(id: string, how: Beginning): Promise<void> {
    await this.#catalog.whileLocked(lockKeyOf('operation', id), async (lost) => {
      const { state, kind } = await this.#ledger.find(id);
      if (state !== 'running') return;
      const stop = new AbortController();
      const { cancel, canPause } = this.#kinds.get(kind) ?? {};
      if (cancel || canPause) this.#stops.set(id, stop);
      try {
        await withLogIds({ operationId: id }, () => this.#run(id, { how, stop: stop.signal, lost }));
      } finally {
        this.#stops.delete(id);
      }
    });
  }

  async #run(
    id: string,
    { how, stop, lost }: { how: Beginning; stop: AbortSignal; lost: AbortSignal },
  ): Promise<void> {
    const { kind: name, input, actor } = await this.#ledger.inputOf(id);
    const kind = this.#kinds.get(name);
    // Another release may know the kind.
    if (!kind) return;
    const notes = new Notes(this.#ledger, id);
    const control: OperationControl = {
      id,
      by: actor ?? undefined,
      isResumed: how !== 'start',
      signal: AbortSignal.any([this.signal, stop, lost]),
      onStep: (step) => notes.step(step),
      onProgress: (progress) => notes.progress(progress),
    };
    const end = async (outcome: Parameters<OperationLedger['end']>[1]) => {
      await this.#ledger.end(id, outcome);
      try {
        await kind.ended?.(kind.input.parse(input));
      } catch (error) {
        this.#log.warn(`${name} ${id} has ended, and was not cleaned up: ${messageOf(error)}`);
      }
    };
    /** @returns whether it was asked for, and is done. */
    const isStopped = async () => {
      const { isCancelRequested, isPauseRequested } = await this.#ledger.find(id);
      if (isCancelRequested && kind.cancel) {
        await kind.cancel(kind.input.parse(input), { ...control, signal: this.signal });
        await end({ state: 'cancelled' });
        return true;
      }
      if (isPauseRequested) await this.#ledger.pause(id);
      return isPauseRequested;
    };
    try {
      const parsed = kind.input.parse(input);
      if (how !== 'start' && (await isStopped())) return;
      const work = (how === 'retry' && kind.retry) || kind.run;
      const result = await work(parsed, control);
      await notes.written();
      await end({ state: 'succeeded', result: result ?? null });
    } catch (error) {
      await notes.written();
      // Somebody else goes on with it.
      if (this.signal.aborted || lost.aborted) return;
      if (stop.aborted && (await isStopped())) return;
      this.#log.warn(`${name} ${id} failed: ${messageOf(error)}`);
      await end({ state: 'failed', error: messageOf(error) });
    }
  }

  async #noticeStops(): Promise<void> {
    if (this.#stops.size === 0) return;
    for (const id of await this.#ledger.stopped([...this.#stops.keys()])) this.#stops.get(id)?.abort();
  }
}

const done = Promise.resolve();

/** Writes steps and progress in their order, progress not too often. A failure to write does not end the work. */
class Notes {
  readonly #ledger: OperationLedger;
  readonly #id: string;
  #writing: Promise<unknown> = Promise.resolve();
  #progressAt = 0;
  /** The first progress: a resumed operation does not begin at 0. */
  #first: { readonly at: number; readonly done: number } | undefined;
  /** Has not been written yet. */
  #latest: MeasuredProgress | undefined;

  constructor(ledger: OperationLedger, id: string) {
    this.#ledger = ledger;
    this.#id = id;
  }

  step(name: string): void {
    this.#write(() => this.#ledger.noteStep(this.#id, name));
  }

  progress(progress: OperationProgress): void {
    const now = performance.now();
    this.#first ??= { at: now, done: progress.done };
    this.#latest = measure(progress, this.#first, now);
    if (now - this.#progressAt >= PROGRESS_EVERY_MS) this.#writeProgress();
  }

  async written(): Promise<void> {
    this.#writeProgress();
    await this.#writing;
  }

  #writeProgress(): void {
    const progress = this.#latest;
    if (!progress) return;
    this.#latest = undefined;
    this.#progressAt = performance.now();
    this.#write(() => this.#ledger.noteProgress(this.#id, progress));
  }

  #write(write: () => Promise<void>): void {
    this.#writing = this.#writing.then(write).catch(() => {});
  }
}

function measure(
  progress: OperationProgress,
  first: { readonly at: number; readonly done: number },
  now: number,
): MeasuredProgress {
  const { done, total } = progress;
  const perSecond = now > first.at ? ((done - first.done) / (now - first.at)) * 1_000 : 0;
  return {
    ...progress,
    percent: total > 0 ? Math.floor((done / total) * 100) : 100,
    perSecond: Math.round(perSecond * 10) / 10,
    secondsLeft: perSecond > 0 ? Math.ceil((total - done) / perSecond) : null,
  };
}
