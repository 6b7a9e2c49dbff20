import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How to reach the database of an application that brings its own. */
export interface Connection {
  /** `postgres://` URL of the application's login. */
  readonly url: string;
  /** The same for the owner of the schemas. */
  readonly directUrl: string;
  /** Of the pool's options, those that are not the default. */
  readonly pool?: {
    readonly roles?: string | false;
    readonly homeSchema?: string;
    readonly sharedSchemas?: readonly string[];
  };
}

/**
 * Says beside the data directory how to reach its server while this process serves it, so that `rowhouse doctor` needs no
 * arguments. Nobody else may read it: passwords are in it.
 *
 * @returns takes it away again, unless another process has written its own meanwhile.
 */
export function writeConnectionFile(dataDir: string, connection: Connection): () => Promise<void> {
  const path = join(dirname(dataDir), 'connection.json');
  const draft = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  // In one step, and with its mode from the beginning.
  rmSync(draft, { force: true });
  writeFileSync(draft, JSON.stringify({ ...connection, pid: process.pid }), { mode: 0o600, flag: 'wx' });
  renameSync(draft, path);
  return async () => {
    if (pidIn(path) === process.pid) rmSync(path, { force: true });
  };
}

function pidIn(path: string): unknown {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { pid?: unknown }).pid;
  } catch {
    return undefined;
  }
}
