import { randomUUID } from 'node:crypto';
import { type Catalog, TenantContext, type TenantPoolStats } from '@rowhouse/core';
import type { RunningStatement } from '@rowhouse/core/internal';
import { readNow } from '../reading/now.js';
import { exchangeActivity } from './activity-exchange.js';
import { type FleetActivity, judge, type NoisyThresholds, type NoisyVerdict } from './noisy-judge.js';
import { type NoisyDetail, NoisyLedger } from './noisy-ledger.js';
import { RecentActivity } from './recent-activity.js';
import { StatementShapes } from './statement-shapes.js';

/** Between two looks at what is under way, and between two reports. Milliseconds. */
const LOOK_EVERY_MS = 200;
const REPORT_EVERY_MS = 2_000;

/** The pools of this instance. */
export interface WatchedPools {
  running(): readonly RunningStatement[];
  stats(): { readonly pools: readonly TenantPoolStats[] };
  throttle(connections: ReadonlyMap<string, number>): void;
}

export interface ActivityWatchOptions {
  readonly catalog: Pick<Catalog, 'query'>;
  readonly pools: WatchedPools;
  readonly thresholds: NoisyThresholds;
  /** Connections that a tenant may have while it is noisy; `undefined` where it is not held back. */
  readonly noisyConcurrencyOf: (tenantId: string) => Promise<number | undefined>;
  /** Called when a report has failed, and the one before it has not. It must not throw. */
  readonly onProblem: (error: unknown) => void;
}

/** Taken at load, outside of everything. */
const outsideAnyContext = TenantContext.capture();

/**
 * Reports to the catalog what this instance does, learns what all do, decides with the others who is a noisy neighbour, and holds back
 * those whose plans say so. While the catalog cannot be reached nobody is held back.
 */
export class ActivityWatch {
  readonly #options: ActivityWatchOptions;
  readonly #instance = randomUUID();
  readonly #recent = new RecentActivity();
  readonly #shapes = new StatementShapes();
  readonly #ledger: NoisyLedger;
  #throttled: ReadonlyMap<string, number> = new Map();
  /** Whether there was something to tell or to learn at the last report. */
  #isAwake = true;
  #failure: unknown;
  #reporting: Promise<void> | undefined;
  #looks: NodeJS.Timeout | undefined;
  #reports: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: ActivityWatchOptions) {
    this.#options = options;
    this.#ledger = new NoisyLedger(options.catalog);
  }

  /** Why the last report has failed; `undefined` when it has not. */
  get failure(): unknown {
    return this.#failure;
  }

  /** A statement has ended. @param key - of a `PoolObserver`. */
  statement(key: string, durationMs: number): void {
    this.#recent.statement(key, durationMs);
  }

  start(): void {
    this.#looks = setInterval(() => outsideAnyContext(() => this.look()), LOOK_EVERY_MS).unref();
    this.#scheduleIn(Math.random() * REPORT_EVERY_MS);
  }

  /** Answers when the report that is under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#looks);
    clearTimeout(this.#reports);
    await this.#reporting;
  }

  /** Looks at what is under way now, as happens several times a second. */
  look(): void {
    const { pools } = this.#options;
    this.#recent.look(pools.running(), pools.stats().pools);
  }

  /** Reports, and does what follows from what all do, as happens every two seconds. It does not fail. */
  report(): Promise<void> {
    this.#reporting ??= this.#report()
      .then(
        () => {
          this.#failure = undefined;
        },
        (error: unknown) => {
          this.#throttle(new Map());
          this.#isAwake = true;
          if (this.#failure === undefined) this.#options.onProblem(error);
          this.#failure = error;
        },
      )
      .finally(() => {
        this.#reporting = undefined;
      });
    return this.#reporting;
  }

  async #report(): Promise<void> {
    const { catalog, pools } = this.#options;
    this.look();
    const running = pools.running();
    const { activity, texts } = this.#recent.cut();
    const isBusy = activity.databaseMs > 0 || activity.connections > 0 || activity.waiting > 0;
    // Whoever has nothing to tell, twice, leaves the catalog alone.
    if (!isBusy && !this.#isAwake) return;
    const ids = activity.tenants.map(({ tenantId }) => tenantId);
    const statements = await this.#shapes.of(ids, texts, running);
    const fleet = await exchangeActivity(catalog, this.#instance, {
      activity,
      throttled: this.#throttled,
      statements,
    });
    const noisy = await this.#decide(fleet);
    this.#isAwake = isBusy || noisy.length > 0 || fleet.states.length > 0;
    this.#throttle(await this.#connectionsOf(noisy));
  }

  /** @returns the ids of those who are noisy from now on. */
  async #decide(fleet: FleetActivity): Promise<readonly string[]> {
    const { now, states } = fleet;
    const verdicts = judge(fleet, this.#options.thresholds);
    for (const verdict of verdicts) await this.#ledger.write(verdict, now, () => this.#detailOf(verdict));
    const ofKind = (kind: NoisyVerdict['kind']) =>
      verdicts.filter((verdict) => verdict.kind === kind).map(({ tenantId }) => tenantId);
    const quiet = new Set(ofKind('quiet'));
    const were = states.filter(({ noisySince }) => noisySince).map(({ tenantId }) => tenantId);
    return [...were.filter((id) => !quiet.has(id)), ...ofKind('noisy')];
  }

  async #detailOf({ kind, tenantId, share, state }: NoisyVerdict): Promise<NoisyDetail> {
    if (kind === 'quiet') return { share, noisySince: state?.noisySince };
    const { tenants } = await readNow(this.#options.catalog);
    const statements = tenants.find((tenant) => tenant.tenantId === tenantId)?.statements ?? [];
    return {
      share,
      noisyConcurrency: (await this.#options.noisyConcurrencyOf(tenantId)) ?? null,
      statements: statements.map((each) => ({ shape: each.shape, share: each.share })),
    };
  }

  async #connectionsOf(noisy: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for (const id of noisy) {
      const connections = await this.#options.noisyConcurrencyOf(id);
      if (connections !== undefined) found.set(id, connections);
    }
    return found;
  }

  #throttle(connections: ReadonlyMap<string, number>): void {
    this.#throttled = connections;
    this.#options.pools.throttle(connections);
  }

  #scheduleIn(ms: number): void {
    this.#reports = setTimeout(() => {
      void outsideAnyContext(() => this.report()).then(() => {
        if (!this.#isClosed) this.#scheduleIn(REPORT_EVERY_MS);
      });
    }, ms).unref();
  }
}
