import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BIN = process.env.ROWHOUSE_POSTGRES_BIN;

/** A program of PostgreSQL: of the folder in ROWHOUSE_POSTGRES_BIN, else of the path. */
const program = (name) => (BIN ? join(BIN, name) : name);

/** @throws {Error} when pg_dump is missing or older than the server, and what to do then. */
export async function requirePgDump(serverVersion) {
  const { stdout } = await run(program('pg_dump'), ['--version']).catch(() => ({ stdout: '' }));
  const major = Number(/(\d+)/.exec(stdout)?.[1] ?? 0);
  if (major >= Number.parseInt(serverVersion, 10)) return;
  throw new Error(
    `This bench needs pg_dump and pg_restore of the server's version, ${serverVersion} (found: ${stdout.trim() || 'none'}). ` +
      'Install PostgreSQL, and name the folder of its programs in ROWHOUSE_POSTGRES_BIN: they then run the server as well.',
  );
}

export function dump(url, schema, path) {
  return timed('pg_dump', ['-Fc', '-n', schema, '-f', path, url]);
}

export function restore(url, path) {
  return timed('pg_restore', ['--no-owner', '--no-acl', '-d', url, path]);
}

/** Milliseconds. */
async function timed(name, args) {
  const startedAt = performance.now();
  await run(program(name), args);
  return performance.now() - startedAt;
}
