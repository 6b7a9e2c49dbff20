import { AppProcess } from '../harness/app-process.mjs';
import { Deployment } from '../harness/deployment.mjs';
import { Fleet } from '../harness/fleet.mjs';
import { LoadProcess } from '../harness/load-process.mjs';
import { noiseOf, sampleForeignLoad } from '../harness/machine.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { runRounds } from '../harness/rounds.mjs';
import { median, spread } from '../harness/statistics.mjs';
import { naming, untilCalm } from './naming.mjs';
import { planOf, throttlePlanOf } from './plan.mjs';

/** How a noisy tenant affects quiet ones. See bench/README.md. */
export const bench = { maxConnections: 100, plan: planOf, run };
/** The same of a neighbour that burns the database, when it was named and throttled. */
export const throttleBench = { maxConnections: 100, plan: throttlePlanOf, run };

/** Of each app's warm-up: its code is compiled and its connections are open after that. */
const WARM_UP = { method: 'GET', connections: 32, seconds: 3, seed: 1 };
const WARM_UP_FLOOD_SECONDS = 0.5;

/** @param {import('./plan.mjs').Plan} plan */
async function run(plan, { database, cleanUp, log }) {
  const fleet = await Fleet.open(database);
  const deployment = await Deployment.open(database);
  await fleet.growTo(plan.flood.tenant);
  await deployment.growTo(fleet.size);
  const logins = {};
  for (const [variant, app] of Object.entries(plan.apps)) {
    logins[variant] = app.startsWith('rowhouse-')
      ? { ...(await deployment.createLogin(variant)), owner: await deployment.createOwner(variant) }
      : await fleet.createLogin(variant);
  }
  const generator = await LoadProcess.start(cleanUp);
  const rows = [];
  const cells = [];
  for (const platform of plan.platforms) {
    const apps = new Map();
    for (const variant of plan.variants) {
      const app = await AppProcess.start({
        variant: plan.apps[variant],
        platform,
        databaseUrl: logins[variant].url,
        ownerUrl: logins[variant].owner?.url,
        roles: deployment.roles,
        acquireTimeoutMs: plan.acquireTimeoutMs,
        cleanUp,
      });
      apps.set(variant, app);
      await warmUp(app, variant, plan, generator);
    }
    const measured = await runRounds(plan.variants, plan.rounds, async (variant, round) => {
      const cell = await measure(apps.get(variant), round, plan, generator, database);
      log(
        `  ${platform}, round ${round + 1}: ${variant} p99 ${inMs(cell.alone)} alone, ${inMs(cell.flood)} with the flood`,
      );
      return cell;
    });
    for (const [variant, own] of measured) {
      rows.push(rowOf(variant, platform, own, plan));
      cells.push({ variant, platform, cells: own });
    }
    await Promise.all([...apps.values()].map((app) => app.stop()));
  }
  await generator.stop();
  return { rows, raw: { cells }, text: textOf(rows, cells, plan) };
}

async function warmUp(app, variant, { quiet, flood, leadSeconds, acquireTimeoutMs }, generator) {
  const { port } = app;
  const tenants = Array.from({ length: 8 }, (_, index) => index + 1);
  await generator.verify({ port, work: 'get', tenants, who: variant });
  await generator.run({ ...WARM_UP, port, tenants: quiet.tenants });
  await generator.runOpen({
    port,
    quiet,
    flood,
    leadSeconds: leadSeconds.alone,
    seconds: WARM_UP_FLOOD_SECONDS,
    failedMs: acquireTimeoutMs,
    seed: 1,
  });
  await app.settle();
}

/** Measures the quiet tenants alone and then with the flood, directly after each other, under the same conditions. */
async function measure(app, round, plan, generator, { admin }) {
  const { quiet, flood, leadSeconds, seconds, acquireTimeoutMs } = plan;
  const load = { port: app.port, quiet, seconds, failedMs: acquireTimeoutMs, seed: round + 1 };
  if (plan.isNamed) await untilCalm(admin);
  const alone = await generator.runOpen({ ...load, leadSeconds: leadSeconds.alone });
  await app.settle();
  const named = plan.isNamed && (await naming(admin));
  const flooded = await generator.runOpen({ ...load, flood, leadSeconds: leadSeconds.flood });
  const namedAfterSeconds = named ? await named() : undefined;
  await app.settle();
  return { alone, flood: flooded, namedAfterSeconds, foreignLoad: await sampleForeignLoad() };
}

