import { counted } from '@rowhouse/core/internal';
import type { NowReport, StatementNow, TenantNow } from '@rowhouse/metrics/services';
import { table } from '../../shell/report.js';

/** What tenants can be ordered by. */
export const TOP_SORTS = ['time', 'connections', 'waiting'] as const;
export type TopSort = (typeof TOP_SORTS)[number];

const VALUES: Readonly<Record<TopSort, (tenant: TenantNow) => number>> = {
  time: ({ databaseMsPerSecond }) => databaseMsPerSecond,
  connections: ({ connections }) => connections,
  waiting: ({ waiting }) => waiting,
};

/** Statements of each tenant, and the characters of one. */
const STATEMENTS = 3;
const MAX_SHAPE = 100;

const HEAD = ['TENANT', 'SHARE', 'MS/S', 'CONNECTIONS', 'WAITING', 'STATE', 'OF IT', 'RUNNING', 'LONGEST'];

/** The same report, with the tenants in another order. */
export function sorted(report: NowReport, by: TopSort): NowReport {
  const valueIn = VALUES[by];
  return { ...report, tenants: [...report.tenants].sort((a, b) => valueIn(b) - valueIn(a)) };
}

export function topText(report: NowReport): string {
  const { asOf, instances, connections, capacity, waiting } = report;
  const sums = [
    asOf.toISOString(),
    counted(instances, 'instance'),
    `${connections.toFixed(1)} of ${counted(capacity, 'connection')}`,
    `${waiting.toFixed(1)} waiting`,
    `${whole(report.databaseMsPerSecond)} ms/s, ${whole(report.msPerSecondWithoutTenant)} of no tenant`,
  ].join('  ');
  if (report.tenants.length === 0) return `${sums}\n\nNo tenant does anything.`;
  return `${sums}\n\n${table([...HEAD, 'STATEMENT'], report.tenants.flatMap(rowsOf))}`;
}

function rowsOf(tenant: TenantNow): string[][] {
  const [first = [], ...others] = tenant.statements.slice(0, STATEMENTS).map(cellsOf);
  const own = [
    tenant.slug ?? tenant.tenantId,
    tenant.share === null ? '-' : percent(tenant.share),
    whole(tenant.databaseMsPerSecond),
    tenant.connections.toFixed(1),
    tenant.waiting.toFixed(1),
    stateOf(tenant),
  ];
  return [[...own, ...first], ...others.map((cells) => [...own.map(() => ''), ...cells])];
}

function cellsOf({ shape, share, running, longestMs }: StatementNow): string[] {
  const text = shape ?? '(not read)';
  return [
    percent(share),
    String(running),
    running === 0 ? '-' : `${(longestMs / 1_000).toFixed(1)} s`,
    text.length > MAX_SHAPE ? `${text.slice(0, MAX_SHAPE)}…` : text,
  ];
}

function stateOf({ noisySince, throttledTo }: TenantNow): string {
  if (!noisySince) return '-';
  return throttledTo === null ? 'noisy' : `noisy, throttled to ${throttledTo}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function whole(value: number): string {
  return String(Math.round(value));
}
