import type { CatalogStep } from './catalog-step.js';

// In the statement that ends the job: it is completed and counted, or neither. A worker that has lost the job ends it no more, so none counts
// twice. The row of counts is locked after the job, here and by a purge, and for no longer than the statement.
export const jobUsage: CatalogStep = {
  version: 36,
  name: 'completed jobs as usage',
  sql: `
create function rowhouse.count_completed_job() returns pg_catalog.trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  if exists (select from rowhouse.usage_head h where h.since is not null)
    and not exists (select from rowhouse.metric_purged p where p.tenant_id = new.tenant_id) then
    insert into rowhouse.usage_counts as t (tenant_id, meter, hour, quantity)
      values (new.tenant_id, 'completedJobs', date_trunc('hour', new.ended_at, 'UTC'), 1)
      on conflict (tenant_id, meter, hour) do update set quantity = t.quantity + 1, is_recorded = false;
  end if;
  return null;
end $body$;
revoke all on function rowhouse.count_completed_job from public;

create trigger jobs_usage after update of state on rowhouse.jobs
  for each row when (new.state operator(pg_catalog.=) 'completed' and old.state operator(pg_catalog.<>) 'completed')
  execute function rowhouse.count_completed_job();
`,
};
