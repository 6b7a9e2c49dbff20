import type { Catalog } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { EVERYTHING, METER_COLUMNS, WITHOUT_TENANT } from '../meters.js';
import { usersIn } from '../user-sketch.js';
import { type Counts, countsOf, latencySum, SUMS, type SumsRow } from './counts.js';
import { type NowReport, readNow } from './now.js';
import { type SeriesQuery, seriesQuerySchema, timesOf } from './series.js';
import { type ServerFigures, serverFigures } from './server-figures.js';
import { type TopBy, type TopOver, valuesQuery } from './top.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SLOW_STATEMENTS = 20;

/** A tenant, as far as its metrics need it. */
interface TenantName {
  readonly id: string;
  readonly slug: string;
}

/** What one tenant did, or all of them. */
export interface Metrics {
  readonly asOf: Date;
  /** Since {@link Metrics.since}. */
  readonly ever: Counts;
  /** When counting began; `null` where nothing was counted yet. */
  readonly since: Date | null;
  readonly lastHour: Counts;
  /** The last 24 hours; with all of the hour in which they began. */
  readonly lastDay: Counts;
  /** Of the last whole minute, and of the last five. */
  readonly requestsPerSecond: { readonly oneMinute: number; readonly fiveMinutes: number };
  /** Users who sent requests. Up to 255 are counted, of more the number is estimated within some 6 %. Days are those of UTC. */
  readonly activeUsers: { readonly today: number; readonly thirtyDays: number };
  /** `null` where it was not measured, or cannot be. */
  readonly storage: Storage | null;
  /** `null` without `@rowhouse/files`, and where they were not counted yet. */
  readonly files: FileCount | null;
  /** `null` without `pg_stat_statements`, and for tenants that have no role in the server of the catalog. */
  readonly server: ServerFigures | null;
}

/** What a tenant's tables take on disk. */
export interface Storage {
  readonly tableBytes: number;
  readonly indexBytes: number;
  readonly toastBytes: number;
  readonly measuredAt: Date;
}

/** A tenant's files, those that are deleted and not yet removed among them. */
export interface FileCount {
  readonly count: number;
  readonly bytes: number;
  readonly measuredAt: Date;
}

/** Statements that took longer than the threshold and differ in values only. */
export interface SlowStatementReport {
  readonly id: string;
  /** Without values; `null` for all that could not be read, or were longer than 8,192 characters. */
  readonly shape: string | null;
  readonly calls: number;
  readonly averageMs: number;
  readonly maxMs: number;
  readonly rows: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

export interface TenantMetricsReport extends Metrics {
  readonly tenant: { readonly id: string; readonly slug: string };
  /** Those that took the most time, at most 20. */
  readonly slowStatements: readonly SlowStatementReport[];
  /** Of the catalog's jobs, now. */
  readonly jobs: { readonly waiting: number; readonly running: number; readonly failed: number };
}

export interface FleetMetricsReport extends Metrics {
  /** Tenants that did something in the last hour. */
  readonly activeTenants: number;
  /** What belongs to no tenant, which is part of all sums: requests without one, and statements of the system and of operators. */
  readonly withoutTenant: { readonly ever: Counts; readonly lastHour: Counts };
}

export interface TopTenant {
  readonly tenantId: string;
  /** `null` for a tenant that the catalog does not have. */
  readonly slug: string | null;
  readonly value: number;
  /** Of the sum over everything, 0 to 1; `null` where that is zero. */
  readonly share: number | null;
}

export interface SeriesPoint extends Counts {
  /** When the minute or the hour began. */
  readonly time: Date;
}

/**
 * What the instances of an app have counted, from the catalog: it is as old as the last flush of each. Series have minutes for 24 hours,
 * and hours for 30 days.
 */
export class TenantMetrics {
  readonly #catalog: Pick<Catalog, 'query'>;
  readonly #now: () => number;

  /** @param now - milliseconds since 1970; default `Date.now`. */
  constructor(catalog: Pick<Catalog, 'query'>, now: () => number = Date.now) {
    this.#catalog = catalog;
    this.#now = now;
  }

  async of({ id, slug }: TenantName): Promise<TenantMetricsReport> {
    const [metrics, slowStatements, jobs] = await Promise.all([
      this.#metricsOf(id),
      this.#slowStatementsOf(id),
      this.#jobsOf(id),
    ]);
    return { tenant: { id, slug }, ...metrics, slowStatements, jobs };
  }

