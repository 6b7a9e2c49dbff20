import type { TenantPoolStats } from '@rowhouse/core';
import type { RunningStatement } from '@rowhouse/core/internal';

/** What one tenant did lately: database time in milliseconds a second, and means of what it had of the pools. */
export interface TenantActivity {
  readonly tenantId: string;
  readonly databaseMs: number;
  readonly connections: number;
  /** Requests that waited for a connection. */
  readonly waiting: number;
}

/** What an instance did lately, or all of them. The sums are of everything, tenants or not. */
export interface Activity {
  readonly databaseMs: number;
  readonly msWithoutTenant: number;
  readonly connections: number;
  readonly waiting: number;
  /** Connections that the pools may open. */
  readonly capacity: number;
  /** Those with the most database time first. */
  readonly tenants: readonly TenantActivity[];
}

/** In how many looks at a tenant's statements under way each text was found. A text is the empty string where it is too long to be kept. */
export type SeenTexts = ReadonlyMap<string, number>;

/** Characters. Longer texts have no shape. */
const MAX_TEXT = 8_192;
/** Texts that are told apart in one window, of all tenants. */
const MOST_TEXTS = 1_000;

/** A text as it is told apart from others. */
export function keptTextOf(text: string): string {
  return text.length > MAX_TEXT ? '' : text;
}

interface Use {
  connections: number;
  waiting: number;
}

/** What was found between two cuts. */
class Window {
  looks = 0;
  capacity = 0;
  readonly ms = new Map<string, number>();
  readonly use = new Map<string, Use>();
  readonly texts = new Map<string, Map<string, number>>();
  #texts = 0;

  constructor(readonly beganAt: number) {}

  addMs(key: string, ms: number): void {
    this.ms.set(key, (this.ms.get(key) ?? 0) + ms);
  }

  addUse(key: string, { connections, waiting }: Use): void {
    const known = this.use.get(key);
    if (!known) {
      this.use.set(key, { connections, waiting });
      return;
    }
    known.connections += connections;
    known.waiting += waiting;
  }

  see(key: string, text: string, times = 1): void {
    let seen = this.texts.get(key);
    if (!seen) {
      seen = new Map();
      this.texts.set(key, seen);
    }
    const known = seen.get(text);
    if (known === undefined) this.#texts += 1;
    if (known !== undefined || this.#texts <= MOST_TEXTS) seen.set(text, (known ?? 0) + times);
  }
}

/**
 * What this instance does at the moment: database time from every statement, with the part that those under way have run so far;
 * connections, waiting requests and texts from looks several times a second. It holds the last two windows.
 */
export class RecentActivity {
  readonly #now: () => number;
  #previous: Window | undefined;
  #current: Window;
  /** Until when statements under way were counted. */
  #countedUntil: number;

  /** @param now - a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#countedUntil = now();
    this.#current = new Window(this.#countedUntil);
  }

  /** A statement has ended. @param key - of a `PoolObserver`. */
  statement(key: string, durationMs: number): void {
    this.#current.addMs(key, Math.min(durationMs, Math.max(0, this.#now() - this.#countedUntil)));
  }

  /** Looks at what is under way now. */
  look(running: readonly RunningStatement[], pools: readonly TenantPoolStats[]): void {
    const window = this.#current;
    const now = this.#now();
    const sinceMs = now - this.#countedUntil;
    this.#countedUntil = now;
    window.looks += 1;
    for (const { key, text, ageMs } of running) {
      window.addMs(key, Math.min(ageMs, sinceMs));
      if (key) window.see(key, keptTextOf(text));
    }
    window.capacity = 0;
    for (const { max, tenants } of pools.flatMap((pool) => [pool, ...pool.databases.values()])) {
      window.capacity += max;
      for (const [key, { active, waiting }] of tenants) window.addUse(key, { connections: active, waiting });
    }
  }

  /** Begins a new window. @returns what was found in the last two, and the texts by tenant. To be called directly after a look. */
  cut(): { readonly activity: Activity; readonly texts: ReadonlyMap<string, SeenTexts> } {
    const now = this.#now();
    const windows = this.#previous ? [this.#previous, this.#current] : [this.#current];
    this.#previous = this.#current;
    this.#current = new Window(now);
    const all = new Window(windows[0]?.beganAt ?? now);
    for (const { looks, capacity, ms, use, texts } of windows) {
      all.looks += looks;
      all.capacity = capacity;
      for (const [key, amount] of ms) all.addMs(key, amount);
      for (const [key, amounts] of use) all.addUse(key, amounts);
      for (const [key, seen] of texts) for (const [text, times] of seen) all.see(key, text, times);
    }
    return { activity: activityOf(all, (now - all.beganAt) / 1_000), texts: all.texts };
  }
}

function activityOf({ ms, use, looks, capacity }: Window, seconds: number): Activity {
  const rate = (amount: number) => (seconds > 0 ? amount / seconds : 0);
  const mean = (amount: number) => (looks > 0 ? amount / looks : 0);
  const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
  const tenants = [...new Set([...ms.keys(), ...use.keys()])]
    .filter((key) => key !== '')
    .map((tenantId) => ({
      tenantId,
      databaseMs: rate(ms.get(tenantId) ?? 0),
      connections: mean(use.get(tenantId)?.connections ?? 0),
      waiting: mean(use.get(tenantId)?.waiting ?? 0),
    }))
    .sort((a, b) => b.databaseMs - a.databaseMs || (a.tenantId < b.tenantId ? -1 : 1));
  const uses = [...use.values()];
  return {
    databaseMs: rate(sum([...ms.values()])),
    msWithoutTenant: rate(ms.get('') ?? 0),
    connections: mean(sum(uses.map(({ connections }) => connections))),
    waiting: mean(sum(uses.map(({ waiting }) => waiting))),
    capacity,
    tenants,
  };
}
