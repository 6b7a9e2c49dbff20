import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../tools/workspace.mjs';

/**
 * The suites besides the one that `npm test` runs. The first line of a spec says which of them it is part of: a doc comment
 * of `@suite` and their names.
 */
export const SUITES = {
  /** Needs a real PgBouncer. The specs say so, and how to get it, where it is missing. */
  pgbouncer: { isExtra: true },
  /** Needs a real S3 server. The specs say so, and how to get it, where it is missing. */
  s3: { isExtra: true },
  /** Needs a real clamd, in the same way. */
  files: { isExtra: true },
  /** Needs a real dovecot, in the same way. */
  mail: { isExtra: true },
  /** Needs a real Redis, in the same way. */
  redis: { isExtra: true },
  /** Needs a real Prometheus, in the same way. */
  prometheus: { isExtra: true },
  /** Needs a Chroma that runs on this machine, in the same way. */
  vectors: { isExtra: true },
  /** Needs a PostgreSQL that has pgvector. */
  pgvector: { isExtra: true, prepare: requirePgvector },
  /** Needs a cluster of Citus, or a PostgreSQL that has it. */
  citus: { isExtra: true, prepare: requireCitus },
  /** Needs Chromium, in the same way. */
  browser: { isExtra: true },
  /** What depends on the server's version, on the oldest that is supported. */
  postgres15: { prepare: usePostgres15 },
  /** What depends on the version of TypeORM, on the last before 1. */
  typeorm03: { prepare: () => setDefault('TYPEORM', 'typeorm-0.3') },
  /** The kill suite in full: `npm test` has the part that kills processes, with fewer kills. */
  kill: { prepare: () => setDefault('KILL_RUNS', '200') },
  /** The part of the kill suite that starts servers to kill them, and cuts connections. */
  faults: { isExtra: true },
};

/** @returns {string[]} the specs of a suite, relative to the workspace. */
export function specsOf(suite) {
  return tagged.filter(({ suites }) => suites.includes(suite)).map(({ file }) => file);
}

/** @returns {string[]} the specs that need more than npm packages, and which `npm test` therefore leaves out. */
export function extraSpecs() {
  return Object.keys(SUITES)
    .filter((suite) => SUITES[suite].isExtra)
    .flatMap(specsOf);
}

const TAG = /^\/\*\* @suite ([\w ]+) \*\/\n/;

const tagged = ['libs', 'apps', 'examples', 'test'].flatMap(specsIn).flatMap((file) => {
  const [, names] = TAG.exec(readFileSync(join(ROOT, file), 'utf8')) ?? [];
  if (!names) return [];
  const suites = names.split(' ');
  const unknown = suites.filter((name) => !(name in SUITES));
  if (unknown.length > 0)
    throw new Error(`${file} is part of a suite that there is not: ${unknown.join(', ')}`);
  const isOfVersions = suites.some((name) => name === 'postgres15' || name === 'typeorm03');
  if (isOfVersions && suites.some((name) => SUITES[name].isExtra))
    throw new Error(`${file} is part of a suite that \`npm test\` leaves out: give that a spec of its own.`);
  return [{ file, suites }];
});

function specsIn(folder) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return /^(node_modules|dist|fixtures)$/.test(entry.name) ? [] : specsIn(path);
    return path.endsWith('.spec.ts') ? [path] : [];
  });
}

function usePostgres15() {
  setDefault('ROWHOUSE_POSTGRES_BIN', '/usr/lib/postgresql/15/bin');
  const bin = process.env.ROWHOUSE_POSTGRES_BIN;
  try {
    accessSync(`${bin}/initdb`, constants.X_OK);
  } catch {
    throw new Error(
      `PostgreSQL 15 is not installed in ${bin}, and this suite needs it. Get it with: apt-get install postgresql-15 (Debian); ` +
        'or name the programs of another version in ROWHOUSE_POSTGRES_BIN.',
    );
  }
}

function requirePgvector() {
  setDefault('ROWHOUSE_POSTGRES_BIN', '/usr/lib/postgresql/15/bin');
  const bin = process.env.ROWHOUSE_POSTGRES_BIN;
  // A server that is named says so itself.
  if (process.env.ROWHOUSE_TEST_URL) return;
  try {
    const folder = execFileSync(`${bin}/pg_config`, ['--sharedir'], { encoding: 'utf8' }).trim();
    accessSync(`${folder}/extension/vector.control`, constants.R_OK);
  } catch {
    throw new Error(
      `The PostgreSQL in ${bin} has no pgvector, and this suite needs it. Get it with: apt-get install postgresql-18-pgvector (from ` +
        'apt.postgresql.org), or build it (github.com/pgvector/pgvector); then name the programs in ROWHOUSE_POSTGRES_BIN, or a ' +
        "superuser's URL in ROWHOUSE_TEST_URL.",
    );
  }
}

function requireCitus() {
  const { CITUS_URL, ROWHOUSE_CITUS_BIN: bin } = process.env;
  if (CITUS_URL) {
    process.env.ROWHOUSE_TEST_URL = CITUS_URL;
    return;
  }
  try {
    const folder = execFileSync(`${bin}/pg_config`, ['--sharedir'], { encoding: 'utf8' }).trim();
    accessSync(`${folder}/extension/citus.control`, constants.R_OK);
  } catch {
    throw new Error(
      'There is no Citus, and this suite needs it. Name a cluster in CITUS_URL: a superuser of its coordinator, in a database whose ' +
        'workers are added (docker compose --profile citus up); or a PostgreSQL that has Citus in ROWHOUSE_CITUS_BIN (the folder of ' +
        'its pg_config), for a cluster that lives as long as the suite. Get it at github.com/citusdata/citus.',
    );
  }
}

function setDefault(variable, value) {
  process.env[variable] ??= value;
}
