import { setTimeout as delay } from 'node:timers/promises';
import type { RunProgress, RunReport } from '../runs/run-types.js';

export interface RunEventTiming {
  /** A comment is sent when there was nothing else for so long, lest a proxy takes the connection for dead. */
  readonly heartbeatMs: number;
  /** How often to look at a run of this process. */
  readonly localPollMs: number;
  /** How often to look at a run of another process, which takes a query. */
  readonly catalogPollMs: number;
}

const TIMING: RunEventTiming = { heartbeatMs: 15_000, localPollMs: 250, catalogPollMs: 1_000 };

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
 * A run as server-sent events (HTML standard, section 9.2): `progress` while it goes on, then `end` with its report. A run
 * that is waited for in vain, because its process has died, ends the stream as well; its report says that it is not live.
 */
export async function* runEvents(
  { progress, report, signal }: RunEventSource,
  { heartbeatMs, localPollMs, catalogPollMs } = TIMING,
): AsyncGenerator<string> {
  const outsider = new RemoteRunWatcher();
  let sent = '';
  let sentAt = performance.now();
  while (!signal.aborted) {
    const local = progress();
    const known = local ? undefined : await report();
    if (known && outsider.seesEndOf(known)) {
      yield eventText('end', known);
      return;
    }
    const event = eventText('progress', local ?? (known && outsider.progressOf(known)));
    const now = performance.now();
    if (event !== sent) {
      yield event;
      [sent, sentAt] = [event, now];
    } else if (now - sentAt >= heartbeatMs) {
      yield ': nothing new\n\n';
      sentAt = now;
    }
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

function eventText(name: 'progress' | 'end', data: object | undefined): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
