import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ServerSentEvent } from '@rowhouse/nestjs/operator';
import type { RunProgress, RunReport } from '../runs/run-types.js';

export interface RunEventTiming {
  /** How often to look at a run of this process. */
  readonly localPollMs: number;
  /** How often to look at a run of another process, which takes a query. */
  readonly catalogPollMs: number;
}

const TIMING: RunEventTiming = { localPollMs: 250, catalogPollMs: 1_000 };

/** A run stands in the catalog before its process is seen to be at work on it. */
const LOOKS_BEFORE_DEAD = 3;

/** How far a run is. Waves are known only of runs that this process works on. */
export type RunEventProgress = Omit<RunProgress, 'home' | 'wave' | 'waves'> & Partial<RunProgress>;

export interface RunEventSource {
  /** Of a run that this process works on. */
  readonly progress: () => RunProgress | undefined;
  /** As the catalog knows it. */
  readonly report: () => Promise<RunReport>;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

/**
 * The events of a run: `progress` while it goes on, then `end` with its report. A run whose process has died ends the
 * stream as well; its report says that it is not live.
 */
export async function* runEvents(
  { progress, report, signal }: RunEventSource,
  { localPollMs, catalogPollMs } = TIMING,
): AsyncGenerator<ServerSentEvent> {
  const watcher = new RemoteRunWatcher();
  let sent: RunEventProgress | undefined;
  while (!signal.aborted) {
    const local = progress();
    const known = local ? undefined : await report();
    if (known && watcher.seesEndOf(known)) {
      yield { event: 'end', data: known };
      return;
    }
    const data = local ?? (known && watcher.progressOf(known));
    if (data && !isDeepStrictEqual(data, sent)) yield { event: 'progress', data };
    sent = data;
    // An abort ends the wait, and the loop sees it.
    await delay(local ? localPollMs : catalogPollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Looks at a run again and again that this process does not work on. */
class RemoteRunWatcher {
  readonly #since = performance.now();
  #finishedBefore: number | undefined;
  #looksWithoutLife = 0;

  seesEndOf({ isLive, state }: RunReport): boolean {
    this.#looksWithoutLife = isLive ? 0 : this.#looksWithoutLife + 1;
    return state !== 'running' || this.#looksWithoutLife >= LOOKS_BEFORE_DEAD;
  }

  progressOf({ id = '', state, total, done, failed, skipped, pending }: RunReport): RunEventProgress {
    const finished = total - pending;
    this.#finishedBefore ??= finished;
    const seen = finished - this.#finishedBefore;
    const perSecond = seen === 0 ? 0 : (seen * 1_000) / (performance.now() - this.#since);
    const etaSeconds = perSecond > 0 ? pending / perSecond : undefined;
    return { runId: id, state, total, done, failed, skipped, pending, perSecond, etaSeconds };
  }
}
