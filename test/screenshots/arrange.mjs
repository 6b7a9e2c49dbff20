import { openOwner, operationsOf } from '../start/demo-operations.mjs';

export const RUN_SCENE = '/operations/:run';

/** Makes of the demo what images show: a day of metrics, backups, a tenant of yesterday beside one that was changed, a run with waves. */
export async function arrange({ api, token, folder }) {
  const owner = await openOwner(folder);
  try {
    const run = operationsOf(api, token);
    await owner.query(A_DAY_OF_METRICS);
    const backup = await run('tenants/kaffeewerk/backups', {});
    for (const slug of ['acme', 'initech', 'northwind-cycles', 'casa-verde'])
      await run(`tenants/${slug}/backups`, {});
    await run(`backups/${backup}/restores`, { slug: 'kaffeewerk-yesterday', suspended: true });
    await owner.query(A_MISTAKE);
    await run('migrations/runs', { direction: 'down', steps: 1, maxFailureRate: 1 });
    return { runId: await run('migrations/runs', { canary: 3, wave: 10, maxFailureRate: 0.5 }) };
  } finally {
    await owner.end();
  }
}

/** More by day than by night, of the tenants and of all together: those of the longest UUID. */
const A_DAY_OF_METRICS = `
with tenants as (
  select id, (row_number() over (order by slug) + 2) / 3.0 as weight from rowhouse.tenants where status = 'active'
), everybody as (
  select 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid as id, sum(weight) as weight from tenants
), minutes as (
  select date_trunc('minute', now()) - m * interval '1 minute' as time,
         1.2 - cos((extract(epoch from now()) / 60 - m - 180) / 1440.0 * 2 * pi()) + 0.3 * random() as busy, random() as slow
    from generate_series(0, 1440) m
), load as (
  select t.id, time, ceil(weight * busy * 4)::int8 as n, slow + busy / 4 as slow
    from (select * from tenants union all select * from everybody) t cross join minutes
)
insert into rowhouse.metric_minutes (tenant_id, time, latency, responses_2xx, responses_3xx, responses_4xx, responses_5xx, aborted,
  request_us, statements, failed_statements, slow_statements, database_us, rows, pool_waits, pool_wait_us, pool_exhausted)
select id, time, array_fill(0::int8, array[17]) ||
         array[10, (100 * slow)::int8, 60, (40 * slow)::int8, 30, (12 * slow)::int8, 4, (8 * slow)::int8], n, 0, n / 40, n / 400, 0,
       n * 9000, n * 2, 0, 0, n * 4000, n * 20, 0, 0, 0
  from load on conflict do nothing`;

/** What somebody takes back by comparing. */
const A_MISTAKE = `
set search_path = tenant_kaffeewerk;
update products set price_cents = 1 where sku in (select sku from products order by sku limit 3)`;
