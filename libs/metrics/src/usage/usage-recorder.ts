import { type Catalog, TenantContext } from '@rowhouse/core';
import { lockKeyOf } from '@rowhouse/core/internal';
import { recordUsage } from './records/record-usage.js';
import type { OwnMeters } from './usage-meters.js';
import { BUILT_IN_METERS } from './usage-meters.js';

/** How often records are made. Milliseconds. */
const EVERY_MS = 60_000;

export interface UsageRecorderOptions {
  readonly catalog: Catalog;
  readonly meters: OwnMeters;
  /** Called with what failed; it is tried again. It must not throw. */
  readonly onProblem: (error: unknown) => void;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/** Taken at load, outside of everything. */
const outsideAnyContext = TenantContext.capture();

/** Makes records of usage, in one instance of the app at a time. */
export class UsageRecorder {
  readonly #options: UsageRecorderOptions;
  readonly #now: () => number;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: UsageRecorderOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** From the hour in which this is called for the first time in the deployment, usage is recorded. */
  async begin(): Promise<void> {
    const { catalog, meters } = this.#options;
    const units = Object.entries({ ...BUILT_IN_METERS, ...meters });
    await catalog.query('select rowhouse.begin_usage($1)', [new Date(this.#now())]);
    await catalog.query(
      `insert into rowhouse.usage_meters as m (name, unit)
         select g.name, g.unit from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) as g (name, unit)
          order by g.name
       on conflict (name) do update set unit = excluded.unit where m.unit <> excluded.unit`,
      [units.map(([name]) => name), units.map(([, unit]) => unit)],
    );
  }

  start(): void {
    this.#scheduleIn(Math.random() * EVERY_MS);
  }

  /** Records what is due now, unless another instance is at it. */
  async run(): Promise<void> {
    const { catalog, onProblem } = this.#options;
    try {
      await catalog.whileLocked(lockKeyOf('usage', 'records'), (lost) =>
        recordUsage(catalog, this.#now(), AbortSignal.any([lost, this.#closing.signal])),
      );
    } catch (error) {
      if (!this.#closing.signal.aborted) onProblem(error);
    }
  }

  /** Answers when what is under way has ended. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #scheduleIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#running = outsideAnyContext(() => this.run()).then(() => {
        if (!this.#closing.signal.aborted) this.#scheduleIn(EVERY_MS * (0.9 + 0.2 * Math.random()));
      });
    }, ms).unref();
  }
}
