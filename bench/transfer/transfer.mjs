import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createTenants, slugsFrom } from '../fleet/create-tenants.mjs';
import { Child } from '../harness/child.mjs';
import { noiseOf, sampleForeignLoad } from '../harness/machine.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { pairedRatios, runRounds } from '../harness/rounds.mjs';
import { spread } from '../harness/statistics.mjs';
import { planOf, VARIANTS } from './plan.mjs';

/** How fast one tenant is exported and imported, against pg_dump and a loop of TypeORM. See bench/README.md. */
export const bench = { maxConnections: 50, plan: planOf, run };

const WORKER = new URL('./worker.mjs', import.meta.url);
const TIMEOUT_MS = 3_600_000;

async function run(plan, { database, cleanUp, log }) {
  const { openBenchDeployment } = await import('../fleet/bench-deployment.mjs');
  const { dump, requirePgDump, restore } = await import('./pg-dump.mjs');
  const { copyByTypeOrm } = await import('./typeorm-loop.mjs');
  await requirePgDump(database.version);
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-bench-'));
  cleanUp.add(() => rm(folder, { recursive: true, force: true }));
  const deployment = await openBenchDeployment(database, 'transfer', cleanUp);
  const megabytes = await prepare(deployment, plan, log);
  const url = deployment.adminUrl;
  const file = (name) => join(folder, name);
  const peaks = [];

  /** A process of its own for each, as a command of an operator is. */
  const ask = async (task, question) => {
    const worker = await Child.start({ name: 'the operator', file: WORKER, cleanUp });
    const ms = await worker.ask(task, { deployment, tables: plan.tables, ...question }, TIMEOUT_MS);
    peaks.push({ task, kb: await worker.ask('peak') });
    await worker.stop();
    return ms;
  };

  const measure = {
    pg_dump: (round) => dump(url, 'tenant_large', file(`${round}.dump`)),
    'rowhouse-export': (round) => ask('export', { slug: 'large', path: file(`${round}.tar.gz`) }),
    pg_restore: async (round) => {
      await dump(url, 'tenant_large', file(`restore-${round}.dump`));
      const target = await emptyDatabase(database, `${database.name}_restore`);
      const ms = await restore(target, file(`restore-${round}.dump`));
      await database.admin.query(`drop database ${database.name}_restore`);
      return ms;
    },
    'rowhouse-import': async (round) => {
      await ask('export', { slug: 'large', path: file(`import-${round}.tar.gz`) });
      const ms = await ask('import', {
        slug: `large-${round}`,
        path: file(`import-${round}.tar.gz`),
      });
      await asAdmin(url, (client) => client.query(`drop schema tenant_large_${round} cascade`));
      return ms;
    },
    'typeorm-loop': async () => {
      await asAdmin(url, async (client) => {
        await client.query('truncate tenant_copy.customers, tenant_copy.events');
        await client.query('insert into tenant_copy.customers select * from tenant_large.customers');
      });
      const options = { from: 'tenant_large', to: 'tenant_copy', rows: plan.loopRows };
      return ((await copyByTypeOrm(url, options)) * plan.rows) / plan.loopRows;
    },
    'rowhouse-copy': async () => {
      await asAdmin(url, (client) => client.query('truncate tenant_copy.customers, tenant_copy.events'));
      return ask('copy', { slug: 'large', path: 'copy' });
    },
    'pg_dump-small': (round) => dump(url, 'tenant_small', file(`small-${round}.dump`)),
    'rowhouse-small': (round) => ask('export', { slug: 'small', path: file(`small-${round}.tar.gz`) }),
    'rowhouse-small-next': async (round) => {
      await mkdir(file(`next-${round}`));
      return ask('exportEach', { slugs: nextOf(plan), folder: file(`next-${round}`) });
    },
  };
  const cells = await runRounds(plan.variants, plan.rounds, async (variant, round) => {
    const foreignLoad = await sampleForeignLoad();
    const ms = await measure[variant](round);
    log(`  round ${round + 1}: ${variant} ${(ms / 1_000).toFixed(3)} s`);
    return { ms, foreignLoad };
  });
  const rows = plan.variants.map((variant) => {
    const comparedWith = VARIANTS[variant];
    const own = cells.get(variant);
    const isSmall = variant.includes('-small');
    return {
      variant,
      comparedWith,
      ms: spread(
        own.map(({ ms }) => ms),
        0,
      ),
      speedup: {
        ratio: spread(
          pairedRatios(cells.get(comparedWith), own, ({ ms }) => ms),
          2,
        ),
      },
      ...(!isSmall && {
        mbPerSecond: spread(
          own.map(({ ms }) => (megabytes * 1_000) / ms),
          1,
        ),
      }),
      ...peakOf(peaks, variant),
    };
  });
  return {
    rows,
    raw: { megabytes, cells: Object.fromEntries(cells), peaks },
    text: `${textOf(rows, megabytes, plan)}\n\n${noiseOf([...cells.values()].flat())}`,
  };
}

