import { Deployment } from '../harness/deployment.mjs';
import { Fleet } from '../harness/fleet.mjs';
import { LoadProcess } from '../harness/load-process.mjs';
import { noiseOf } from '../harness/machine.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { pairedRatios } from '../harness/rounds.mjs';
import { median, spread } from '../harness/statistics.mjs';
import { BASELINE, fleetSizeOf, OBSERVED, PIN_ALONE, planOf, UNOBSERVED, WALLED } from './plan.mjs';
import { reportProfiles } from './profiles.mjs';
import { Stage } from './stage.mjs';

/** What tenancy costs a request. See bench/README.md. */
export const bench = { maxConnections: 500, plan: planOf, run };

/** Three times PostgreSQL's default for a whole server, so that other users of the server keep their connections. */
const CONNECTION_LIMITS = { 'datasource-per-tenant': 300 };

/** How many tenants' tables are checked after each method: the figures of a wrong variant are useless. */
const CHECKED_TENANTS = 100;

/** @param {import('./plan.mjs').Plan} plan */
async function run(plan, { database, cleanUp, log }) {
  const fleet = await Fleet.open(database);
  const deployment = await Deployment.open(database);
  const generator = await LoadProcess.start(cleanUp);
  const logins = await createLogins(plan.variants, { fleet, deployment });
  const tools = { database, logins, roles: deployment.roles, generator, cleanUp, log };
  const rows = [];
  const cells = [];
  const profiles = [];
  for (const tenants of plan.tenants) {
    const startedAt = performance.now();
    await fleet.growTo(fleetSizeOf(plan, tenants));
    await deployment.growTo(fleet.size);
    const tookSeconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    log(`${tenants} tenants under load, ${fleet.size} in the database (made in ${tookSeconds} s).`);
    for (const platform of plan.platforms) {
      const stage = new Stage(platform, tenants, plan, tools);
      await stage.open();
      for (const method of plan.methods) {
        const where = { tenants, platform, method };
        const measured = await stage.measure(method);
        await fleet.expectOwnRows(Math.min(tenants, CHECKED_TENANTS));
        for (const [variant, own] of measured) {
          const row = rowOf(variant, where, measured);
          rows.push(row);
          const serverCpu = spread(pairedRatios(own, measured.get(BASELINE), (cell) => cell.serverCpuUs));
          cells.push({ variant, ...where, serverCpu, cells: own });
          log(progressOf(row));
        }
        if (plan.profile) profiles.push(await reportProfiles(where, await stage.profile(method)));
      }
      await stage.close();
    }
  }
  await generator.stop();
  return { rows, raw: { cells }, text: [textOf(rows, cells), ...profiles].join('\n\n') };
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

function rowOf(variant, { tenants, platform, method }, measured) {
  const cells = measured.get(variant);
  const baseline = measured.get(BASELINE);
  const ratioOf = (measure) => ({ ratio: spread(pairedRatios(cells, baseline, measure)) });
  const firsts = spread(cells.map(({ firstRequest }) => firstRequest));
  return {
    variant,
    tenants,
    platform,
    method,
    throughput: ratioOf(({ throughput }) => throughput),
    cpu: ratioOf(({ cpuUs }) => cpuUs),
    p50: ratioOf(({ p50Us }) => p50Us),
    connections: Math.max(...cells.map(({ connections }) => connections)),
    errors: cells.reduce((sum, { errors }) => sum + errors, 0),
    firstRequest: { ratio: firsts },
    // The cost of roles and guard.
    ...(WALLED.includes(variant) &&
      measured.has(PIN_ALONE) && { toPin: ratiosTo(PIN_ALONE, variant, measured) }),
    // The cost of metrics, lines and rates.
    ...(variant === OBSERVED && {
      to: Object.fromEntries(
        UNOBSERVED.filter((peer) => measured.has(peer)).map((peer) => [
          peer,
          ratiosTo(peer, variant, measured),
        ]),
      ),
    }),
  };
}

function ratiosTo(peer, variant, measured) {
  const ratioOf = (measure) => ({
    ratio: spread(pairedRatios(measured.get(variant), measured.get(peer), measure)),
  });
  return {
    throughput: ratioOf(({ throughput }) => throughput),
    cpu: ratioOf(({ cpuUs }) => cpuUs),
    p50: ratioOf(({ p50Us }) => p50Us),
  };
}

function progressOf({ variant, tenants, platform, method, throughput, cpu, errors }) {
  const place = `${tenants} tenants, ${platform}, ${method}`;
  return `  ${place}: ${variant} throughput ${formatSpread(throughput.ratio)}, cpu ${formatSpread(cpu.ratio)}, errors ${errors}`;
}

const HEADING = `Each figure is min – median – max over the rounds, as a multiple of "${BASELINE}" in the same round.
throughput: higher is better. cpu (of the app, per request) and p50: lower is better.
server cpu: the same of the database's processes, where it can be read.
to pin: throughput as a multiple of "${PIN_ALONE}" in the same round.
first: a never-touched tenant's first request as a multiple of a repeated one.`;

function textOf(rows, cells) {
  const cellsOf = new Map(rows.map((row, index) => [row, cells[index]]));
  const columns = [
    { title: 'tenants', of: (row) => String(row.tenants) },
    { title: 'platform', left: true, of: (row) => row.platform },
    { title: 'method', left: true, of: (row) => row.method },
    { title: 'variant', left: true, of: (row) => row.variant },
    { title: 'req/s', of: (row) => median(cellsOf.get(row).cells.map((cell) => cell.throughput)).toFixed(0) },
    { title: 'throughput', of: (row) => formatSpread(row.throughput.ratio) },
    { title: 'to pin', of: (row) => formatSpread(row.toPin?.throughput.ratio) },
    { title: 'cpu', of: (row) => formatSpread(row.cpu.ratio) },
    { title: 'p50', of: (row) => formatSpread(row.p50.ratio) },
    { title: 'server cpu', of: (row) => formatSpread(cellsOf.get(row).serverCpu) },
    { title: 'first', of: (row) => formatSpread(row.firstRequest.ratio, 1) },
    { title: 'connections', of: (row) => String(row.connections) },
    { title: 'errors', of: (row) => String(row.errors) },
  ];
  const group = (row) => `${row.tenants} ${row.platform} ${row.method}`;
  const observed = rows.flatMap(({ to = {}, tenants, platform, method }) =>
    Object.entries(to).map(
      ([peer, { throughput, cpu }]) =>
        `${tenants} tenants, ${platform}, ${method}: ${OBSERVED} to ${peer}: throughput ${formatSpread(throughput.ratio)}, cpu ${formatSpread(cpu.ratio)}`,
    ),
  );
  return `${[HEADING, table(rows, columns, group), ...observed].join('\n\n')}\n\n${noiseOf(cells.flatMap((row) => row.cells))}`;
}
