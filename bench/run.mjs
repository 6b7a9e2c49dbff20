import { ensureBuilt } from './harness/build.mjs';
import { CleanUp } from './harness/clean-up.mjs';
import { parseCommandLine, USAGE, UsageError } from './harness/command-line.mjs';
import { describeEnvironment, openDatabase } from './harness/database.mjs';
import { writeResult } from './harness/report.mjs';

/** Every bench with its description and its module. A module exports `bench`, as bench/README.md describes. */
const BENCHES = {
  overhead: {
    shows: 'what tenancy costs a request: Rowhouse and the usual ways, against the same app without tenancy',
    load: () => import('./overhead/overhead.mjs'),
  },
  'noisy-neighbour': {
    shows: 'what quiet tenants feel of one that floods the app: with the fair pool, and without',
    load: () => import('./noisy-neighbour/noisy-neighbour.mjs'),
  },
  throttle: {
    shows: 'what quiet tenants feel of one that burns the database, when it was found: throttled, and not',
    load: async () => ({ bench: (await import('./noisy-neighbour/noisy-neighbour.mjs')).throttleBench }),
  },
  roles: {
    shows: 'what a role per tenant costs: preparing homes, pinning, memory, up to 10,000 roles',
    load: () => import('./roles/roles.mjs'),
  },
  statement: {
    shows: 'what reading the text of a statement costs: seen before, new, and by its length up to 2 MB',
    load: () => import('./statement/statement.mjs'),
  },
  soak: {
    shows:
      'whether hostile tenants stop quiet ones: all ways at once, for minutes, with the guard and without',
    load: () => import('./soak/soak.mjs'),
  },
  memory: {
    shows: "what a tenant costs in memory: of the server's processes, and of the app's heap",
    load: () => import('./memory/memory.mjs'),
  },
  provisioning: {
    shows: 'how fast tenants are made: cold and with prewarmed homes, against a loop of TypeORM DataSources',
    load: () => import('./provisioning/provisioning.mjs'),
  },
  admin: {
    shows: 'what looking tenants up over the admin API costs, with 100 to 10,000 of them',
    load: () => import('./admin/admin.mjs'),
  },
  'admin-ui': {
    shows:
      'how the admin app feels with 10,000 tenants: first rows, keys, scrolling, each page; in a real Chromium',
    load: () => import('./admin-ui/admin-ui.mjs'),
  },
  'admin-tasks': {
    shows: 'five tasks of an operator in the admin app and by the command: clicks, keys, seconds',
    load: () => import('./admin-tasks/admin-tasks.mjs'),
  },
  transfer: {
    shows: 'how fast one tenant is exported and imported, against pg_dump, pg_restore and a loop of TypeORM',
    load: () => import('./transfer/transfer.mjs'),
  },
  metrics: {
    shows: 'what the metrics of up to 10,000 tenants take: memory, flushes, the answer to Prometheus',
    load: () => import('./metrics/metrics.mjs'),
  },
  journal: {
    shows: 'what a journal costs a tenant that writes: time of a change, bytes of the journal',
    load: () => import('./journal/journal.mjs'),
  },
  files: {
    shows:
      'what scans and thumbnails of files cost requests to the API: in its process, and in one of their own',
    load: () => import('./files/files.mjs'),
  },
  fleet: {
    shows:
      'how fast all tenants are migrated, against a loop of TypeORM DataSources; up to 2,000 x 60 migrations',
    load: () => import('./fleet/fleet.mjs'),
  },
};

const log = (line) => process.stderr.write(`${line}\n`);

function listBenches() {
  return Object.entries(BENCHES)
    .map(([name, { shows }]) => `  ${name.padEnd(18)}${shows}\n`)
    .join('');
}

async function measure(name, options, cleanUp) {
  ensureBuilt(log);
  const { bench } = await BENCHES[name].load();
  const plan = bench.plan(options);
  const database = await openDatabase({ maxConnections: bench.maxConnections, cleanUp, log });
  const startedAt = performance.now();
  const { rows, raw, text } = await bench.run(plan, { database, cleanUp, log });
  const result = { name, rows };
  log(`Took ${Math.round((performance.now() - startedAt) / 1_000)} s.`);
  log(`Wrote ${await writeResult(`${name}.json`, result)}`);
  log(
    `Wrote ${await writeResult(`${name}.raw.json`, { environment: describeEnvironment(database), plan, ...raw })}`,
  );
  return { result, text };
}

async function main(args) {
  const { name, list, help, json, options } = parseCommandLine(args);
  if (help) return process.stdout.write(`${USAGE}\nBenches:\n${listBenches()}`);
  if (list) return process.stdout.write(listBenches());
  if (!name || !BENCHES[name]) {
    throw new UsageError(`${name ? `There is no bench "${name}".` : 'Which bench?'}\n${listBenches()}`);
  }
  const cleanUp = new CleanUp();
  cleanUp.onSignals();
  try {
    const { result, text } = await measure(name, options, cleanUp);
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : `\n${text}\n`);
  } catch (error) {
    if (!cleanUp.interrupted) throw error;
  } finally {
    await cleanUp.run();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError;
  log(isUsage ? `${error.message}\nMore: npm run bench -- --help` : (error.stack ?? String(error)));
  process.exitCode = isUsage ? 2 : 1;
}