  /** All tenants together, and what belongs to none. */
  async fleet(): Promise<FleetMetricsReport> {
    const [metrics, ever, lastHour, active] = await Promise.all([
      this.#metricsOf(EVERYTHING),
      this.#ever(WITHOUT_TENANT),
      this.#sums('metric_minutes', WITHOUT_TENANT, HOUR_MS),
      this.#catalog.query<{ count: string }>(
        `select pg_catalog.count(distinct t.tenant_id) as count from rowhouse.metric_minutes t
          where t.time > $1 and t.tenant_id not in ($2, $3)`,
        [new Date(this.#now() - HOUR_MS), EVERYTHING, WITHOUT_TENANT],
      ),
    ]);
    return {
      ...metrics,
      activeTenants: Number(active.rows[0]?.count ?? 0),
      withoutTenant: { ever: ever.counts, lastHour: countsOf(lastHour) },
    };
  }

  /** What the instances are doing: who uses the database, with which statements, and who is a noisy neighbour. */
  now(): Promise<NowReport> {
    return readNow(this.#catalog, this.#now);
  }

  /**
   * The tenants with the highest values; those with equal ones by their ids, those with none are left out.
   *
   * @param over - storage and files are always those of now.
   */
  async top(
    by: TopBy,
    { limit = 10, over = '1h' }: { limit?: number; over?: TopOver } = {},
  ): Promise<TopTenant[]> {
    const { text, values } = valuesQuery(by, over, this.#now());
    const first = values.length + 1;
    const { rows } = await this.#catalog.query<{
      tenant_id: string;
      slug: string;
      value: string;
      whole: string;
    }>(
      `with given as (${text})
       select g.tenant_id, n.slug, g.value,
         (select coalesce(pg_catalog.sum(w.value), 0) from given w where w.tenant_id <> $${first}) as whole
         from given g left join rowhouse.tenants n on n.id = g.tenant_id
        where g.value > 0 and g.tenant_id not in ($${first}, $${first + 1})
        order by g.value desc, g.tenant_id limit $${first + 2}`,
      [...values, EVERYTHING, WITHOUT_TENANT, limit],
    );
    return rows.map(({ tenant_id: tenantId, slug, value, whole }) => ({
      tenantId,
      slug,
      value: Number(value),
      share: Number(whole) > 0 ? Number(value) / Number(whole) : null,
    }));
  }

  /**
   * One point for each minute or hour, also for those in which nothing happened.
   *
   * @param tenant - left out: all together.
   * @throws {OptionsInvalidError}
   */
  async series(tenant: Pick<TenantName, 'id'> | undefined, query: SeriesQuery): Promise<SeriesPoint[]> {
    const parsed = parseOptions('TenantMetrics.series', seriesQuerySchema, query);
    const times = timesOf(parsed, this.#now());
    const { rows } = await this.#catalog.query<SumsRow & { time: Date }>(
      `select t.time, t.latency, ${METER_COLUMNS.map((column) => `t.${column}`).join(', ')}
         from rowhouse.${parsed.resolution === 'minute' ? 'metric_minutes' : 'metric_hours'} t
        where t.tenant_id = $1 and t.time = any ($2)`,
      [tenant?.id ?? EVERYTHING, times],
    );
    const byTime = new Map(rows.map((row) => [row.time.getTime(), row]));
    return times.map((time) => ({ time, ...countsOf(byTime.get(time.getTime()) ?? { latency: null }) }));
  }

  async #metricsOf(id: string): Promise<Metrics> {
    const now = this.#now();
    const [ever, lastHour, lastDay, perSecond, activeUsers, storage, files, server] = await Promise.all([
      this.#ever(id),
      this.#sums('metric_minutes', id, HOUR_MS),
      this.#sums('metric_hours', id, DAY_MS + HOUR_MS),
      this.#requestsPerSecond(id),
      this.#activeUsers(id),
      this.#storage(id),
      this.#files(id),
      serverFigures(this.#catalog, id),
    ]);
    return {
      asOf: new Date(now),
      ever: ever.counts,
      since: ever.since,
      lastHour: countsOf(lastHour),
      lastDay: countsOf(lastDay),
      requestsPerSecond: perSecond,
      activeUsers,
      storage,
      files,
      server,
    };
  }

  async #ever(id: string): Promise<{ counts: Counts; since: Date | null }> {
    const { rows } = await this.#catalog.query<SumsRow & { since: Date }>(
      'select * from rowhouse.metric_totals t where t.tenant_id = $1',
      [id],
    );
    const [row] = rows;
    return { counts: countsOf(row ?? { latency: null }), since: row?.since ?? null };
  }

