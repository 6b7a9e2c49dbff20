import type { Catalog } from '@rowhouse/core';
import type { Registry } from 'prom-client';
import { BUCKETS, upperBoundMs } from '../latency-buckets.js';
import { EVERYTHING, METER_COLUMNS, METER_INDEX, type Meter, WITHOUT_TENANT } from '../meters.js';
import { DeploymentGauges } from './deployment-gauges.js';
import { Family, registryOf, type Sample } from './family.js';
import { TopLabels, type Values } from './top-labels.js';

/** Tenants with labels of their own, when the process starts. */
const LABELS = 20;

/** The label of all tenants without one of their own, and of what belongs to no tenant. */
const OTHERS = 'other';
const NONE = 'none';

const STORAGE_KINDS = ['table', 'index', 'toast'] as const;

/** A counter of one value for each tenant. */
interface CounterOf {
  readonly family: Family;
  readonly meters: ReadonlyArray<{
    readonly meter: Meter;
    readonly labels?: Readonly<Record<string, string>>;
  }>;
  /** What the meter is divided by. */
  readonly unit: number;
}

const SECOND = 1_000_000;

function counter(name: string, help: string, meter: Meter, unit = 1): CounterOf {
  return { family: new Family(`rowhouse_${name}_total`, help, 'counter'), meters: [{ meter }], unit };
}

function countersOf(): readonly CounterOf[] {
  return [
    {
      family: new Family('rowhouse_requests_total', 'HTTP requests by how they ended.', 'counter'),
      meters: [
        { meter: 'responses2xx', labels: { outcome: '2xx' } },
        { meter: 'responses3xx', labels: { outcome: '3xx' } },
        { meter: 'responses4xx', labels: { outcome: '4xx' } },
        { meter: 'responses5xx', labels: { outcome: '5xx' } },
        { meter: 'aborted', labels: { outcome: 'aborted' } },
      ],
      unit: 1,
    },
    counter('request_seconds', 'Time of requests, added up.', 'requestUs', SECOND),
    counter('statements', 'Statements that were sent.', 'statements'),
    counter('failed_statements', 'Statements that failed.', 'failedStatements'),
    counter('slow_statements', 'Statements that took longer than the threshold.', 'slowStatements'),
    counter('database_seconds', 'Time of statements, added up.', 'databaseUs', SECOND),
    counter('rows', 'Rows that came back, or were changed.', 'rows'),
    counter('pool_waits', 'Requests for a connection that were not served at once.', 'poolWaits'),
    counter('pool_wait_seconds', 'Time of such waits, added up.', 'poolWaitUs', SECOND),
    counter('pool_exhausted', 'Requests for a connection that got none.', 'poolExhausted'),
    {
      family: new Family(
        'rowhouse_query_cache_reads_total',
        "Results that were looked for in TypeORM's query cache.",
        'counter',
      ),
      meters: [
        { meter: 'cacheHits', labels: { result: 'hit' } },
        { meter: 'cacheMisses', labels: { result: 'miss' } },
      ],
      unit: 1,
    },
  ];
}

/** Values of gauges; null where they were not measured. */
type Gauged = readonly (string | null)[];

interface Row {
  readonly tenant_id: string;
  readonly slug: string | null;
  readonly is_top: boolean;
  readonly latency: readonly string[];
  readonly storage: Gauged;
  /** How many, and their bytes. */
  readonly files: Gauged;
  readonly [meter: string]: unknown;
}

/** One snapshot: the sums, the tenants that have labels, and those that did most. */
const SNAPSHOT = `with top as materialized (
    select t.tenant_id from rowhouse.metric_totals t where t.tenant_id not in ($1, $2)
     order by t.database_us desc, t.tenant_id limit $4
  )
  select t.*, n.slug, t.tenant_id in (select top.tenant_id from top) as is_top,
    array[s.table_bytes, s.index_bytes, s.toast_bytes] as storage, array[f.files, f.bytes] as files
    from rowhouse.metric_totals t
    left join rowhouse.tenants n on n.id = t.tenant_id
    left join (
      select m.tenant_id, m.table_bytes, m.index_bytes, m.toast_bytes from rowhouse.metric_storage m
      union all
      select $1, pg_catalog.sum(m.table_bytes)::pg_catalog.int8, pg_catalog.sum(m.index_bytes)::pg_catalog.int8,
        pg_catalog.sum(m.toast_bytes)::pg_catalog.int8 from rowhouse.metric_storage m
    ) as s on s.tenant_id = t.tenant_id
    left join (
      select m.tenant_id, m.files, m.bytes from rowhouse.metric_files m
      union all
      select $1, pg_catalog.sum(m.files)::pg_catalog.int8, pg_catalog.sum(m.bytes)::pg_catalog.int8 from rowhouse.metric_files m
    ) as f on f.tenant_id = t.tenant_id
   where t.tenant_id in ($1, $2) or t.tenant_id = any ($3) or t.tenant_id in (select top.tenant_id from top)
   order by t.database_us desc, t.tenant_id`;

/**
 * What all instances have counted, in the text format of Prometheus: every instance answers the same. Of some tenants each value has its own
 * series, the others are one; added up they are what all did.
 */
