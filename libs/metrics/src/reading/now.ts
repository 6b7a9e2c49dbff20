import type { Catalog } from '@rowhouse/core';
import { REPORT_HOLDS } from '../activity/activity-exchange.js';
import type { SeenShapes } from '../activity/statement-shapes.js';

/** Statements of a tenant that differ in values only. */
export interface StatementNow {
  /** Without values; `null` for all that could not be read, were longer than 8,192 characters, or are seldom. */
  readonly shape: string | null;
  /** Of the tenant's database time, 0 to 1: in so many looks out of all, five in a second, one was under way. */
  readonly share: number;
  /** Those under way when it was reported, and how long the longest had been. */
  readonly running: number;
  readonly longestMs: number;
}

export interface TenantNow {
  readonly tenantId: string;
  /** `null` for a tenant that the catalog does not have. */
  readonly slug: string | null;
  /** Database time in a second. */
  readonly databaseMsPerSecond: number;
  /** Of the database time of everything, 0 to 1; `null` where that is zero. */
  readonly share: number | null;
  /** Connections that it has, and requests that wait for one: means. */
  readonly connections: number;
  readonly waiting: number;
  /** `null` unless it is a noisy neighbour. */
  readonly noisySince: Date | null;
  /** The connections that it is held back to in each pool; `null` where it is not. */
  readonly throttledTo: number | null;
  /** Those that take the most of its time, at most 5. */
  readonly statements: readonly StatementNow[];
}

/** What all instances have done in the last four seconds. */
export interface NowReport {
  readonly asOf: Date;
  /** Instances that have something to do. */
  readonly instances: number;
  readonly databaseMsPerSecond: number;
  /** What belongs to no tenant, which is part of the sum: statements of the system and of operators. */
  readonly msPerSecondWithoutTenant: number;
  readonly connections: number;
  readonly waiting: number;
  /** Connections that the pools may open. */
  readonly capacity: number;
  /** Those with the most database time first, at most 20 of each instance. */
  readonly tenants: readonly TenantNow[];
}

interface ReportRow {
  readonly database_ms: number;
  readonly ms_without_tenant: number;
  readonly connections: number;
  readonly waiting: number;
  readonly capacity: number;
  readonly tenant_ids: readonly string[];
  readonly tenant_ms: readonly number[];
  readonly tenant_connections: readonly number[];
  readonly tenant_waiting: readonly number[];
  readonly tenant_throttled: readonly number[];
  readonly statements: Readonly<Record<string, SeenShapes>>;
}

const STATEMENTS = 5;

const REPORTS = `select r.* from rowhouse.activity_reports r where r.at > pg_catalog.now() - ${REPORT_HOLDS}`;
const NAMES = `select g.id, t.slug, n.noisy_since
  from (select pg_catalog.unnest($1::pg_catalog.uuid[]) as id union select n.tenant_id from rowhouse.noisy_tenants n where n.noisy_since is not null) g
  left join rowhouse.tenants t on t.id = g.id
  left join rowhouse.noisy_tenants n on n.tenant_id = g.id`;

/** Adds up what the instances have reported. */
export async function readNow(
  catalog: Pick<Catalog, 'query'>,
  now: () => number = Date.now,
): Promise<NowReport> {
  const { rows: reports } = await catalog.query<ReportRow>(REPORTS);
  const ids = [...new Set(reports.flatMap(({ tenant_ids }) => tenant_ids))];
  const { rows: names } = await catalog.query<{ id: string; slug: string | null; noisy_since: Date | null }>(
    NAMES,
    [ids],
  );
  const sum = (of: (report: ReportRow) => number) => reports.reduce((total, report) => total + of(report), 0);
  const databaseMsPerSecond = sum((report) => report.database_ms);
  const tenants = names.map(({ id, slug, noisy_since: noisySince }): TenantNow => {
    const own = reports.flatMap((report) => {
      const index = report.tenant_ids.indexOf(id);
      return index < 0 ? [] : [{ report, index }];
    });
    const added = (values: (report: ReportRow) => readonly number[]) =>
      own.reduce((total, { report, index }) => total + (values(report)[index] ?? 0), 0);
    const throttled = own.flatMap(({ report, index }) => report.tenant_throttled[index] || []);
    const ms = added((report) => report.tenant_ms);
    return {
      tenantId: id,
      slug,
      databaseMsPerSecond: ms,
      share: databaseMsPerSecond > 0 ? ms / databaseMsPerSecond : null,
      connections: added((report) => report.tenant_connections),
      waiting: added((report) => report.tenant_waiting),
      noisySince,
      throttledTo: throttled.length > 0 ? Math.min(...throttled) : null,
      statements: statementsOf(own.flatMap(({ report }) => report.statements[id] ?? [])),
    };
  });
  return {
    asOf: new Date(now()),
    instances: reports.length,
    databaseMsPerSecond,
    msPerSecondWithoutTenant: sum((report) => report.ms_without_tenant),
    connections: sum((report) => report.connections),
    waiting: sum((report) => report.waiting),
    capacity: sum((report) => report.capacity),
    tenants: tenants.sort(
      (a, b) => b.databaseMsPerSecond - a.databaseMsPerSecond || (a.tenantId < b.tenantId ? -1 : 1),
    ),
  };
}

function statementsOf(found: readonly SeenShapes[]): StatementNow[] {
  const seen = found.reduce((sum, each) => sum + each.seen, 0);
  const byShape = new Map<string | null, StatementNow>();
  for (const each of found.flatMap(({ shapes }) => shapes)) {
    const known = byShape.get(each.shape) ?? { shape: each.shape, share: 0, running: 0, longestMs: 0 };
    byShape.set(each.shape, {
      shape: each.shape,
      share: known.share + each.seen / seen,
      running: known.running + each.running,
      longestMs: Math.max(known.longestMs, each.longestMs),
    });
  }
  return [...byShape.values()].sort((a, b) => b.share - a.share).slice(0, STATEMENTS);
}
