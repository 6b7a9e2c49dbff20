import type { Catalog } from '@rowhouse/core';
import type { FleetActivity, FleetTenant, NoisyState } from './noisy-judge.js';
import type { Activity, TenantActivity } from './recent-activity.js';
import type { SeenShapes } from './statement-shapes.js';

/** Tenants of one report: those with the most database time, and those that are held back. */
const MOST_TENANTS = 20;
/** A report that is older is of an instance that has ended, or has nothing to do. */
export const REPORT_HOLDS = `interval '6 seconds'`;
/** The statement is given up after this time, with its connection. Milliseconds. */
const ANSWER_WITHIN_MS = 5_000;

/** What an instance says of itself. */
export interface ActivityReport {
  readonly activity: Activity;
  /** Connections that a tenant is held back to. */
  readonly throttled: ReadonlyMap<string, number>;
  /** By the tenant's id. */
  readonly statements: Readonly<Record<string, SeenShapes>>;
}

interface FleetRow {
  readonly now: Date;
  readonly sums: Pick<FleetActivity, 'databaseMs' | 'msWithoutTenant' | 'waiting'>;
  readonly tenants: readonly FleetTenant[] | null;
  readonly states: readonly Record<keyof NoisyState, string>[] | null;
}

/** Rows are locked in no order here, so none is waited for: who holds one does the same with it. */
const EXCHANGE = `
  with ended as (
    delete from rowhouse.activity_reports r where r.instance = any (array(
      select e.instance from rowhouse.activity_reports e
       where e.at < pg_catalog.now() - interval '1 minute' and e.instance <> $1 for update skip locked))
  ), seen as (
    update rowhouse.noisy_tenants t set seen_at = pg_catalog.now() where t.tenant_id = any (array(
      select s.tenant_id from rowhouse.noisy_tenants s
       where s.seen_at < pg_catalog.now() - interval '1 second' for update skip locked))
  ), own as (
    insert into rowhouse.activity_reports as r
      (instance, at, database_ms, ms_without_tenant, connections, waiting, capacity,
       tenant_ids, tenant_ms, tenant_connections, tenant_waiting, tenant_throttled, statements)
    values ($1, pg_catalog.now(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    on conflict (instance) do update set at = excluded.at, database_ms = excluded.database_ms,
      ms_without_tenant = excluded.ms_without_tenant, connections = excluded.connections, waiting = excluded.waiting,
      capacity = excluded.capacity, tenant_ids = excluded.tenant_ids, tenant_ms = excluded.tenant_ms,
      tenant_connections = excluded.tenant_connections, tenant_waiting = excluded.tenant_waiting,
      tenant_throttled = excluded.tenant_throttled, statements = excluded.statements
    returning *
  ), live as (
    select * from own
    union all
    select * from rowhouse.activity_reports r
     where r.instance <> $1 and r.at > pg_catalog.now() - ${REPORT_HOLDS}
  )
  select pg_catalog.date_trunc('milliseconds', pg_catalog.now()) as now,
    (select pg_catalog.jsonb_build_object('databaseMs', pg_catalog.sum(l.database_ms),
        'msWithoutTenant', pg_catalog.sum(l.ms_without_tenant), 'waiting', pg_catalog.sum(l.waiting)) from live l) as sums,
    (select pg_catalog.jsonb_agg(pg_catalog.to_jsonb(t))
       from (select u.id as "tenantId", pg_catalog.sum(u.ms) as "databaseMs", pg_catalog.sum(u.connections) as connections,
                    pg_catalog.sum(u.waiting) as waiting,
                    pg_catalog.max((l.connections + u.waiting) / greatest(l.capacity, 1)) as demand
               from live l, rows from (pg_catalog.unnest(l.tenant_ids), pg_catalog.unnest(l.tenant_ms),
                 pg_catalog.unnest(l.tenant_connections), pg_catalog.unnest(l.tenant_waiting)) as u (id, ms, connections, waiting)
              group by u.id order by pg_catalog.sum(u.ms) desc limit 100) as t) as tenants,
    (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('tenantId', n.tenant_id, 'overSince', n.over_since,
        'noisySince', n.noisy_since, 'underSince', n.under_since, 'seenAt', n.seen_at))
       from rowhouse.noisy_tenants n) as states`;

/** Writes what this instance does to the catalog, and reads what all do: one statement, one round trip. */
export async function exchangeActivity(
  catalog: Pick<Catalog, 'query'>,
  instance: string,
  { activity, throttled, statements }: ActivityReport,
): Promise<FleetActivity> {
  const { databaseMs, msWithoutTenant, connections, waiting, capacity } = activity;
  const tenants = reported(activity.tenants, throttled);
  const statement = {
    text: EXCHANGE,
    values: [
      instance,
      databaseMs,
      msWithoutTenant,
      connections,
      waiting,
      capacity,
      tenants.map(({ tenantId }) => tenantId),
      tenants.map((tenant) => tenant.databaseMs),
      tenants.map((tenant) => tenant.connections),
      tenants.map((tenant) => tenant.waiting),
      // 0 stands for none.
      tenants.map(({ tenantId }) => throttled.get(tenantId) ?? 0),
      JSON.stringify(statements),
    ],
    query_timeout: ANSWER_WITHIN_MS,
  };
  const { rows } = await catalog.query<FleetRow>(statement);
  const [row] = rows;
  if (!row) throw new Error('The catalog did not answer what the tenants do.');
  return {
    now: row.now,
    ...row.sums,
    tenants: row.tenants ?? [],
    states: (row.states ?? []).map(stateOf),
  };
}

function reported(
  tenants: readonly TenantActivity[],
  throttled: ReadonlyMap<string, number>,
): readonly TenantActivity[] {
  const none = { databaseMs: 0, connections: 0, waiting: 0 };
  const top = tenants.slice(0, MOST_TENANTS);
  const others = [...throttled.keys()].filter((id) => !top.some(({ tenantId }) => tenantId === id));
  return [
    ...top,
    ...others.map((id) => tenants.find(({ tenantId }) => tenantId === id) ?? { tenantId: id, ...none }),
  ];
}

function stateOf(row: Record<keyof NoisyState, string>): NoisyState {
  const time = (text: string | null) => (text === null ? null : new Date(text));
  return {
    tenantId: row.tenantId,
    overSince: new Date(row.overSince),
    noisySince: time(row.noisySince),
    underSince: time(row.underSince),
    seenAt: new Date(row.seenAt),
  };
}
