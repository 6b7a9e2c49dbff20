import { createAdminServer } from '@rowhouse/admin/server';
import { Catalog, EffectivePlans, PostgresTenantStore } from '@rowhouse/core';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import pg from 'pg';
import { openBenchDeployment } from '../fleet/bench-deployment.mjs';
import { noiseOf, sampleForeignLoad } from '../harness/machine.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { rotated } from '../harness/rounds.mjs';
import { spread } from '../harness/statistics.mjs';
import { insertTenants } from './insert-tenants.mjs';
import { planOf } from './plan.mjs';
import { openWarmApp } from './warm-app.mjs';

/** What looking tenants up costs, by how many there are; and what members and settings cost a request. See bench/README.md. */
export const bench = { maxConnections: 50, plan: planOf, run };

const MIGRATIONS = ['First1', 'Second2'];

/** Each asks for a page in the middle, or for one tenant, chosen by its number. */
const VARIANTS = {
  get: (slug) => `tenants/${slug}`,
  list: (slug, cursor) => `tenants?limit=25&cursor=${cursor('slug', slug)}`,
  'list-by-name': (slug, cursor) => `tenants?limit=25&sort=-name&cursor=${cursor('-name', `Tenant ${slug}`)}`,
  filter: () => 'tenants?limit=25&plan=pro',
  search: (slug) => `tenants?limit=25&search=${slug}`,
};

/** Requests of a tenant that are answered from memory, the baseline first. */
const WARM = { 'warm-request': { hasMembers: false }, 'warm-members': { hasMembers: true } };

async function run(plan, { database, cleanUp, log }) {
  const deployments = [];
  for (const tenants of plan.tenants) deployments.push(await openDeployment(database, tenants, cleanUp));
  const warmApps = new Map();
  for (const [variant, options] of Object.entries(WARM)) {
    const deployment = await openBenchDeployment(database, variant.replace('-', '_'), cleanUp);
    const app = await openWarmApp(deployment, options);
    cleanUp.add(app.close);
    warmApps.set(variant, app);
  }
  const cells = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const variant of Object.keys(VARIANTS))
      for (const deployment of rotated(deployments, round)) {
        const { tenants } = deployment;
        const measured = await measure(() => lookUp(deployment, VARIANTS[variant]), plan.requests);
        cells.push({ variant, tenants, round, ...measured, foreignLoad: await sampleForeignLoad() });
      }
    for (const variant of rotated([...warmApps.keys()], round)) {
      const { url } = warmApps.get(variant);
      const measured = await measure(() => fetch(url, { headers: { 'x-tenant-id': 'acme' } }), plan.requests);
      cells.push({ variant, tenants: 1, round, ...measured, foreignLoad: await sampleForeignLoad() });
    }
    log(`  round ${round + 1} of ${plan.rounds}`);
  }
  for (const { close } of [...deployments, ...warmApps.values()]) await close();
  const [baseline] = warmApps.keys();
  const rows = [
    ...Object.keys(VARIANTS).flatMap((variant) =>
      plan.tenants.map((tenants) =>
        rowOf(cells, { variant, tenants }, { variant, tenants: plan.tenants[0] }),
      ),
    ),
    ...[...warmApps.keys()].map((variant) =>
      rowOf(cells, { variant, tenants: 1 }, { variant: baseline, tenants: 1 }),
    ),
  ];
  return { rows, raw: { cells }, text: `${textOf(rows)}\n\n${noiseOf(cells)}` };
}

/** The admin API over a catalog with this many tenants. */
async function openDeployment(database, tenants, cleanUp) {
  const name = `${database.name}_${tenants}`;
  await database.admin.query(`create database ${name}`);
  const url = Object.assign(new URL(database.url), { pathname: name }).href;
  const catalog = new Catalog({ url });
  await catalog.migrate();
  await insertTenants(catalog, tenants, MIGRATIONS);
  const app = await createAdminServer({
    catalog,
    // Only look-ups are measured.
    fleet: {
      tenants: Object.assign(lookUpsOf(new PostgresTenantStore({ pool: catalog })), {
        plans: new EffectivePlans(),
      }),
      migrations: { namesFor: () => MIGRATIONS },
    },
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

function lookUp({ url, tenants }, pathOf) {
  const slug = `t${String(1 + Math.floor(Math.random() * tenants)).padStart(5, '0')}`;
  const cursor = (sort, value) =>
    Buffer.from(JSON.stringify([sort, value, '00000000-0000-4000-8000-000000000000'])).toString('base64url');
  return fetch(`${url}/${pathOf(slug, cursor)}`, { headers: { authorization: 'Bearer bench' } });
}

/** Milliseconds a request, and statements. */
async function measure(request, requests) {
  const queries = countQueries();
  const startedAt = performance.now();
  for (let index = 0; index < requests; index += 1) {
    const response = await request();
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

function rowOf(cells, of, comparedWith) {
  const cellsOf = ({ variant, tenants }) =>
    cells.filter((cell) => cell.variant === variant && cell.tenants === tenants);
  const [own, base] = [cellsOf(of), cellsOf(comparedWith)];
  return {
    ...of,
    ms: spread(
      own.map(({ ms }) => ms),
      3,
    ),
    ratio: spread(own.map(({ ms }, round) => ms / base[round].ms)),
    // In some rounds work in the background adds a statement.
    queries: spread(own.map(({ queries }) => queries)).median,
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
  return `min – median – max over the rounds, one request after the other, over HTTP. ratio: of look-ups to
the time with the fewest tenants; the aim is at most 1.5. Of warm requests, to those without members and settings.

${table(rows, columns, ({ variant }) => variant)}`;
}
