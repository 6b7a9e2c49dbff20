import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MinuteTallies } from '../collector/metrics-collector.js';
import type { SlowStatement } from '../collector/slow-statements.js';
import { Tally } from '../collector/tally.js';
import { EVERYTHING } from '../meters.js';
import { sketchOf, smallestOf } from '../user-sketch.js';

/** Tenants of one statement. */
const TENANTS_PER_BATCH = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface TallyRow {
  readonly tenantId: string;
  /** When the minute or the hour began; epoch in rows of totals. */
  readonly time: Date;
  readonly tally: Tally;
}

export interface UsersRow {
  readonly tenantId: string;
  /** As `2026-01-31`. */
  readonly day: string;
  readonly hashes: readonly number[];
}

/** What the app has counted for a tenant in an hour. */
export interface UsageRow {
  readonly tenantId: string;
  readonly meter: string;
  readonly hour: Date;
  readonly quantity: number;
}

/** What one statement adds to the catalog; all of it once, or nothing. */
export interface FlushBatch {
  readonly seq: number;
  readonly minutes: readonly TallyRow[];
  readonly hours: readonly TallyRow[];
  readonly totals: readonly TallyRow[];
  readonly users: readonly UsersRow[];
  readonly usage: readonly UsageRow[];
  readonly slowStatements: readonly SlowStatement[];
}

/**
 * Cuts what was counted into batches of so many tenants in the order of their ids, each with its part of the sums of everything:
 * instances that flush at the same time wait for each other, and never in a circle. Between two batches requests get their
 * turn.
 *
 * @param nextSeq - numbers the batches.
 */
export async function batchesOf(
  minutes: readonly MinuteTallies[],
  slowStatements: readonly SlowStatement[],
  nextSeq: () => number,
): Promise<FlushBatch[]> {
  const ids = new Set(minutes.flatMap(({ tallies }) => [...tallies.keys()]));
  for (const { tenantId } of slowStatements) ids.add(tenantId);
  const sorted = [...ids].sort();
  const batches: FlushBatch[] = [];
  for (let first = 0; first < sorted.length; first += TENANTS_PER_BATCH) {
    const part = sorted.slice(first, first + TENANTS_PER_BATCH);
    await nextTurn();
    batches.push(batchOf(part, minutes, slowStatements, nextSeq()));
  }
  return batches;
}

function batchOf(
  tenantIds: readonly string[],
  minutes: readonly MinuteTallies[],
  slowStatements: readonly SlowStatement[],
  seq: number,
): FlushBatch {
  const sums = { minutes: new Sums(), hours: new Sums(), totals: new Sums() };
  const users = new Users();
  for (const tenantId of tenantIds) {
    for (const { minute, tallies } of minutes) {
      const tally = tallies.get(tenantId);
      if (!tally) continue;
      const at = minute * MINUTE_MS;
      const seen = tally.users && sketchOf(tenantId, tally.users);
      for (const id of [tenantId, EVERYTHING]) {
        sums.minutes.add(id, at, tally);
        sums.hours.add(id, at - (at % HOUR_MS), tally);
        sums.totals.add(id, 0, tally);
        if (seen) users.add(id, new Date(at).toISOString().slice(0, 10), seen);
      }
    }
  }
  const inBatch = new Set(tenantIds);
  return {
    seq,
    minutes: sums.minutes.rows(),
    hours: sums.hours.rows(),
    totals: sums.totals.rows(),
    users: users.rows(),
    usage: usageRows(sums.hours.rows()),
    slowStatements: slowStatements.filter(({ tenantId }) => inBatch.has(tenantId)),
  };
}

/** Tallies by tenant and time. What is added does not change any more. */
class Sums {
  readonly #rows = new Map<string, { readonly tenantId: string; readonly time: Date; tally: Tally }>();
  /** Those that this object has made; the others are as they were given. */
  readonly #own = new Set<Tally>();

  add(tenantId: string, timeMs: number, tally: Tally): void {
    const key = `${tenantId} ${timeMs}`;
    const row = this.#rows.get(key);
    if (!row) {
      this.#rows.set(key, { tenantId, time: new Date(timeMs), tally });
      return;
    }
    if (!this.#own.has(row.tally)) {
      const sum = new Tally();
      sum.addAll(row.tally);
      this.#own.add(sum);
      row.tally = sum;
    }
    row.tally.addAll(tally);
  }

  rows(): readonly TallyRow[] {
    return [...this.#rows.values()];
  }
}

/** Hashes of users by tenant and day. */
class Users {
  readonly #seen = new Map<
    string,
    { readonly tenantId: string; readonly day: string; readonly hashes: Set<number> }
  >();

  add(tenantId: string, day: string, hashes: readonly number[]): void {
    const key = `${tenantId} ${day}`;
    let row = this.#seen.get(key);
    if (!row) {
      row = { tenantId, day, hashes: new Set() };
      this.#seen.set(key, row);
    }
    for (const hash of hashes) row.hashes.add(hash);
  }

  rows(): readonly UsersRow[] {
    return Array.from(this.#seen.values(), ({ hashes, ...row }) => ({ ...row, hashes: smallestOf(hashes) }));
  }
}

function usageRows(hours: readonly TallyRow[]): readonly UsageRow[] {
  return hours
    .filter(({ tenantId }) => tenantId !== EVERYTHING)
    .flatMap(({ tenantId, time: hour, tally }) =>
      Array.from(tally.usage ?? [], ([meter, quantity]) => ({ tenantId, meter, hour, quantity })),
    );
}
