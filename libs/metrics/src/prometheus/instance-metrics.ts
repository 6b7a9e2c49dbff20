import type { TenantDirectory, TenantPoolStats } from '@rowhouse/core';
import type { DataSourceRegistry, HealthFinding, TenancyHealth } from '@rowhouse/nestjs';
import { Family, registryOf, type Sample } from './family.js';

/** Parts of an app. What is left out has no metrics. */
export interface InstanceParts {
  readonly health?: Pick<TenancyHealth, 'report'> | undefined;
  readonly directory?: Pick<TenantDirectory, 'stats'> | undefined;
  readonly registry?: Pick<DataSourceRegistry, 'stats'> | undefined;
}

const HEALTH: Readonly<Record<HealthFinding['status'], number>> = { up: 1, degraded: 0.5, down: 0 };

/** What only this instance of the app knows, in the text format of Prometheus. It asks the catalog nothing by itself. */
export class InstanceMetrics {
  readonly #parts: InstanceParts;
  readonly #health = new Family(
    'rowhouse_health',
    'What checks of health have found: 1 up, 0.5 degraded, 0 down.',
    'gauge',
  );
  readonly #lookUps = new Family(
    'rowhouse_tenant_lookups_total',
    'Look-ups of tenants by their answer.',
    'counter',
  );
  readonly #storeErrors = new Family(
    'rowhouse_tenant_store_errors_total',
    'Look-ups that have failed.',
    'counter',
  );
  readonly #held = new Family('rowhouse_tenants_held', 'Tenants in memory.', 'gauge');
  readonly #connections = new Family(
    'rowhouse_pool_connections',
    'Connections that act for tenants.',
    'gauge',
  );
  readonly #waiting = new Family(
    'rowhouse_pool_waiting',
    'Requests that wait for a connection now.',
    'gauge',
  );
  readonly #reads = new Family(
    'rowhouse_reads_total',
    'Reads that a replica could have served, by where they went: a replica, or the primary and why.',
    'counter',
  );
  readonly #lag = new Family(
    'rowhouse_replica_lag_seconds',
    'How far replicas are behind the primary; without those of which that is not known.',
    'gauge',
  );
  readonly #registry = registryOf([
    this.#health,
    this.#lookUps,
    this.#storeErrors,
    this.#held,
    this.#connections,
    this.#waiting,
    this.#reads,
    this.#lag,
  ]);

  constructor(parts: InstanceParts) {
    this.#parts = parts;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    const report = await this.#parts.health?.report();
    this.#health.samples = Object.entries(report?.checks ?? {}).map(([check, { status }]) => ({
      labels: { check },
      value: HEALTH[status],
    }));
    this.#fillLookUps();
    this.#fillPools();
    this.#fillReads();
    // It reads the samples before it waits for anything.
    return this.#registry.metrics();
  }

  #fillLookUps(): void {
    const stats = this.#parts.directory?.stats();
    if (!stats) return;
    const { hits, negativeHits, misses, staleHits, storeErrors, size } = stats;
    this.#lookUps.samples = labelled('answer', {
      hit: hits,
      negative_hit: negativeHits,
      miss: misses - staleHits,
      stale_hit: staleHits,
    });
    this.#storeErrors.samples = [{ labels: {}, value: storeErrors }];
    this.#held.samples = [{ labels: {}, value: size }];
  }

  #fillPools(): void {
    const pools = this.#parts.registry?.stats().pools.flatMap((pool) => [pool, ...pool.databases.values()]);
    if (!pools) return;
    const sum = (of: (pool: Pick<TenantPoolStats, 'total' | 'idle' | 'waiting'>) => number) =>
      pools.reduce((all, pool) => all + of(pool), 0);
    const idle = sum((pool) => pool.idle);
    this.#connections.samples = labelled('state', { busy: sum(({ total }) => total) - idle, idle });
    this.#waiting.samples = [{ labels: {}, value: sum(({ waiting }) => waiting) }];
  }

  #fillReads(): void {
    const reads = this.#parts.registry?.stats().reads;
    if (!reads) return;
    const { wrote, lag, failure, placement } = reads.onPrimary;
    const replica = reads.replicas.reduce((sum, each) => sum + each.reads, 0);
    this.#reads.samples = labelled('on', {
      replica,
      primary_wrote: wrote,
      primary_lag: lag,
      primary_failure: failure,
      primary_placement: placement,
    });
    this.#lag.samples = reads.replicas.flatMap(({ address, lagMs }) =>
      lagMs === undefined ? [] : [{ labels: { replica: address }, value: lagMs / 1_000 }],
    );
  }
}

function labelled(label: string, values: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
}
