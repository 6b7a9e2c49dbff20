import { TENANT_COLUMNS } from '@rowhouse/core/internal';

// The statements of OutboxQueue, in the catalog, and of a look, in the database of a tenant.

/** What one look takes at once. */
export const BATCH = 100;
const NOTES = 1_000;

/**
 * Leases up to $1 outboxes that are to be looked at, for $3 milliseconds; up to $2 of those whose last look has failed. A row of
 * job_outboxes is there only while somebody looks, and when that one has died or failed.
 */
export const CLAIM_OUTBOXES = `
with due as (
  select tenant_id, min(look_at) as at from rowhouse.job_outbox_notes where look_at <= statement_timestamp() group by tenant_id
  union all
  select tenant_id, lease_until from rowhouse.job_outboxes where lease_until <= statement_timestamp()),
ready as (
  select d.tenant_id, min(d.at) as at, coalesce(max(o.failures), 0) > 0 as is_failing
    from due d join rowhouse.tenants t on t.id = d.tenant_id and (t.isolation = 'database' or t.placement <> 'default')
     and t.status <> 'deleting'
    left join rowhouse.job_outboxes o on o.tenant_id = d.tenant_id
   where o.tenant_id is null or o.lease_until <= statement_timestamp()
   group by d.tenant_id),
chosen as (
  select tenant_id from (
    select tenant_id, at, is_failing, row_number() over (partition by is_failing order by at) as place from ready) r
   where place <= case when is_failing then $2::int8 else $1::int8 end
   order by is_failing, at limit $1::int8),
claimed as (
  insert into rowhouse.job_outboxes as o (tenant_id, lease, lease_until)
  select tenant_id, gen_random_uuid(), statement_timestamp() + $3 * interval '1 millisecond' from chosen order by tenant_id
  on conflict (tenant_id) do update set lease = excluded.lease, lease_until = excluded.lease_until
   where o.lease_until <= statement_timestamp()
  returning o.tenant_id, o.lease, o.moved, o.failures)
select c.lease, c.moved, c.failures, ${TENANT_COLUMNS} from claimed c join rowhouse.tenants t on t.id = c.tenant_id`;

/** Milliseconds until something is due that is not yet. */
export const NEXT_LOOK = `
select ceil(extract(epoch from least(
  (select min(look_at) from rowhouse.job_outbox_notes where look_at > statement_timestamp()),
  (select min(lease_until) from rowhouse.job_outboxes where lease_until > statement_timestamp())) - statement_timestamp()) * 1000)::float8 as ms`;

export const NOTES_OF = `
select seq, xid::text as xid from rowhouse.job_outbox_notes where tenant_id = $1 order by seq limit ${NOTES}`;

/** The same row is locked by whoever would take the lease. $3: the jobs that are moved in this transaction. */
export const MOVING = `
update rowhouse.job_outboxes set moved = $3, lease_until = statement_timestamp() + $4 * interval '1 millisecond'
 where tenant_id = $1 and lease = $2`;

/**
 * A job whose singleton key another one waits with is not made: that one does the work, after this transaction's end. The ids are
 * known only where a database was restored to a time before they were moved.
 */
export const MOVE = `
with made as (
  insert into rowhouse.jobs (id, tenant_id, name, data, run_at, urgency, retries, singleton_key)
  select o.id, $1, o.name, o.data::jsonb, coalesce(o.run_at, now()), o.urgency, o.retries, o.singleton_key
    from unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::int2[], $7::int2[], $8::text[]) with ordinality
      as o (id, name, data, run_at, urgency, retries, singleton_key, place)
   order by o.place
  on conflict do nothing
  returning run_at)
select pg_catalog.pg_notify('rowhouse_jobs', '') where exists (select from made where run_at <= now())`;

export const REMOVE_NOTES = 'delete from rowhouse.job_outbox_notes where seq = any($1::int8[])';

/**
 * Ends a look that found nothing more. $3: notes of transactions that have ended; $4: of those that have not, which are looked
 * for again when they are half as old again, up to 5 seconds later.
 */
export const FINISH = `
with mine as (delete from rowhouse.job_outboxes where tenant_id = $1 and lease = $2 returning tenant_id),
gone as (delete from rowhouse.job_outbox_notes n using mine where n.tenant_id = mine.tenant_id and n.seq = any($3::int8[]))
update rowhouse.job_outbox_notes n
   set look_at = statement_timestamp()
     + least(greatest((statement_timestamp() - n.noted_at) / 2, interval '20 milliseconds'), interval '5 seconds')
  from mine where n.tenant_id = mine.tenant_id and n.seq = any($4::int8[])`;

/** Ends a look before its end. */
export const RELEASE = `
update rowhouse.job_outboxes set lease_until = statement_timestamp() where tenant_id = $1 and lease = $2`;

/** Ends a look that has failed: the next one is after $3 milliseconds. */
export const FAILED = `
update rowhouse.job_outboxes set failures = failures + 1, lease_until = statement_timestamp() + $3 * interval '1 millisecond'
 where tenant_id = $1 and lease = $2`;

/**
 * In the database of the tenant $3, with one snapshot: its jobs in the outbox without those of $1, which have been moved and are deleted,
 * and which of the transactions $2 have ended, so that no job of theirs will come any more. A number that this server has not
 * reached is of another one, which the database was restored from.
 */
export const LOOK = `
with gone as (delete from rowhouse_jobs.outbox where id = any($1::pg_catalog.uuid[]))
select array(select x from pg_catalog.unnest($2::pg_catalog.text[]) x
              where pg_catalog.pg_visible_in_snapshot(x::pg_catalog.xid8, s.snapshot)
                 or x::pg_catalog.xid8 >= pg_catalog.pg_snapshot_xmax(s.snapshot)) as ended,
       o.id, o.name, o.data::pg_catalog.text as data, o.run_at as "runAt", o.urgency, o.retries, o.singleton_key as "singletonKey"
  from (select pg_catalog.pg_current_snapshot() as snapshot) s
  left join (select * from rowhouse_jobs.outbox
              where id <> all($1::pg_catalog.uuid[]) and (tenant_id = $3 or tenant_id is null) order by seq limit ${BATCH}) o on true
 order by o.seq`;

/** A job in the database of the tenant $2, as {@link MOVE} would make it now. */
export const FIND = `
select id, name, data, 0 - urgency as priority, singleton_key as "singletonKey", pg_catalog.statement_timestamp() as "createdAt",
       coalesce(run_at, pg_catalog.statement_timestamp()) as "runAt"
  from rowhouse_jobs.outbox where id = $1 and (tenant_id = $2 or tenant_id is null)`;
