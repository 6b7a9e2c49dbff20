/** How often a worker says in the catalog which jobs it handles. */
export const HANDLED_EVERY_MS = 600_000;

/**
 * SELECT: jobs of active tenants that have been due for a minute, by their name (`name`, `waiting`), where no worker has said for three
 * times as long as each does that it handles them.
 */
export const UNHANDLED_JOBS = `
  select j.name, pg_catalog.count(*)::pg_catalog.int4 as waiting
    from rowhouse.jobs j
    join rowhouse.tenants t on t.id = j.tenant_id and t.status = 'active'
    left join rowhouse.job_queues q on q.name = j.name
   where j.state = 'waiting' and j.run_at < pg_catalog.now() - interval '1 minute'
     and coalesce(q.handled_at < pg_catalog.now() - interval '${(3 * HANDLED_EVERY_MS) / 1_000} seconds', true)
   group by j.name order by j.name`;
