import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '@rowhouse/testing';
import { takeThrough } from './journey.js';
import { isFailure, reportText } from './report.js';
import { StepLog, type StepResult } from './step-log.js';

const USAGE = `npm run test:corpus -- [folder or .sql files] [--json]

Takes each dump through load, adopt, undo, migration, drift, doctor, export and purge, and compares catalogs and rows.
Without a folder: the schemas in test/corpus/sql.

  --json         prints the results as one JSON document
  DATABASE_URL   a superuser's URL: works on that server, in databases of its own, instead of the embedded PostgreSQL
`;

const OWN = fileURLToPath(new URL('./sql', import.meta.url));

/** @returns the exit status: 0, or 1 after differences and errors, or 2 for a wrong command line. */
export async function main(args: string[]): Promise<number> {
  let files: string[];
  let json: boolean;
  try {
    const { values, positionals } = parseArgs({
      args,
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
      allowPositionals: true,
    });
    if (values.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    json = values.json;
    files = await dumpsIn(positionals.length > 0 ? positionals : [OWN]);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const results = await onServer((serverUrl) => runAll(serverUrl, files));
  process.stdout.write(json ? `${JSON.stringify({ results }, null, 2)}\n` : `\n${reportText(results)}\n`);
  return results.some(isFailure) ? 1 : 0;
}

async function dumpsIn(paths: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(
    paths.map(async (path) =>
      path.endsWith('.sql') ? [path] : (await readdir(path)).sort().map((name) => join(path, name)),
    ),
  );
  const files = lists.flat().filter((file) => file.endsWith('.sql'));
  if (files.length === 0) throw new Error(`There are no .sql files in ${paths.join(', ')}.`);
  return files;
}

async function onServer<T>(work: (serverUrl: string) => Promise<T>): Promise<T> {
  const given = process.env['DATABASE_URL'];
  if (given) return work(given);
  const server = await startEmbeddedPostgres({
    binDir: process.env['ROWHOUSE_POSTGRES_BIN'],
    maxConnections: 100,
    settings: { max_locks_per_transaction: '1024', wal_level: 'logical' },
  });
  try {
    return await work(server.url);
  } finally {
    await server.stop();
  }
}

async function runAll(serverUrl: string, files: readonly string[]): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const file of files) {
    const log = new StepLog(basename(file, '.sql'), ({ dump, step, outcome }) =>
      process.stderr.write(`${dump}: ${step}: ${outcome}\n`),
    );
    // An error between the steps belongs to its dump: the others are still run.
    await takeThrough(serverUrl, file, log).catch((error) => log.fail('between the steps', error));
    results.push(...log.results);
  }
  return results;
}
