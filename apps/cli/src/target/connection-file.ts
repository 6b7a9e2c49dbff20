import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UnusableError } from '../shell/io.js';

/** The file in which an application with an embedded server stores its address while it runs. */
export const CONNECTION_FILE = join('.rowhouse', 'connection.json');

/** The contents of the file. */
export interface ConnectionFile {
  /** `postgres://` URL with the application's login. */
  readonly url: string;
  /** `postgres://` URL with the owner of the schemas. */
  readonly directUrl: string;
  /** The id of the process that runs the server. */
  readonly pid: number;
  /** The pool options that differ from the defaults. */
  readonly pool?: {
    readonly roles?: string | false;
    readonly homeSchema?: string;
    readonly sharedSchemas?: readonly string[];
  };
}

/**
 * Looks for the file in a folder and its parent folders.
 *
 * @throws {UnusableError} when it cannot be read, or its application no longer runs.
 */
export function findConnectionFile(cwd: string): { path: string; connection: ConnectionFile } | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, CONNECTION_FILE);
    const text = readIfThere(path);
    if (text !== undefined) return { path, connection: parse(path, text) };
    if (folder === dirname(folder)) return undefined;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UnusableError(`${path} cannot be read (${code}). Give --url, or DATABASE_URL.`);
  }
}

function parse(path: string, text: string): ConnectionFile {
  const file = jsonOf(text);
  if (!isConnectionFile(file))
    throw new UnusableError(`${path} is damaged. Start the application again, or give --url.`);
  if (!isRunning(file.pid)) {
    throw new UnusableError(
      `The application of ${path} is not running. Start it (for the demo: npm start), or give --url.`,
    );
  }
  return file;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isConnectionFile(value: unknown): value is ConnectionFile {
  if (typeof value !== 'object' || value === null) return false;
  const { url, directUrl, pid } = value as Partial<Record<keyof ConnectionFile, unknown>>;
  return typeof url === 'string' && typeof directUrl === 'string' && Number.isInteger(pid);
}

/** Signal 0 only checks whether the process exists (kill(2)). */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}
