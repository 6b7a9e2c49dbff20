import { DatabaseFleet } from '../harness/database-fleet.mjs';
import { Deployment } from '../harness/deployment.mjs';
import { Fleet } from '../harness/fleet.mjs';
import { LoadProcess } from '../harness/load-process.mjs';
import { noiseOf } from '../harness/machine.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { ROW_SCHEMA, RowFleet } from '../harness/row-fleet.mjs';
import { median, spread } from '../harness/statistics.mjs';
import { WORKS } from '../harness/works.mjs';
import { ratioOf } from './comparison.mjs';
import { AGAIN, BASELINE, fleetSizeOf, OBSERVED, PIN_ALONE, planOf, UNOBSERVED, WALLED } from './plan.mjs';
import { reportProfiles } from './profiles.mjs';
import { Route } from './route.mjs';
import { Stage } from './stage.mjs';

/** What tenancy costs a request. See bench/README.md. */
export const bench = { maxConnections: 500, plan: planOf, run };

/** Three times PostgreSQL's default for a whole server, so that other users of the server keep their connections. */
const CONNECTION_LIMITS = { 'datasource-per-tenant': 300 };

const FLEETS = { schema: Fleet, row: RowFleet, database: DatabaseFleet };

/** How many tenants' tables are checked after each work: the figures of a wrong variant are useless. */
const CHECKED_TENANTS = 100;

/** @param {import('./plan.mjs').Plan} plan */
async function run(plan, { database, cleanUp, log }) {
  const reviews = plan.works.some((work) => WORKS[work].readsReviews);
  const fleet = await FLEETS[plan.isolation].open(database, { reviews });
  const deployment = await Deployment.open(
    database,
    plan.isolation === 'row' ? { homeSchema: ROW_SCHEMA } : {},
  );
  fleet.deployment = deployment;
  const generator = await LoadProcess.start(cleanUp);
  const route = await Route.open(plan, { database, cleanUp, log });
  const logins = await route.reach(await createLogins(plan.variants, { fleet, deployment }));
  const tools = { database, logins, roles: deployment.roles, generator, cleanUp, log };
  const { draw, isolation, delayMs, pooler } = plan;
  const rows = [];
  const cells = [];
  const profiles = [];
  for (const tenants of plan.tenants) {
    const startedAt = performance.now();
    await fleet.growTo(fleetSizeOf(plan, tenants));
    if (plan.isolation === 'schema') await deployment.growTo(fleet.size);
    const tookSeconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    log(`${tenants} tenants under load, ${fleet.size} in the database (made in ${tookSeconds} s).`);
    for (const platform of plan.platforms) {
      const stage = new Stage(platform, tenants, plan, tools);
      await stage.open();
      for (const work of plan.works) {
        const { method } = WORKS[work];
        const where = {
          tenants,
          platform,
          work,
          method,
          draw,
          isolation,
          delayMs,
          pooler,
          node: process.version,
        };
        const { cells: measured, foreignLoads } = await stage.measure(work);
        const firsts = await stage.measureFirstRequests(work);
        await fleet.expectOwnRows(Math.min(tenants, CHECKED_TENANTS));
        for (const [variant, own] of measured) {
          const row = rowOf(variant, where, measured, firsts.get(variant));
          rows.push(row);
          cells.push({ variant, ...where, foreignLoads, cells: own });
          log(progressOf(row));
        }
        if (plan.profile) profiles.push(await reportProfiles(where, await stage.profile(work)));
        if (method === 'POST') await fleet.removePosted();
      }
      await stage.close();
    }
  }
  await generator.stop();
  return {
    rows,
    raw: { cells },
    text: [textOf(rows, cells), ...(await route.describe()), ...profiles].join('\n\n'),
  };
}

async function createLogins(variants, { fleet, deployment }) {
  const logins = new Map();
  for (const variant of variants) {
    const connectionLimit = CONNECTION_LIMITS[variant];
    const login = WALLED.includes(variant)
      ? await deployment.createLogin(variant)
      : await fleet.createLogin(variant, { connectionLimit });
    const hasOwner = variant === PIN_ALONE || WALLED.includes(variant);
    logins.set(variant, hasOwner ? { ...login, owner: await deployment.createOwner(variant) } : login);
  }
  return logins;
}

function rowOf(variant, where, measured, firsts) {
  const cells = measured.get(variant);
  const to = (peer) => ratiosTo(measured.get(peer), cells);
  const peers = UNOBSERVED.filter((peer) => measured.has(peer));
  return {
    variant,
    ...where,
    rounds: cells.length,
    ...to(BASELINE),
    connections: Math.max(...cells.map(({ connections }) => connections)),
    errors: cells.reduce((sum, { errors }) => sum + errors, 0),
    firstRequest: { ratio: spread(firsts.map(({ firstUs, warmUs }) => firstUs / warmUs)) },
    // The cost of roles and guard.
    ...(WALLED.includes(variant) && measured.has(PIN_ALONE) && { toPin: to(PIN_ALONE) }),
    // The cost of metrics, lines and rates.
    ...(variant === OBSERVED && { to: Object.fromEntries(peers.map((peer) => [peer, to(peer)])) }),
  };
}

