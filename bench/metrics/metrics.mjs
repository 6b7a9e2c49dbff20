import { Child } from '../harness/child.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { spread } from '../harness/statistics.mjs';
import { planOf } from './plan.mjs';

/** What the metrics of many tenants take: memory, flushes, the answer to Prometheus. See bench/README.md. */
export const bench = { maxConnections: 50, plan: planOf, run };

const WORKER = new URL('./worker.mjs', import.meta.url);
const TIMEOUT_MS = 30 * 60_000;

async function run(plan, { database, cleanUp, log }) {
  const rows = [];
  const raw = {};
  for (const tenants of plan.tenants) {
    const name = `${database.name}_${tenants}`;
    await database.admin.query(`create database ${name}`);
    const worker = await Child.start({
      name: 'the metrics worker',
      file: WORKER,
      execArgv: ['--expose-gc'],
      cleanUp,
    });
    const url = Object.assign(new URL(database.url), { pathname: name }).href;
    const measured = await worker.ask('measure', { url, tenants, hours: plan.hours }, TIMEOUT_MS);
    await worker.stop();
    raw[tenants] = measured;
    rows.push(...rowsOf(tenants, measured));
    log(`  ${tenants} tenants`);
  }
  return { rows, raw, text: textOf(rows) };
}

function rowsOf(tenants, { memory, flushes, scrapes, catalogBytes }) {
  return [
    {
      variant: 'collector',
      tenants,
      // Between two flushes, with everything that all tenants did in a minute; at the beginning and at the end of the day.
      fullKb: spread(memory.fullKb, 0),
      firstHourKb: memory.fullKb[0],
      lastHourKb: memory.fullKb.at(-1),
      emptyKb: spread(memory.emptyKb, 0),
      awayKb: memory.awayKb,
    },
    {
      variant: 'flush',
      tenants,
      ms: spread(flushes.map(({ ms }) => ms)),
      cpuMs: spread(flushes.map(({ cpuMs }) => cpuMs)),
      longestStallMs: spread(flushes.map(({ stallMs }) => stallMs)),
      catalogBytes,
    },
    {
      variant: 'scrape',
      tenants,
      bytes: Math.max(...scrapes.map(({ bytes }) => bytes)),
      ms: spread(scrapes.map(({ ms }) => ms)),
      cpuMs: spread(scrapes.map(({ cpuMs }) => cpuMs)),
    },
  ];
}

function textOf(rows) {
  const of = (variant) => rows.filter((row) => row.variant === variant);
  const tenants = { title: 'tenants', of: (row) => String(row.tenants) };
  const mb = (kb) => (kb / 1_024).toFixed(1);
  const megabytes = ({ min, median, max }) => [min, median, max].map(mb).join(' – ');
  return [
    'Memory of the collector in MB: with a minute of all tenants, after a flush, and while the catalog is away',
    table(of('collector'), [
      tenants,
      { title: 'full', of: (row) => megabytes(row.fullKb) },
      { title: 'first hour', of: (row) => mb(row.firstHourKb) },
      { title: 'last hour', of: (row) => mb(row.lastHourKb) },
      { title: 'flushed', of: (row) => megabytes(row.emptyKb) },
      { title: 'away', of: (row) => mb(row.awayKb) },
    ]),
    'A flush of all tenants: time, CPU of the app, the longest time that requests had to wait meanwhile, in ms',
    table(of('flush'), [
      tenants,
      { title: 'ms', of: (row) => formatSpread(row.ms, 0) },
      { title: 'CPU', of: (row) => formatSpread(row.cpuMs, 0) },
      { title: 'stall', of: (row) => formatSpread(row.longestStallMs, 0) },
      { title: 'catalog MB', of: (row) => mb(row.catalogBytes / 1_024) },
    ]),
    'GET /metrics',
    table(of('scrape'), [
      tenants,
      { title: 'KB', of: (row) => (row.bytes / 1_024).toFixed(0) },
      { title: 'ms', of: (row) => formatSpread(row.ms, 1) },
      { title: 'CPU', of: (row) => formatSpread(row.cpuMs, 1) },
    ]),
  ].join('\n\n');
}