/** The neighbours that have as many rows as the small tenant. */
function nextOf({ next }) {
  return slugsFrom('n', 1, next);
}

/** @returns the megabytes of the large tenant's rows, as COPY writes them. */
async function prepare(deployment, plan, log) {
  const { rows, neighbours, tables, smallRows } = plan;
  const { withFleet } = await import('../fleet/open-fleet.mjs');
  const { fillingOf, migrationsOf } = await import('./shop.mjs');
  await withFleet(deployment, migrationsOf(tables), async (fleet) => {
    await createTenants(fleet, ['large', 'small', 'copy', ...slugsFrom('n', 1, neighbours)], {
      concurrency: 4,
    });
  });
  return asAdmin(deployment.adminUrl, async (client) => {
    for (const [schema, count] of [
      ['tenant_large', rows],
      ['tenant_small', smallRows],
      ...nextOf(plan).map((slug) => [`tenant_${slug}`, smallRows]),
    ]) {
      await client.query(`set search_path = ${schema}`);
      for (const text of fillingOf(count)) await client.query(text);
    }
    await client.query('vacuum analyze tenant_large.events');
    const { rows: found } = await client.query(
      'select coalesce(sum(length(t::text)), 0)::float8 / 1048576 as megabytes from tenant_large.events t',
    );
    log(
      `${rows} rows, ${found[0].megabytes.toFixed(0)} MB; ${neighbours} neighbours with ${tables} tables each.`,
    );
    return found[0].megabytes;
  });
}

async function emptyDatabase(database, name) {
  await database.admin.query(`create database ${name}`);
  return Object.assign(new URL(database.url), { pathname: name }).href;
}

async function asAdmin(url, work) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function peakOf(peaks, variant) {
  const task = { 'rowhouse-export': 'export', 'rowhouse-import': 'import' }[variant];
  if (!task) return {};
  return { peakKb: Math.max(...peaks.filter((one) => one.task === task).map(({ kb }) => kb)) };
}

function textOf(rows, megabytes, { rows: count, loopRows, neighbours, tables, smallRows, next }) {
  const columns = [
    { title: 'variant', left: true, of: (row) => row.variant },
    { title: 's', of: (row) => (row.ms.median / 1_000).toFixed(3) },
    { title: 'MB/s', of: (row) => formatSpread(row.mbPerSecond, 1) },
    { title: 'compared with', left: true, of: (row) => row.comparedWith },
    { title: 'speedup', of: (row) => formatSpread(row.speedup.ratio, 2) },
    { title: 'MB of memory', of: (row) => (row.peakKb ? (row.peakKb / 1_024).toFixed(0) : '—') },
  ];
  return `min – median – max over the rounds. speedup: the time of what it is compared with, divided by the variant's. One tenant with ${count} rows,
${megabytes.toFixed(0)} MB; the loop saves ${loopRows} of them, scaled to all. small: ${smallRows} rows among ${neighbours} tenants with ${tables} tables each; next: of ${next} such
tenants, one after the other in one process, one.

${table(rows, columns, ({ comparedWith }) => comparedWith)}`;
}
