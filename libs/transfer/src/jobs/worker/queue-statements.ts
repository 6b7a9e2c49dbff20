import { TENANT_COLUMNS } from '@rowhouse/core/internal';
import { RESERVED_KEYS } from '../job.js';

// The statements of JobQueue.

/** Rows that one statement of a sweep takes. */
export const SWEPT_AT_ONCE = 1_000;

/** A claim waits so long for another one of the same name, which may have been frozen in the middle. Milliseconds. */
export const CLAIM_SETTINGS = `set transaction isolation level read committed;
  set local lock_timeout = 10000; set local idle_in_transaction_session_timeout = 10000`;

export const DUE = `
select n as name from unnest($1::text[]) n
 where exists (select from rowhouse.jobs j where j.name = n and j.state = 'waiting' and j.run_at <= statement_timestamp())`;

/**
 * Takes up to $2 jobs named $1, tenant by tenant in turn (start-time fair queueing): of each tenant as if its next job started at its
 * turn, or at the pass of the queue if that is later, and each further one a unit later. Those with the earliest starts are taken. It
 * reads as many index entries as there are tenants with jobs, however many jobs those have; `heads` steps from the first job of
 * each tenant and urgency to the next.
 *
 * Tenants that are not active are passed over, and so are those with $3 jobs at work. The row of the queue is locked: nobody else
 * counts or takes jobs of this name meanwhile.
 */
export const CLAIM = `
with recursive heads (tenant_id, urgency, run_at) as (
  (select j.tenant_id, j.urgency, j.run_at from rowhouse.jobs j
    where j.name = $1 and j.state = 'waiting' order by j.tenant_id, j.urgency, j.run_at limit 1)
  union all
  select n.tenant_id, n.urgency, n.run_at from heads h cross join lateral (
    select j.tenant_id, j.urgency, j.run_at from rowhouse.jobs j
     where j.name = $1 and j.state = 'waiting' and (j.tenant_id, j.urgency) > (h.tenant_id, h.urgency)
     order by j.tenant_id, j.urgency, j.run_at limit 1) n),
due as materialized (select * from heads where run_at <= statement_timestamp()),
running as materialized (
  select tenant_id, count(*) as jobs from rowhouse.jobs where name = $1 and state = 'running' group by tenant_id),
next as materialized (
  select d.tenant_id, greatest(q.pass, u.pass) as pass, least($3::int8 - coalesce(r.jobs, 0), $2::int8) as room
    from (select tenant_id, min(run_at) as run_at from due group by tenant_id) d
    join rowhouse.tenants t on t.id = d.tenant_id and t.status = 'active'
    join rowhouse.job_queues q on q.name = $1
    left join rowhouse.job_turns u on u.name = $1 and u.tenant_id = d.tenant_id
    left join running r on r.tenant_id = d.tenant_id
   where $3::int8 is null or coalesce(r.jobs, 0) < $3::int8
   order by 2, d.run_at, d.tenant_id limit $2::int8),
candidates as (
  select j.id, j.run_at, j.seq, n.tenant_id, n.pass, n.room,
         row_number() over (partition by n.tenant_id order by d.urgency, j.run_at, j.seq) - 1 as place
    from next n join due d on d.tenant_id = n.tenant_id
    cross join lateral (
      select j.id, j.run_at, j.seq from rowhouse.jobs j
       where j.name = $1 and j.state = 'waiting' and j.tenant_id = d.tenant_id and j.urgency = d.urgency
         and j.run_at <= statement_timestamp()
       order by j.run_at, j.seq limit n.room) j),
chosen as materialized (
  select id, pass + place as start, row_number() over (order by pass + place, run_at, seq) as turn
    from candidates where place < room order by turn limit $2::int8),
taken as (
  update rowhouse.jobs j
     set state = 'running', attempts = j.attempts + 1, started_at = statement_timestamp(), lease = gen_random_uuid(),
         lease_until = statement_timestamp() + $4 * interval '1 millisecond'
    from chosen c where j.id = c.id and j.state = 'waiting'
  returning j.id, j.lease, j.name, j.data, j.tenant_id, j.attempts, j.retries, c.start, c.turn),
turns as (
  insert into rowhouse.job_turns (name, tenant_id, pass) select $1, tenant_id, max(start) + 1 from taken group by tenant_id
  on conflict (name, tenant_id) do update set pass = excluded.pass),
pass as (
  update rowhouse.job_queues q set pass = greatest(q.pass, s.start)
    from (select max(start) as start from taken) s where q.name = $1 and s.start is not null)
select j.id as job_id, j.lease, j.name as job_name, j.data, j.attempts as attempt, j.retries, ${TENANT_COLUMNS}
  from taken j join rowhouse.tenants t on t.id = j.tenant_id order by j.turn`;