function ratiosTo(peer, cells) {
  const of = (measure) => ({ ratio: ratioOf(measure, cells, peer) });
  return {
    throughput: of(({ throughput }) => throughput),
    cpu: of(({ cpuUs }) => cpuUs),
    server: { cpu: of(({ serverCpuUs }) => serverCpuUs) },
    p50: of(({ p50Us }) => p50Us),
  };
}

function progressOf(row) {
  const { variant, throughput, cpu, errors } = row;
  return `  ${placeOf(row)}: ${variant} throughput ${format(throughput)}, cpu ${format(cpu)}, errors ${errors}`;
}

function placeOf({ tenants, platform, work }) {
  return `${tenants} tenants, ${platform}, ${work}`;
}

const HEADING = `Each figure is the median over the rounds, as a multiple of "${BASELINE}" in the same round, and where it lies with 95 %
confidence. "?": not within ± 2 %, so inconclusive. "${AGAIN}" is the baseline once more, and has to be 1.
throughput: higher is better. cpu (of the app, per request) and p50: lower is better.
server cpu: the same of the database's processes, where it can be read.
to pin: throughput as a multiple of "${PIN_ALONE}" in the same round.
first: a never-touched tenant's first request as a multiple of a repeated one, min – median – max.`;

function textOf(rows, cells) {
  const cellsOf = new Map(rows.map((row, index) => [row, cells[index]]));
  const columns = [
    { title: 'tenants', of: (row) => String(row.tenants) },
    { title: 'platform', left: true, of: (row) => row.platform },
    { title: 'work', left: true, of: (row) => row.work },
    { title: 'variant', left: true, of: (row) => row.variant },
    { title: 'req/s', of: (row) => median(cellsOf.get(row).cells.map((cell) => cell.throughput)).toFixed(0) },
    { title: 'throughput', of: (row) => format(row.throughput) },
    { title: 'to pin', of: (row) => format(row.toPin?.throughput) },
    { title: 'cpu', of: (row) => format(row.cpu) },
    { title: 'server cpu', of: (row) => format(row.server.cpu) },
    { title: 'p50', of: (row) => format(row.p50) },
    { title: 'first', of: (row) => formatSpread(row.firstRequest.ratio, 1) },
    { title: 'connections', of: (row) => String(row.connections) },
    { title: 'rounds', of: (row) => String(row.rounds) },
    { title: 'errors', of: (row) => String(row.errors) },
  ];
  const observed = rows.flatMap((row) =>
    Object.entries(row.to ?? {}).map(
      ([peer, { throughput, cpu }]) =>
        `${placeOf(row)}: ${OBSERVED} to ${peer}: throughput ${format(throughput)}, cpu ${format(cpu)}`,
    ),
  );
  const noise = noiseOf(
    cells.flatMap(({ foreignLoads }) => foreignLoads.map((foreignLoad) => ({ foreignLoad }))),
  );
  return [
    HEADING,
    table(rows, columns, placeOf),
    ...observed,
    ...untrusted(rows),
    ...undecided(rows),
    noise,
  ].join('\n\n');
}

/** What is to be said where the baseline is not like itself. */
function untrusted(rows) {
  return rows
    .filter(({ variant, throughput: { ratio } }) => variant === AGAIN && !isOne(ratio))
    .map(
      (row) =>
        `${placeOf(row)}: the baseline is ${format(row.throughput)} of itself. Its figures are not to be trusted: run it again.`,
    );
}

/** Which variants' throughputs say nothing. */
function undecided(rows) {
  const found = rows.filter(({ throughput: { ratio } }) => ratio?.inconclusive);
  return found.length === 0
    ? []
    : [
        `Inconclusive throughput:\n${found.map((row) => `  ${placeOf(row)}: ${row.variant} ${format(row.throughput)}`).join('\n')}`,
      ];
}

function isOne(ratio) {
  return ratio !== null && ratio.interval[0] <= 1 && ratio.interval[1] >= 1;
}

/** `1.02 (1.01 – 1.03)` */
function format(figure) {
  if (!figure?.ratio) return '—';
  const { median: middle, interval, inconclusive } = figure.ratio;
  const [low, high] = interval.map((value) => value.toFixed(2));
  return `${middle.toFixed(2)} (${low} – ${high})${inconclusive ? '?' : ''}`;
}
