import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createAdminServer } from '@rowhouse/admin/server';
import { TenancyAdminUiModule } from '@rowhouse/admin-ui';
import { Catalog, PostgresTenantStore } from '@rowhouse/core';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import { insertTenants } from '../admin/insert-tenants.mjs';
import { openBenchDeployment } from '../fleet/bench-deployment.mjs';
import { historyOf } from '../fleet/history.mjs';
import { openFleet } from '../fleet/open-fleet.mjs';

export const TOKEN = 'bench';

const MIGRATIONS = historyOf(10);
const WEB = fileURLToPath(new URL('../../libs/admin-ui/build-web.mjs', import.meta.url));

/** The admin API and the admin app, over a catalog with this many tenants and an hour of their metrics. */
export async function openPages(database, tenants, cleanUp) {
  const { status } = spawnSync(process.execPath, [WEB], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('The web app does not build.');
  const deployment = await openBenchDeployment(database, 'pages', cleanUp);
  const catalog = new Catalog({ url: deployment.ownerUrl });
  await catalog.migrate();
  await insertTenants(
    catalog,
    tenants,
    MIGRATIONS.map(({ name }) => name),
  );
  await insertMetrics(catalog);
  const fleet = await openFleet(deployment, MIGRATIONS);
  const app = await createAdminServer({
    catalog,
    fleet,
    store: new PostgresTenantStore({ pool: catalog }),
    auth: new OperatorAuth({ tokens: [{ token: () => TOKEN, role: 'owner' }] }),
    modules: [TenancyAdminUiModule.forRoot({ path: 'ui', api: 'admin' })],
  });
  app.useLogger(['warn', 'error']);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address();
  cleanUp.add(async () => {
    await app.close();
    await fleet.close();
    await catalog.close();
  });
  return { url: `http://127.0.0.1:${port}/ui` };
}

/** Each minute of the last hour, of a hundred tenants and of all together: those of the longest UUID. */
async function insertMetrics(catalog) {
  const meters = ['responses_2xx', 'responses_4xx', 'request_us', 'statements', 'database_us', 'rows'];
  const others = ['responses_3xx', 'responses_5xx', 'aborted', 'failed_statements', 'slow_statements'];
  const ofPool = ['pool_waits', 'pool_wait_us', 'pool_exhausted'];
  await catalog.query(
    `insert into rowhouse.metric_minutes (tenant_id, time, latency, ${[...meters, ...others, ...ofPool].join(', ')})
       select t.id, date_trunc('minute', now()) - m * interval '1 minute', '{0,0,0,9,40,30,8}'::int8[],
              60 + m % 7, m % 3, 900000, 200, 300000, 2000, ${[...others, ...ofPool].map(() => '0').join(', ')}
         from (select id from rowhouse.tenants order by slug limit 100) t, generate_series(0, 59) m
        union all
       select 'ffffffff-ffff-ffff-ffff-ffffffffffff', date_trunc('minute', now()) - m * interval '1 minute', '{0,0,0,900,4000,3000,800}'::int8[],
              6000 + m % 7, m % 3, 90000000, 20000, 30000000, 200000, ${[...others, ...ofPool].map(() => '0').join(', ')}
         from generate_series(0, 59) m`,
  );
}
