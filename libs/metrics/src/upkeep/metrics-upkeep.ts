import { type Catalog, TenantContext, type TenantStore } from '@rowhouse/core';
import { lockKeyOf } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/nestjs';
import { measureStorage } from './storage-sizes.js';

/** How often old rows are removed. Milliseconds. */
const EVERY_MS = 10 * 60_000;
/** The first time after a start, at most. Milliseconds. */
const FIRST_MS = 10_000;

/** A series of minutes or hours is kept whole, with the part of a unit that is not over. */
const REMOVE = [
  `delete from rowhouse.metric_minutes t where t.time < pg_catalog.now() - interval '25 hours'`,
  `delete from rowhouse.metric_hours t where t.time < pg_catalog.now() - interval '31 days'`,
  `delete from rowhouse.usage_counts t where t.hour < pg_catalog.now() - interval '31 days'`,
  `delete from rowhouse.metric_users t where t.day < current_date - 31`,
  `delete from rowhouse.metric_slow_statements t where t.last_at < pg_catalog.now() - interval '30 days'`,
  // Of each tenant, those stay that took the most time.
  `delete from rowhouse.metric_slow_statements t using (
     select s.tenant_id, s.id, pg_catalog.row_number() over (partition by s.tenant_id order by s.total_us desc, s.id) as place
       from rowhouse.metric_slow_statements s
      where s.tenant_id in (select tenant_id from rowhouse.metric_slow_statements group by 1 having pg_catalog.count(*) > 50)) as placed
    where placed.place > 50 and t.tenant_id = placed.tenant_id and t.id = placed.id`,
  `delete from rowhouse.metric_flushes t where t.at < pg_catalog.now() - interval '7 days'`,
  // A flush that did not see the purge may have come after it.
  `select rowhouse.drop_metrics_of(array(select p.tenant_id from rowhouse.metric_purged p))`,
  `delete from rowhouse.metric_purged p where p.at < pg_catalog.now() - interval '2 days'`,
];

const SINCE = 'pg_catalog.now() - pg_catalog.make_interval(secs => $1)';
const IS_DUE = `select not exists (select from rowhouse.metric_storage t where t.measured_at > ${SINCE})
  and not exists (select from rowhouse.metric_files t where t.measured_at > ${SINCE}) as due`;

export interface MetricsUpkeepOptions {
  readonly catalog: Catalog;
  readonly store: TenantStore;
  /** Left out, what tenants store is not measured. */
  readonly registry?: DataSourceRegistry | undefined;
  /** Time between two measurements of storage. Milliseconds. */
  readonly storageMs: number;
  /** Called with what failed; it is tried again. It must not throw. */
  readonly onProblem: (error: unknown) => void;
}

/** Taken at load, outside of everything. */
const outsideAnyContext = TenantContext.capture();

/** Removes what is too old, and measures storage: in one instance of the app at a time. */
export class MetricsUpkeep {
  readonly #options: MetricsUpkeepOptions;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: MetricsUpkeepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#scheduleIn(Math.random() * FIRST_MS);
  }

  /** Does what is due now, unless another instance is at it. */
  async run(): Promise<void> {
    const { catalog, storageMs, onProblem } = this.#options;
    try {
      await catalog.whileLocked(lockKeyOf('metrics', 'upkeep'), async (lost) => {
        for (const text of REMOVE) await catalog.query(text);
        // Half of the time between two looks is left for those that come a little early.
        const { rows } = await catalog.query<{ due: boolean }>(IS_DUE, [
          (storageMs - this.#everyMs / 2) / 1_000,
        ]);
        if (rows[0]?.due) await this.#measure(AbortSignal.any([lost, this.#closing.signal]));
      });
    } catch (error) {
      onProblem(error);
    }
  }

  /** Answers when what is under way has ended. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  get #everyMs(): number {
    return Math.min(EVERY_MS, this.#options.storageMs);
  }

  async #measure(signal: AbortSignal): Promise<void> {
    const { catalog, store, registry, onProblem } = this.#options;
    if (registry) await measureStorage({ catalog, store, registry, signal, onProblem });
  }

  #scheduleIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#running = outsideAnyContext(() => this.run()).then(() => {
        if (!this.#closing.signal.aborted) this.#scheduleIn(this.#everyMs * (0.9 + 0.2 * Math.random()));
      });
    }, ms).unref();
  }
}