function rowOf(variant, platform, cells, { quiet }) {
  const ratioOf = (measure) => ({
    ratio: spread(cells.map(({ alone, flood }) => measure(flood) / measure(alone))),
  });
  const msOf = (measure) => ({
    aloneMs: spread(
      cells.map(({ alone }) => measure(alone)),
      2,
    ),
    floodMs: spread(
      cells.map(({ flood }) => measure(flood)),
      2,
    ),
  });
  const named = cells.flatMap(({ namedAfterSeconds }) => namedAfterSeconds ?? []);
  const sum = (count) => cells.reduce((total, cell) => total + count(cell), 0);
  const p99 = ({ p99Ms }) => p99Ms;
  const p50 = ({ p50Ms }) => p50Ms;
  return {
    variant,
    tenants: quiet.tenants,
    platform,
    method: 'GET',
    p99: { ...ratioOf(p99), ...msOf(p99) },
    p50: { ...ratioOf(p50), ...msOf(p50) },
    ...(named.length > 0 && { namedAfterSeconds: spread(named, 1) }),
    requestsPerCell: Math.min(...cells.flatMap(({ alone, flood }) => [alone.requests, flood.requests])),
    errors: sum(({ alone, flood }) => alone.errors + flood.errors),
    flood: {
      sent: sum(({ flood }) => flood.flood.sent),
      served: sum(({ flood }) => flood.flood.served),
      refused503: sum(({ flood }) => flood.flood.refused503),
      failed: sum(({ flood }) => flood.flood.failed),
    },
  };
}

function inMs({ p99Ms }) {
  return `${p99Ms.toFixed(1)} ms`;
}

function textOf(rows, cells, { quiet, flood, acquireTimeoutMs }) {
  const heading = `${quiet.tenants} quiet tenants, ${quiet.perSecond} requests a second together; one more floods with ${flood.perSecond.toFixed(0)} statements a
second of ${flood.statementMs ? `${flood.statementMs} ms` : `${flood.statementRows} generated rows`} each. Figures are of the quiet tenants, min – median – max over the rounds.
p99 and p50: with the flood as a multiple of alone, in the same round. Lower is better.
errors: of the quiet tenants; each counts as ${acquireTimeoutMs} ms or more. 503 and failed: of the flood.`;
  const columns = [
    { title: 'platform', left: true, of: (row) => row.platform },
    { title: 'variant', left: true, of: (row) => row.variant },
    { title: 'p99', of: (row) => formatSpread(row.p99.ratio) },
    { title: 'p99 alone, ms', of: (row) => formatSpread(row.p99.aloneMs, 1) },
    { title: 'p99 with the flood, ms', of: (row) => formatSpread(row.p99.floodMs, 1) },
    { title: 'p50', of: (row) => formatSpread(row.p50.ratio) },
    { title: 'requests a cell', of: (row) => String(row.requestsPerCell) },
    { title: 'errors', of: (row) => String(row.errors) },
    { title: 'flood sent', of: (row) => String(row.flood.sent) },
    { title: 'served', of: (row) => String(row.flood.served) },
    { title: '503', of: (row) => String(row.flood.refused503) },
    { title: 'failed', of: (row) => String(row.flood.failed) },
    {
      title: 'named after, s',
      of: (row) => (row.namedAfterSeconds ? formatSpread(row.namedAfterSeconds, 1) : '-'),
    },
  ];
  const all = cells.flatMap((row) => row.cells);
  const late = median(
    all.flatMap(({ alone, flood: flooded }) => [alone.generatorLateP99Ms, flooded.generatorLateP99Ms]),
  );
  return `${heading}\n\n${table(rows, columns)}\n\nOf each latency the generator itself was late by ${late.toFixed(1)} ms at most in 99 of 100 (median of the cells).\n${noiseOf(all)}`;
}
