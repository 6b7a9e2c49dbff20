import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Deployment } from '../harness/deployment.mjs';
import { Fleet } from '../harness/fleet.mjs';
import { noiseOf, sampleForeignLoad } from '../harness/machine.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { runRounds } from '../harness/rounds.mjs';
import { spread } from '../harness/statistics.mjs';
import { readTenants } from '../harness/tenants.mjs';
import { planOf } from './plan.mjs';
import { measureLong, measureShort } from './reading.mjs';
import { ThroughPool } from './through-pool.mjs';

/** What reading a statement's text costs. See bench/README.md. */
export const bench = { maxConnections: 50, plan: planOf, run };

/** @param {import('./plan.mjs').Plan} plan */
async function run(plan, { database, cleanUp, log }) {
  const pools = await openPools(plan, { database, cleanUp });
  const { StatementReader } = await import('@rowhouse/core/internal');
  const reader = await StatementReader.load();
  await reader.read(`select '${'x'.repeat(10_000)}'`); // starts the thread
  const short = [];
  const long = new Map();
  const throughPool = await runRounds([...pools.keys()], plan.rounds + 1, async (version, round) => {
    const cell = await pools.get(version).measure(plan);
    if (version === 'this') await read(plan, { reader, short, long, round });
    log(`  round ${round + 1}, ${version}: ${cell.newUs.toFixed(0)} µs for a new statement through the pool`);
    return { ...cell, foreignLoad: await sampleForeignLoad() };
  });
  for (const cells of throughPool.values()) cells.shift();
  const rows = [
    ...[...throughPool].map(([version, cells]) => poolRow(version, cells)),
    shortRow(short),
    ...[...long.values()].map(longRow),
  ];
  const cells = [...throughPool.values()].flat();
  const raw = { short, long: [...long.values()], throughPool: Object.fromEntries(throughPool) };
  return { rows, raw, text: textOf(rows, cells) };
}

async function read({ shapes, sizes, ...plan }, { reader, short, long, round }) {
  const cell = measureShort(reader, plan);
  // The first round warms the code up.
  if (round > 0) short.push(cell);
  for (const shape of shapes) {
    for (const sizeBytes of sizes) {
      const key = `${shape} ${sizeBytes}`;
      if (!long.has(key)) long.set(key, { shape, sizeBytes, cells: [] });
      const measured = await measureLong(reader, shape, sizeBytes);
      if (round > 0) long.get(key).cells.push(measured);
    }
  }
}

/** The pool of this version, and that of another one. */
async function openPools({ before }, { database, cleanUp }) {
  const fleet = await Fleet.open(database);
  const deployment = await Deployment.open(database);
  await fleet.growTo(1);
  await deployment.growTo(1);
  const [tenant] = await readTenants(database.admin, 1);
  const versions = { this: '@rowhouse/core' };
  if (before) versions.before = pathToFileURL(resolve(before, 'libs/core/dist/index.js')).href;
  const pools = new Map();
  for (const [version, core] of Object.entries(versions)) {
    const login = await deployment.createLogin(`statement-${version}`);
    const pool = await ThroughPool.open(core, login, deployment.roles, tenant);
    cleanUp.add(() => pool.end());
    pools.set(version, pool);
  }
  return pools;
}

const spreadOf = (cells, measure, digits) => spread(cells.map(measure), digits);

function poolRow(version, cells) {
  return {
    variant: version === 'this' ? 'pool' : `pool-${version}`,
    seen: { us: spreadOf(cells, ({ seenUs }) => seenUs, 1) },
    new: { us: spreadOf(cells, ({ newUs }) => newUs, 1) },
    long: { us: spreadOf(cells, ({ longUs }) => longUs, 0) },
  };
}

function shortRow(cells) {
  return {
    variant: 'reader',
    seen: { us: spreadOf(cells, ({ seenUs }) => seenUs, 3) },
    new: { us: spreadOf(cells, ({ newUs }) => newUs, 1) },
  };
}

function longRow({ shape, sizeBytes, cells }) {
  return {
    variant: 'reader',
    shape,
    sizeBytes,
    perKb: { us: spreadOf(cells, ({ usPerKb }) => usPerKb, 1) },
    stall: { ms: spreadOf(cells, ({ stallMs }) => stallMs, 2) },
    refused: cells.some(({ isRefused }) => isRefused),
  };
}

function textOf(rows, cells) {
  const short = rows.filter(({ shape }) => shape === undefined);
  const long = rows.filter(({ shape }) => shape !== undefined);
  const shortColumns = [
    { title: '', left: true, of: (row) => row.variant },
    { title: 'text seen before, µs', of: (row) => formatSpread(row.seen.us) },
    { title: 'new text, µs', of: (row) => formatSpread(row.new.us, 1) },
    { title: 'new text of 64 KB, µs', of: (row) => formatSpread(row.long?.us, 0) },
  ];
  const longColumns = [
    { title: 'new text', left: true, of: (row) => row.shape },
    { title: 'KB', of: (row) => String(row.sizeBytes / 1_024) },
    { title: 'µs per KB', of: (row) => formatSpread(row.perKb.us, 1) },
    { title: 'longest stall, ms of CPU', of: (row) => formatSpread(row.stall.ms) },
    { title: 'refused', of: (row) => (row.refused ? 'yes' : '') },
  ];
  return `min – median – max, of the process's CPU. pool: a whole statement; reader: the reading alone.

${table(short, shortColumns)}

${table(long, longColumns, ({ shape }) => shape)}

${noiseOf(cells)}`;
}
