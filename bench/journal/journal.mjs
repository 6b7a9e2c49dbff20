import pg from 'pg';
import { noiseOf, sampleForeignLoad } from '../harness/machine.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { pairedRatios, runRounds } from '../harness/rounds.mjs';
import { spread } from '../harness/statistics.mjs';
import { planOf } from './plan.mjs';

/** What a journal costs a tenant that writes, and how much it holds. See bench/README.md. */
export const bench = { maxConnections: 20, plan: planOf, run };

/** Each kind of work, for a tenant without and with a journal. */
const KINDS = ['insert', 'update', 'delete', 'bulk'];
const VARIANTS = KINDS.flatMap((kind) => [kind, `${kind}-journal`]);

async function run(plan, { database, cleanUp, log }) {
  const { openBenchDeployment } = await import('../fleet/bench-deployment.mjs');
  const { openFleet } = await import('../fleet/open-fleet.mjs');
  const { migrationsOf } = await import('../transfer/shop.mjs');
  const { enableJournal, journalStatus } = await import('@rowhouse/transfer');
  const deployment = await openBenchDeployment(database, 'journal', cleanUp);
  const fleet = await openFleet(deployment, migrationsOf(2));
  cleanUp.add(() => fleet.close());
  const plain = await fleet.tenants.create({ slug: 'plain' });
  const recorded = await fleet.tenants.create({ slug: 'recorded' });
  await enableJournal(fleet, recorded);
  for (const tenant of [plain, recorded])
    await fleet.deployment.registry
      .for(tenant)
      .query(`insert into customers (name) select 'customer ' || n from generate_series(1, 1000) n`);

  const cells = await runRounds(VARIANTS, plan.rounds, async (variant, round) => {
    const [kind] = variant.split('-');
    const source = fleet.deployment.registry.for(variant.endsWith('-journal') ? recorded : plain);
    await prepare(source, kind, plan);
    const foreignLoad = await sampleForeignLoad();
    const startedAt = performance.now();
    const rows = await work(source, kind, plan);
    const ms = performance.now() - startedAt;
    await source.query('delete from events');
    log(`  round ${round + 1}: ${variant} ${Math.round((rows * 1_000) / ms)} rows/s`);
    return { ms, rows, foreignLoad };
  });
  const { changes } = await journalStatus(fleet, recorded);
  const client = new pg.Client({ connectionString: deployment.adminUrl });
  await client.connect();
  const { rows: sizes } = await client.query(
    `select pg_total_relation_size('rowhouse_journal.changes')::float8 as changes,
            pg_total_relation_size('rowhouse_journal.transactions')::float8 as transactions`,
  );
  await client.end();
  const [size] = sizes;
  const bytesPerChange = Math.round((size.changes + size.transactions) / changes);
  const rows = VARIANTS.map((variant) => {
    const own = cells.get(variant);
    const [kind] = variant.split('-');
    return {
      variant,
      comparedWith: kind,
      rowsPerSecond: spread(
        own.map(({ ms, rows: count }) => (count * 1_000) / ms),
        0,
      ),
      slowdown: {
        ratio: spread(
          pairedRatios(own, cells.get(kind), ({ ms }) => ms),
          2,
        ),
      },
      ...(variant.endsWith('-journal') && { bytesPerChange }),
    };
  });
  return {
    rows,
    raw: { cells: Object.fromEntries(cells), changes, size },
    text: `${textOf(rows, plan, bytesPerChange)}\n\n${noiseOf([...cells.values()].flat())}`,
  };
}

const ROW = `1 + n % 1000, timestamptz '2026-01-01' + n * interval '1 second', 'kind ' || n % 7, n % 10000 / 100.0,
  jsonb_build_object('n', n, 'text', repeat(md5(n::text), 4))`;

/** Rows that the work changes, with ids from 1. */
async function prepare(source, kind, { transactions }) {
  if (kind !== 'update' && kind !== 'delete') return;
  await source.query(
    `insert into events (id, customer_id, at, kind, amount, payload) select n, ${ROW} from generate_series(1, ${transactions}) n`,
  );
}

/** @returns how many rows were changed. */
async function work(source, kind, { transactions, bulkRows }) {
  const insert = 'insert into events (customer_id, at, kind, amount, payload) select';
  if (kind === 'bulk') {
    await source.query(`${insert} ${ROW} from generate_series(1, ${bulkRows}) n`);
    return bulkRows;
  }
  const text = {
    insert: `${insert} ${ROW} from (select $1::int as n) n`,
    update: 'update events set amount = amount + 1 where id = $1',
    delete: 'delete from events where id = $1',
  }[kind];
  for (let n = 1; n <= transactions; n += 1) await source.query(text, [n]);
  return transactions;
}

function textOf(rows, { transactions, bulkRows }, bytesPerChange) {
  const columns = [
    { title: 'variant', left: true, of: (row) => row.variant },
    { title: 'rows/s', of: (row) => formatSpread(row.rowsPerSecond, 0) },
    { title: 'time, of that without', of: (row) => formatSpread(row.slowdown.ratio, 2) },
  ];
  return `min – median – max over the rounds. ${transactions} transactions of one row of about 230 bytes, one after the other, through the pool; bulk: one
statement for ${bulkRows} rows. A change takes ${bytesPerChange} bytes in the journal, with its indexes.

${table(rows, columns, ({ comparedWith }) => comparedWith)}`;
}
