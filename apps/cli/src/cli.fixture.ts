import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { dropRoles } from '../../../test/support/roles.js';
import { type ExitCode, run } from './index.js';

export interface Situation {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly isTTY?: boolean;
  /** The answer given on the terminal; left out when there is no terminal. */
  readonly answer?: string;
  readonly signal?: AbortSignal;
  /** Is given what to call for a key that is pressed; left out when there is no terminal. */
  readonly keys?: (press: (key: string) => void) => () => void;
}

export interface Answer {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line and captures its output. */
export async function rowhouse(argv: readonly string[], situation: Situation): Promise<Answer> {
  const { env = {}, cwd = tmpdir(), isTTY = false, answer, signal, keys } = situation;
  const written = { stdout: '', stderr: '' };
  const code = await run(argv, {
    stdout: { isTTY, write: (text) => (written.stdout += text) },
    stderr: { isTTY, write: (text) => (written.stderr += text) },
    env,
    cwd,
    signal,
    ...(keys && { keys }),
    ...(answer !== undefined && { ask: async () => answer }),
  });
  return { code, ...written };
}

/** A temporary folder for an application. */
export function openFolder() {
  const path = mkdtempSync(join(tmpdir(), 'rowhouse-cli-'));
  return { path, close: () => rmSync(path, { recursive: true }) };
}

/** A database with a login for the application and its own role prefix. @param given - is dropped with it. */
export async function openDatabase(given?: TestDatabase & { readonly ownerUrl: string }) {
  const database = given ?? (await createTestDatabase());
  const prefix = `cli_${randomBytes(5).toString('hex')}`;
  const admin = new pg.Pool({ connectionString: database.url, max: 2 });
  admin.on('error', () => {});
  return {
    admin,
    prefix,
    env: { DATABASE_URL: database.loginUrl, DIRECT_DATABASE_URL: given?.ownerUrl ?? database.url },
    async close() {
      await admin.end();
      await database.drop();
      await dropRoles(prefix);
    },
  };
}

export type Database = Awaited<ReturnType<typeof openDatabase>>;
