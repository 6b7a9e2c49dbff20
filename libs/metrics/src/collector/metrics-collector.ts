import type { ObservedStatement, PoolObserver } from '@rowhouse/core/internal';
import type { ObservedRequest, RequestObserver } from '@rowhouse/nestjs';
import { bucketOf } from '../latency-buckets.js';
import { METER_INDEX, WITHOUT_TENANT } from '../meters.js';
import { SlowStatements } from './slow-statements.js';
import { Tally } from './tally.js';

const MINUTE_MS = 60_000;
/** Looked up once, and not with every count. */
const {
  responses2xx,
  responses3xx,
  responses4xx,
  responses5xx,
  aborted,
  requestUs,
  statements,
  failedStatements,
  slowStatements,
  databaseUs,
  rows: rowsMeter,
  poolWaits,
  poolWaitUs,
  poolExhausted,
  cacheHits,
  cacheMisses,
} = METER_INDEX;
/** Minutes that wait for a flush beside the current one. Where there are more, the oldest become one, so that memory is bounded. */
const MOST_SEALED = 2;

/** What all tenants did in one minute. */
export interface MinuteTallies {
  /** Minutes since 1970. */
  readonly minute: number;
  /** By id of the tenant. */
  readonly tallies: ReadonlyMap<string, Tally>;
}

export interface MetricsCollectorOptions {
  /** A statement that takes longer is slow. Milliseconds. */
  readonly slowStatementMs: number;
  /** The id of the user who sent a request; `undefined` where there is none. */
  readonly userOf: (request: object) => string | undefined;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Counts what tenants do, in memory, between two flushes: one small array of numbers for each tenant that does something. A tenant
 * that does nothing takes no memory.
 */
export class MetricsCollector implements PoolObserver, RequestObserver {
  readonly #options: MetricsCollectorOptions;
  readonly #now: () => number;
  readonly #slow = new SlowStatements();
  #minute: number;
  #current = new Map<string, Tally>();
  #sealed: Array<{ minute: number; tallies: Map<string, Tally> }> = [];

  constructor(options: MetricsCollectorOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#minute = this.#minuteNow();
  }

  statement(key: string, { text, durationMs, rows, failed }: ObservedStatement): void {
    const tally = this.#tallyOf(key || WITHOUT_TENANT);
    const durationUs = Math.round(durationMs * 1_000);
    tally.add(statements, 1);
    tally.add(databaseUs, durationUs);
    tally.add(rowsMeter, rows);
    if (failed) tally.add(failedStatements, 1);
    if (durationMs <= this.#options.slowStatementMs) return;
    tally.add(slowStatements, 1);
    this.#slow.note(key || WITHOUT_TENANT, text, durationUs, rows);
  }

  waited(key: string, durationMs: number): void {
    const tally = this.#tallyOf(key || WITHOUT_TENANT);
    tally.add(poolWaits, 1);
    tally.add(poolWaitUs, Math.round(durationMs * 1_000));
  }

  exhausted(key: string): void {
    this.#tallyOf(key || WITHOUT_TENANT).add(poolExhausted, 1);
  }

  cacheRead(key: string, isHit: boolean): void {
    this.#tallyOf(key || WITHOUT_TENANT).add(isHit ? cacheHits : cacheMisses, 1);
  }

  ended({ tenant, status, durationMs, request }: ObservedRequest): void {
    const tally = this.#tallyOf(tenant?.id ?? WITHOUT_TENANT);
    tally.add(meterOf(status), 1);
    tally.add(requestUs, Math.round(durationMs * 1_000));
    tally.countLatency(bucketOf(durationMs));
    const user = tenant && this.#userOf(request);
    if (user !== undefined) tally.see(user);
  }

  /** Counts what the app has done for a tenant. */
  used(tenantId: string, meter: string, quantity: number): void {
    this.#tallyOf(tenantId).use(meter, quantity);
  }

  /** Hands out what was counted since the last call, minute by minute. */
  take(): readonly MinuteTallies[] {
    const taken = this.#current.size > 0 ? [...this.#sealed, this.#seal()] : this.#sealed;
    this.#sealed = [];
    return taken;
  }

  takeSlowStatements(): ReturnType<SlowStatements['take']> {
    return this.#slow.take();
  }

  #userOf(request: object): string | undefined {
    try {
      return this.#options.userOf(request);
    } catch {
      // The app's own function; the request has been answered.
      return undefined;
    }
  }

  #tallyOf(id: string): Tally {
    const minute = this.#minuteNow();
    if (minute !== this.#minute) this.#beginMinute(minute);
    let tally = this.#current.get(id);
    if (!tally) {
      tally = new Tally();
      this.#current.set(id, tally);
    }
    return tally;
  }

  #beginMinute(minute: number): void {
    if (this.#current.size > 0) this.#sealed.push(this.#seal());
    this.#minute = minute;
    if (this.#sealed.length <= MOST_SEALED) return;
    const [oldest, next] = this.#sealed;
    if (!oldest || !next) return;
    addTallies(next.tallies, oldest.tallies);
    this.#sealed.shift();
  }

  #seal(): { minute: number; tallies: Map<string, Tally> } {
    const tallies = this.#current;
    this.#current = new Map();
    return { minute: this.#minute, tallies };
  }

  #minuteNow(): number {
    return Math.floor(this.#now() / MINUTE_MS);
  }
}

function addTallies(to: Map<string, Tally>, from: ReadonlyMap<string, Tally>): void {
  for (const [id, tally] of from) {
    const known = to.get(id);
    if (!known) {
      to.set(id, tally);
      continue;
    }
    known.addAll(tally);
    for (const user of tally.users ?? []) known.see(user);
  }
}

function meterOf(status: number | undefined): number {
  if (status === undefined) return aborted;
  if (status < 300) return responses2xx;
  if (status < 400) return responses3xx;
  return status < 500 ? responses4xx : responses5xx;
}
