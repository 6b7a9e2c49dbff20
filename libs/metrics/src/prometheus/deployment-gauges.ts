import type { Catalog } from '@rowhouse/core';
import { REPORT_HOLDS } from '../activity/activity-exchange.js';
import { Family } from './family.js';

/** Entries at the end of the audit trail that are verified each time. */
const AUDIT_ENTRIES = 100;

/** A gauge of one value. */
function gauge(name: string, help: string, sql: string) {
  return { family: new Family(`rowhouse_${name}`, help, 'gauge'), sql: `(${sql})::pg_catalog.float8` };
}

const age = (time: string) =>
  `greatest(0, coalesce(pg_catalog.date_part('epoch', pg_catalog.now() - pg_catalog.min(${time})), 0))`;

/** Each is read by an index, or from a table that has a row for each tenant or each backup. */
const GAUGES = [
  gauge(
    'instances',
    'Instances that have written what they counted in the last two and a half minutes.',
    `select pg_catalog.count(*) from rowhouse.metric_flushes f where f.at > pg_catalog.now() - interval '150 seconds'`,
  ),
  gauge(
    'jobs_due',
    'Jobs that could run now, and wait.',
    `select pg_catalog.count(*) from rowhouse.jobs j where j.state = 'waiting' and j.run_at <= pg_catalog.now()`,
  ),
  gauge(
    'jobs_due_seconds',
    'How long the oldest of them has waited.',
    `select ${age('j.run_at')} from rowhouse.jobs j where j.state = 'waiting' and j.run_at <= pg_catalog.now()`,
  ),
  gauge(
    'jobs_failed_last_hour',
    'Jobs that have failed for good in the last hour.',
    `select pg_catalog.count(*) from rowhouse.jobs j where j.state = 'failed' and j.ended_at > pg_catalog.now() - interval '1 hour'`,
  ),
  gauge(
    'webhook_deliveries_retried',
    'Deliveries of webhooks that have failed, and are tried again.',
    `select pg_catalog.count(*) from rowhouse.webhook_deliveries d where d.status = 'pending' and d.attempts > 0 and d.failure is not null`,
  ),
  gauge(
    'webhook_deliveries_due_seconds',
    'How long the oldest delivery that could be sent now has waited.',
    `select ${age('d.next_attempt_at')} from rowhouse.webhook_deliveries d where d.status = 'pending' and d.next_attempt_at <= pg_catalog.now()`,
  ),
  gauge(
    'webhook_deliveries_dead_last_hour',
    'Deliveries that were given up in the last hour.',
    `select pg_catalog.count(*) from rowhouse.webhook_deliveries d where d.status = 'dead' and d.ended_at > pg_catalog.now() - interval '1 hour'`,
  ),
  gauge(
    'backups_failing',
    'Scheduled backups that have failed since they last went well.',
    'select pg_catalog.count(*) from rowhouse.backup_schedule s where s.failures > 0',
  ),
  gauge(
    'backups_late',
    'Tasks of the schedule of backups that are a quarter of an hour late.',
    `select pg_catalog.count(*) from rowhouse.backup_schedule s where s.due_at < pg_catalog.now() - interval '15 minutes'`,
  ),
  gauge(
    'backups_broken',
    'Backups that are damaged, or have failed a test restore.',
    `select pg_catalog.count(*) from rowhouse.backup_files f where f.state = 'damaged' or (f.state = 'whole' and f.proof_error is not null)`,
  ),
  gauge(
    'backups_unproven_seconds',
    'The age of the oldest backup that waits for a test restore; 0 where there is no schedule for these.',
    `select case when exists (select from rowhouse.backup_schedule s where s.task = 'prove') then (
       select ${age('b.taken_at')} from rowhouse.backup_files f join rowhouse.backups b on b.file_id = f.id and b.state = 'complete'
        where f.state = 'whole' and f.proven_at is null) else 0 end`,
  ),
  gauge(
    'noisy_tenants',
    'Tenants that are noisy neighbours.',
    'select pg_catalog.count(*) from rowhouse.noisy_tenants n where n.noisy_since is not null',
  ),
  gauge(
    'throttled_tenants',
    'Of these, those that some instance holds back.',
    `select pg_catalog.count(distinct u.id) from rowhouse.activity_reports r,
       rows from (pg_catalog.unnest(r.tenant_ids), pg_catalog.unnest(r.tenant_throttled)) as u (id, throttled)
      where r.at > pg_catalog.now() - ${REPORT_HOLDS} and u.throttled > 0`,
  ),
  gauge(
    'audit_intact',
    `Whether the last ${AUDIT_ENTRIES} entries of the audit trail are the end of its chain: 1 or 0.`,
    `with ends as (
       select e.seq, e.hash, e.previous_hash, e.hash = rowhouse.audit_hash(e) as is_unchanged
         from rowhouse.audit_entries e order by e.seq desc limit ${AUDIT_ENTRIES}),
     look as (
       select e.*, pg_catalog.lag(e.hash) over w as hash_before, pg_catalog.lag(e.seq) over w as seq_before,
         pg_catalog.lead(e.seq) over w is null as is_last from ends e window w as (order by e.seq))
     select case when coalesce(pg_catalog.bool_and(l.is_unchanged
         and (l.seq_before is null or (l.previous_hash = l.hash_before and l.seq = l.seq_before + 1))
         and (not l.is_last or (l.seq = h.seq and l.hash = h.hash))), pg_catalog.bool_and(h.seq = coalesce(c.seq, 0))) then 1 else 0 end
       from rowhouse.audit_head h left join look l on true
       left join lateral (select t.seq from rowhouse.audit_checkpoints t order by t.seq desc limit 1) c on true`,
  ),
];

const READ = `select ${GAUGES.map(({ sql }, index) => `${sql} as g${index}`).join(',\n  ')},
  (select pg_catalog.json_object_agg(t.status, t.tenants) from (
     select t.status, pg_catalog.count(*) as tenants from rowhouse.tenants t group by 1) t) as tenants`;

/** What the catalog says of the whole deployment, beside what tenants do. */
export class DeploymentGauges {
  readonly #catalog: Pick<Catalog, 'query'>;
  readonly #tenants = new Family('rowhouse_tenants', 'Tenants of the catalog.', 'gauge');
  readonly #gauges = GAUGES.map(({ family: { name, help, type } }) => new Family(name, help, type));

  constructor(catalog: Pick<Catalog, 'query'>) {
    this.#catalog = catalog;
  }

  get families(): readonly Family[] {
    return [this.#tenants, ...this.#gauges];
  }

  async read(): Promise<void> {
    const { rows } = await this.#catalog.query<Record<string, unknown>>(READ);
    const row = rows[0] ?? {};
    for (const [index, family] of this.#gauges.entries())
      family.samples = [{ labels: {}, value: Number(row[`g${index}`] ?? 0) }];
    this.#tenants.samples = Object.entries(row['tenants'] ?? {}).map(([status, value]) => ({
      labels: { status },
      value: Number(value),
    }));
  }
}