  async #sums(table: 'metric_minutes' | 'metric_hours', id: string, ms: number): Promise<SumsRow> {
    const { rows } = await this.#catalog.query<SumsRow>(
      `with given as (select * from rowhouse.${table} t where t.tenant_id = $1 and t.time > $2)
       select ${SUMS}, ${latencySum('given')} from given t`,
      [id, new Date(this.#now() - ms)],
    );
    return rows[0] ?? { latency: null };
  }

  async #requestsPerSecond(id: string): Promise<Metrics['requestsPerSecond']> {
    const minute = Math.floor(this.#now() / MINUTE_MS);
    const points = await this.series(id === EVERYTHING ? undefined : { id }, {
      resolution: 'minute',
      from: new Date((minute - 5) * MINUTE_MS),
      to: new Date(minute * MINUTE_MS),
    });
    const five = points.reduce((sum, { requests }) => sum + requests, 0);
    return { oneMinute: (points.at(-1)?.requests ?? 0) / 60, fiveMinutes: five / 300 };
  }

  async #activeUsers(id: string): Promise<Metrics['activeUsers']> {
    const today = new Date(this.#now()).toISOString().slice(0, 10);
    const { rows } = await this.#catalog.query<{ is_today: boolean; hashes: readonly string[] }>(
      `select u.day = $2::pg_catalog.date as is_today, u.hashes from rowhouse.metric_users u
        where u.tenant_id = $1 and u.day > $2::pg_catalog.date - 30 and u.day <= $2::pg_catalog.date`,
      [id, today],
    );
    const ofToday = rows.filter((row) => row.is_today);
    return { today: usersInAny(ofToday), thirtyDays: usersInAny(rows) };
  }

  async #storage(id: string): Promise<Storage | null> {
    const { rows } = await this.#catalog.query<Record<'tables' | 'indexes' | 'toast', string> & { at: Date }>(
      `select pg_catalog.sum(t.table_bytes) as tables, pg_catalog.sum(t.index_bytes) as indexes,
         pg_catalog.sum(t.toast_bytes) as toast, pg_catalog.min(t.measured_at) as at
         from rowhouse.metric_storage t where t.tenant_id = $1 or $1 = $2 having pg_catalog.count(*) > 0`,
      [id, EVERYTHING],
    );
    const [row] = rows;
    if (!row) return null;
    return {
      tableBytes: Number(row.tables),
      indexBytes: Number(row.indexes),
      toastBytes: Number(row.toast),
      measuredAt: row.at,
    };
  }

  async #files(id: string): Promise<FileCount | null> {
    const { rows } = await this.#catalog.query<Record<'files' | 'bytes', string> & { at: Date }>(
      `select pg_catalog.sum(t.files) as files, pg_catalog.sum(t.bytes) as bytes, pg_catalog.min(t.measured_at) as at
         from rowhouse.metric_files t where t.tenant_id = $1 or $1 = $2 having pg_catalog.count(*) > 0`,
      [id, EVERYTHING],
    );
    const [row] = rows;
    return row ? { count: Number(row.files), bytes: Number(row.bytes), measuredAt: row.at } : null;
  }

  async #slowStatementsOf(id: string): Promise<readonly SlowStatementReport[]> {
    const { rows } = await this.#catalog.query<
      Record<'calls' | 'total_us' | 'max_us' | 'rows', string> & {
        id: string;
        shape: string | null;
        first_at: Date;
        last_at: Date;
      }
    >(
      `select s.* from rowhouse.metric_slow_statements s where s.tenant_id = $1
        order by s.total_us desc, s.id limit ${SLOW_STATEMENTS}`,
      [id],
    );
    return rows.map((row) => ({
      id: row.id,
      shape: row.shape,
      calls: Number(row.calls),
      averageMs: Number(row.total_us) / 1_000 / Number(row.calls),
      maxMs: Number(row.max_us) / 1_000,
      rows: Number(row.rows),
      firstAt: row.first_at,
      lastAt: row.last_at,
    }));
  }

  async #jobsOf(id: string): Promise<TenantMetricsReport['jobs']> {
    const { rows } = await this.#catalog.query<{ state: string; count: string }>(
      'select j.state, pg_catalog.count(*) as count from rowhouse.jobs j where j.tenant_id = $1 group by j.state',
      [id],
    );
    const of = (state: string) => Number(rows.find((row) => row.state === state)?.count ?? 0);
    return { waiting: of('waiting'), running: of('running'), failed: of('failed') };
  }
}

function usersInAny(rows: ReadonlyArray<{ readonly hashes: readonly string[] }>): number {
  return usersIn(rows.map(({ hashes }) => hashes.map(Number)));
}
