import { setTimeout as delay } from 'node:timers/promises';
import type { RunProgress, RunReport } from '../run-types.js';

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
  const rate = new Rate();
  let sent = '';
  let sentAt = performance.now();
  let looksWithoutLife = 0;
  while (!signal.aborted) {
    const local = progress();
    const known = local ?? (await report());
    if ('isLive' in known) {
      looksWithoutLife = known.isLive ? 0 : looksWithoutLife + 1;
      if (known.state !== 'running' || looksWithoutLife >= LOOKS_BEFORE_DEAD) {
        yield eventText('end', JSON.stringify(known));
        return;
      }
    }
    const data = JSON.stringify('isLive' in known ? rate.progressOf(known) : known);
    const now = performance.now();
    if (data !== sent) {
      yield eventText('progress', data);
      [sent, sentAt] = [data, now];
    } else if (now - sentAt >= heartbeatMs) {
      yield ': nothing new\n\n';
      sentAt = now;
    }
    // An abort ends the wait, and the loop sees it.
    await delay(local ? localPollMs : catalogPollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Finds out how fast a run is that another process works on, by looking at it again and again. */
class Rate {
  readonly #since = performance.now();
  #before: number | undefined;

  progressOf({ id = '', state, total, done, failed, skipped, pending }: RunReport): RunEventProgress {
    const finished = total - pending;
    this.#before ??= finished;
    const here = finished - this.#before;
    const perSecond = here === 0 ? 0 : (here * 1_000) / (performance.now() - this.#since);
    const etaSeconds = perSecond > 0 ? pending / perSecond : undefined;
    return { runId: id, state, total, done, failed, skipped, pending, perSecond, etaSeconds };
  }
}

function eventText(name: 'progress' | 'end', data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}