export class PrometheusMetrics {
  readonly #catalog: Pick<Catalog, 'query'>;
  readonly #counters = countersOf();
  readonly #durations = new Family(
    'rowhouse_request_duration_seconds',
    'Durations of all HTTP requests.',
    'histogram',
  );
  readonly #storage = new Family('rowhouse_storage_bytes', "What tenants' tables take on disk.", 'gauge');
  readonly #files = [
    new Family('rowhouse_files', 'Files of tenants.', 'gauge'),
    new Family('rowhouse_file_bytes', 'What the files of tenants take.', 'gauge'),
  ] as const;
  readonly #labels = new TopLabels(LABELS);
  readonly #deployment: DeploymentGauges;
  readonly #registry: Registry;

  constructor(catalog: Pick<Catalog, 'query'>) {
    this.#catalog = catalog;
    this.#deployment = new DeploymentGauges(catalog);
    this.#registry = registryOf([
      ...this.#counters.map(({ family }) => family),
      this.#durations,
      this.#storage,
      ...this.#files,
      ...this.#deployment.families,
    ]);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    await this.#deployment.read();
    const { rows } = await this.#catalog.query<Row>(SNAPSHOT, [
      EVERYTHING,
      WITHOUT_TENANT,
      this.#labels.ids,
      LABELS,
    ]);
    this.#fill(rows);
    // It reads the samples before it waits for anything.
    return this.#registry.metrics();
  }

  #fill(rows: readonly Row[]): void {
    const zeros = METER_COLUMNS.map(() => 0);
    const all = rows.find(({ tenant_id }) => tenant_id === EVERYTHING);
    const none = valuesOf(rows.find(({ tenant_id }) => tenant_id === WITHOUT_TENANT));
    const tenants = rows.filter(({ tenant_id }) => tenant_id !== EVERYTHING && tenant_id !== WITHOUT_TENANT);
    const { labelled, others } = this.#labels.show(
      valuesOf(all).map((value, index) => value - (none[index] ?? 0)),
      new Map(tenants.map((row) => [row.tenant_id, valuesOf(row)])),
      tenants.filter((row) => row.is_top).map((row) => row.tenant_id),
    );
    const names = new Map(tenants.map(({ tenant_id, slug }) => [tenant_id, labelOf(tenant_id, slug)]));
    const series: ReadonlyArray<readonly [label: string, values: Values]> = [
      ...[...labelled].map(([id, values]) => [names.get(id) ?? id, values] as const),
      [OTHERS, others],
      [NONE, none ?? zeros],
    ];
    for (const { family, meters, unit } of this.#counters) {
      family.samples = series.flatMap(([tenant, values]) =>
        meters.map(({ meter, labels }) => ({
          labels: { tenant, ...labels },
          value: (values[METER_INDEX[meter]] ?? 0) / unit,
        })),
      );
    }
    this.#durations.samples = durationsOf(all);
    const withLabels = tenants.filter(({ tenant_id }) => labelled.has(tenant_id));
    this.#storage.samples = STORAGE_KINDS.flatMap((kind, index) =>
      gaugesOf(withLabels, names, all, ({ storage }) => storage[index]).map(({ tenant, value }) => ({
        labels: { tenant, kind },
        value,
      })),
    );
    for (const [index, family] of this.#files.entries())
      family.samples = gaugesOf(withLabels, names, all, ({ files }) => files[index]).map(
        ({ tenant, value }) => ({
          labels: { tenant },
          value,
        }),
      );
  }
}

/** Series of tenants are named by the slug, unless it is the label of another series. */
function labelOf(id: string, slug: string | null): string {
  return slug === null || slug === OTHERS || slug === NONE ? id : slug;
}

function valuesOf(row: Row | undefined): Values {
  return METER_COLUMNS.map((column) => Number(row?.[column] ?? 0));
}

/** Cumulative counts, at each doubling. */
function durationsOf(row: Row | undefined): readonly Sample[] {
  const name = 'rowhouse_request_duration_seconds';
  const counts = (row?.latency ?? []).map(Number);
  const samples: Sample[] = [];
  let seen = 0;
  for (let bucket = 0; bucket < BUCKETS - 1; bucket += 1) {
    seen += counts[bucket] ?? 0;
    if (bucket % 4 === 0)
      samples.push({
        metricName: `${name}_bucket`,
        labels: { le: String(upperBoundMs(bucket) / 1_000) },
        value: seen,
      });
  }
  const total = seen + (counts[BUCKETS - 1] ?? 0);
  return [
    ...samples,
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: total },
    { metricName: `${name}_sum`, labels: {}, value: (valuesOf(row)[METER_INDEX.requestUs] ?? 0) / SECOND },
    { metricName: `${name}_count`, labels: {}, value: total },
  ];
}

/** The values of the tenants with labels, as far as they were measured, and what is left of the sum. */
function gaugesOf(
  rows: readonly Row[],
  names: ReadonlyMap<string, string>,
  all: Row | undefined,
  gaugeOf: (row: Row) => string | null | undefined,
): ReadonlyArray<{ readonly tenant: string; readonly value: number }> {
  const values = rows.flatMap((row) => {
    const value = gaugeOf(row);
    return value == null ? [] : [{ tenant: names.get(row.tenant_id) ?? row.tenant_id, value: Number(value) }];
  });
  const whole = all && gaugeOf(all);
  const rest = Number(whole ?? 0) - values.reduce((sum, { value }) => sum + value, 0);
  return [...values, { tenant: OTHERS, value: rest }];
}
