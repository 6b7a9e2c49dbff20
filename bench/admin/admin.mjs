import { createAdminServer } from '@rowhouse/admin/server';
import { Catalog, PostgresTenantStore } from '@rowhouse/core';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import pg from 'pg';
import { noiseOf, sampleForeignLoad } from '../harness/machine.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { rotated } from '../harness/rounds.mjs';
import { spread } from '../harness/statistics.mjs';
import { planOf } from './plan.mjs';

/** What looking tenants up costs, by how many there are. See bench/README.md. */
export const bench = { maxConnections: 50, plan: planOf, run };

/** Each asks for a page in the middle, or for one tenant, chosen by its number. */
const VARIANTS = {
  get: (n) => `tenants/t${n}`,
  list: (n, cursor) => `tenants?limit=50&cursor=${cursor('slug', `t${n}`)}`,
  'list-by-name': (n, cursor) => `tenants?limit=50&sort=-name&cursor=${cursor('-name', `Tenant ${n}`)}`,
  filter: () => 'tenants?limit=50&plan=pro',
  search: (n) => `tenants?limit=50&search=t${n}`,
};

async function run(plan, { database, cleanUp, log }) {
  const deployments = [];
  for (const tenants of plan.tenants) deployments.push(await openDeployment(database, tenants, cleanUp));
  const cells = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const variant of Object.keys(VARIANTS))
      for (const deployment of rotated(deployments, round)) {
        const measured = await measure(deployment, VARIANTS[variant], plan.requests);
        const { tenants } = deployment;
        cells.push({ variant, tenants, round, ...measured, foreignLoad: await sampleForeignLoad() });
      }
    log(`  round ${round + 1} of ${plan.rounds}`);
  }
  for (const { close } of deployments) await close();
  const rows = Object.keys(VARIANTS).flatMap((variant) =>
    plan.tenants.map((tenants) => rowOf(cells, variant, tenants, plan)),
  );
  return { rows, raw: { cells }, text: `${textOf(rows)}\n\n${noiseOf(cells)}` };
}

/** The admin API over a catalog with this many tenants. */
async function openDeployment(database, tenants, cleanUp) {
  const name = `${database.name}_${tenants}`;
  await database.admin.query(`create database ${name}`);
  const url = Object.assign(new URL(database.url), { pathname: name }).href;
  const catalog = new Catalog({ url });
  await catalog.migrate();
  await catalog.query(
    `insert into rowhouse.tenants (id, slug, name, plan, created_at)
       select gen_random_uuid(), 't' || n, 'Tenant ' || n, case when n % 10 = 0 then 'pro' else 'free' end, now() - n * interval '1 minute'
         from generate_series(1, $1::int) n`,
    [tenants],
  );
  await catalog.query(`insert into rowhouse.schema_histories (hash, names) values ('h', '{First1,Second2}')`);
  await catalog.query(`insert into rowhouse.homes (id, history) select id, 'h' from rowhouse.tenants`);
  await catalog.query('analyze rowhouse.tenants, rowhouse.homes');
  const app = await createAdminServer({
    catalog,
    // Only look-ups are measured.
    fleet: { tenants: lookUpsOf(new PostgresTenantStore({ pool: catalog })) },
    store: new PostgresTenantStore({ pool: catalog }),
    auth: new OperatorAuth({ tokens: [{ token: () => 'bench', role: 'viewer' }] }),
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address();
  const close = async () => {
    await app.close();
    await catalog.close();
  };
  cleanUp.add(close);
  return { url: `http://127.0.0.1:${port}/admin`, tenants, close };
}

function lookUpsOf(store) {
  return { find: (slug) => store.findBySlug(slug) };
}

/** Milliseconds a request, and statements. */
async function measure({ url, tenants }, pathOf, requests) {
  const queries = countQueries();
  const startedAt = performance.now();
  for (let index = 0; index < requests; index += 1) {
    const number = 1 + Math.floor(Math.random() * tenants);
    const cursor = (sort, value) =>
      Buffer.from(JSON.stringify([sort, value, '00000000-0000-4000-8000-000000000000'])).toString(
        'base64url',
      );
    const response = await fetch(`${url}/${pathOf(number, cursor)}`, {
      headers: { authorization: 'Bearer bench' },
    });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
  }
  return { ms: (performance.now() - startedAt) / requests, queries: queries.end() / requests };
}

function countQueries() {
  const { query } = pg.Client.prototype;
  let count = 0;
  pg.Client.prototype.query = function counted(...args) {
    count += 1;
    return query.apply(this, args);
  };
  return {
    end() {
      pg.Client.prototype.query = query;
      return count;
    },
  };
}

function rowOf(cells, variant, tenants, plan) {
  const of = (count) => cells.filter((cell) => cell.variant === variant && cell.tenants === count);
  const [own, least] = [of(tenants), of(plan.tenants[0])];
  return {
    variant,
    tenants,
    ms: spread(
      own.map(({ ms }) => ms),
      3,
    ),
    ratio: spread(own.map(({ ms }, round) => ms / least[round].ms)),
    queries: own[0].queries,
  };
}

function textOf(rows) {
  const columns = [
    { title: 'variant', left: true, of: (row) => row.variant },
    { title: 'tenants', of: (row) => String(row.tenants) },
    { title: 'ms a request', of: (row) => formatSpread(row.ms, 2) },
    { title: 'ratio', of: (row) => formatSpread(row.ratio, 2) },
    { title: 'queries', of: (row) => String(row.queries) },
  ];
  return `min – median – max over the rounds, one request after the other, over HTTP. ratio: to the time with the fewest tenants; the aim is at most 1.5.

${table(rows, columns, ({ variant }) => variant)}`;
}