export const RENEW = `
update rowhouse.jobs j set lease_until = statement_timestamp() + $3 * interval '1 millisecond'
  from unnest($1::uuid[], $2::uuid[]) l (id, lease) where j.id = l.id and j.lease = l.lease
returning j.id, j.cancel_requested or exists (
  select from rowhouse.tenants t where t.id = j.tenant_id and t.status = 'deleting') as "isCancelled"`;

/** A job that would wait again gives way to one with its singleton key that waits already, and will do the same. */
const AGAIN = `case when j.cancel_requested or exists (
    select from rowhouse.jobs w where w.tenant_id = j.tenant_id and w.name = j.name and w.singleton_key = j.singleton_key
       and w.state = 'waiting') then 'cancelled' else 'waiting' end`;

/** $3: what becomes of it, $4: the failure, $5: milliseconds until it is due, $6: whether the attempt counts, $7: whether it was lost. */
export const END = `
with next as (
  select j.id, case $3 when 'waiting' then ${AGAIN} else $3 end as state from rowhouse.jobs j where j.id = $1 and j.lease = $2)
update rowhouse.jobs j
   set state = n.state, lease = null, lease_until = null, failure = coalesce($4, j.failure),
       ended_at = case when n.state <> 'waiting' then statement_timestamp() end,
       run_at = case when n.state = 'waiting' then statement_timestamp() + $5::float8 * interval '1 millisecond' else j.run_at end,
       attempts = case when $6::bool then j.attempts else j.attempts - 1 end,
       losses = case when $7::bool then j.losses + 1 else j.losses end
  from next n where j.id = n.id and j.lease = $2`;

export const LOST = `
select id, lease, losses from rowhouse.jobs
 where state = 'running' and lease_until < statement_timestamp() limit ${SWEPT_AT_ONCE}`;

export const REMOVE_ENDED = `
delete from rowhouse.jobs where id in (
  select id from rowhouse.jobs where ended_at < now() - $1 * interval '1 day' order by ended_at limit ${SWEPT_AT_ONCE}
  for update skip locked)`;

/** Enqueued by transactions that were open while their tenant was purged. */
export const REMOVE_NOBODYS = `
delete from rowhouse.jobs j where j.state <> 'running' and not exists (select from rowhouse.tenants t where t.id = j.tenant_id)`;

/** Of tenants that were purged while somebody enqueued or looked. */
export const REMOVE_NOBODYS_OUTBOXES = `
with o as (delete from rowhouse.job_outboxes o where not exists (select from rowhouse.tenants t where t.id = o.tenant_id))
delete from rowhouse.job_outbox_notes n where not exists (select from rowhouse.tenants t where t.id = n.tenant_id)`;

/** A turn that is not later than the pass says nothing. */
export const REMOVE_TURNS = `
delete from rowhouse.job_turns u using rowhouse.job_queues q where q.name = u.name and u.pass <= q.pass`;

/** $2: milliseconds over which the jobs are spread. The delay of a tenant is made of its id, so that its runs are evenly apart. */
export const FAN_OUT = `
insert into rowhouse.jobs (tenant_id, name, data, singleton_key, run_at)
select t.id, $1, 'null', '${RESERVED_KEYS}schedule',
       statement_timestamp() + $2::float8 * (hashtextextended($1 || t.id::text, 0) & 1048575) / 1048576 * interval '1 millisecond'
  from rowhouse.tenants t where t.status = 'active'
on conflict (tenant_id, name, singleton_key) where state = 'waiting' and singleton_key is not null do nothing`;
