import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { initialise, SUPERUSER } from './data-directory.js';
import { type DataDirectory, settleDataDirectory, temporaryDirectory } from './data-location.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { locateBinaries, type PostgresBinaries } from './postgres-binaries.js';
import {
  endLeftBehindBackends,
  findPostmaster,
  OWNER_SETTING,
  releaseStaleLock,
  stopPostmaster,
} from './postmaster.js';
import { ServerProcess } from './server-process.js';
import { chooseServiceAccount } from './service-account.js';

const optionsSchema = z
  .strictObject({
    dataDir: z.string().min(1).optional(),
    binDir: z.string().min(1).optional(),
    port: z.int().min(1).max(65_535).optional(),
    maxConnections: z.int().min(4).max(10_000).default(100),
    settings: z.record(z.string().regex(/^[a-z][a-z0-9_.]*$/i), z.string()).default({}),
  })
  .readonly();

/** How to start the server. */
export interface EmbeddedPostgresOptions {
  /**
   * Keeps the data in this directory from one start to the next, safely flushed to disk. Without it the data is in a
   * temporary directory, is not flushed, and is deleted by `stop()`.
   */
  readonly dataDir?: string;
  /**
   * The programs of another installation, for example `/usr/lib/postgresql/15/bin`, to test on that version. Default:
   * those that npm installed.
   */
  readonly binDir?: string;
  /** TCP port on 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** Default 100. */
  readonly maxConnections?: number;
  /** Further settings of postgresql.conf, by name. They override the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A running server. */
export interface EmbeddedPostgres {
  /** Connects as superuser to the database `postgres`; holds the password. */
  readonly url: string;
  readonly port: number;
  /** The directory with the data. It differs from the requested one when PostgreSQL's user could not reach that. */
  readonly dataDir: string;
  /** Stops the server: by a fast shutdown, and by force after ten seconds. Calling it again does nothing. */
  stop(): Promise<void>;
}

/** Temporary data need not survive a crash (manual, 18.5 "Non-Durable Settings"). */
const NON_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts a real PostgreSQL from npm packages, on 127.0.0.1 only, as any user, root included.
 *
 * A data directory left behind by a crash recovers, also when the crashed process left its server running. Should this
 * process die without `stop()`, the server is stopped for it.
 *
 * @throws {EmbeddedPostgresError} with a `code` and a remedy.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new EmbeddedPostgresError('OPTIONS_INVALID', z.prettifyError(parsed.error));
  const { dataDir, binDir, port, maxConnections, settings } = parsed.data;
  const account = await chooseServiceAccount();
  const binaries = await locateBinaries(account, binDir);
  const throwAway = dataDir === undefined ? await temporaryDirectory(account) : undefined;
  const cleanUp = async () => {
    if (throwAway) await rm(throwAway, { recursive: true, force: true });
  };
  try {
    const directory = throwAway
      ? { path: join(throwAway, 'data'), account }
      : await settleDataDirectory(dataDir ?? '', account);
    const password = await initialise(binaries.initdb, directory, !throwAway);
    await recover(directory.path);
    const started = await listen(binaries, directory, throwAway, port, {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: String(maxConnections),
      timezone: 'UTC',
      ...(throwAway ? NON_DURABLE : {}),
      ...settings,
    });
    let stopping: Promise<void> | undefined;
    return {
      url: `postgres://${SUPERUSER}:${password}@127.0.0.1:${started.port}/postgres`,
      port: started.port,
      dataDir: directory.path,
      stop() {
        stopping ??= started.server.stop().then(cleanUp);
        return stopping;
      },
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** Stops what an earlier process left running on the data directory, and releases its lock. */
async function recover(dataDir: string): Promise<void> {
  const postmaster = await findPostmaster(dataDir);
  if (!postmaster) {
    await endLeftBehindBackends(dataDir);
    await releaseStaleLock(dataDir);
    return;
  }
  if (postmaster.owned) {
    throw new EmbeddedPostgresError(
      'DATA_DIR_IN_USE',
      `${dataDir} is served already, by PostgreSQL process ${postmaster.pid}, whose starter still runs. ` +
        'Stop that program first, or name another data directory.',
    );
  }
  await stopPostmaster(dataDir, postmaster.pid);
}

const ATTEMPTS = 50;
const RETRY_MS = 200;

/** Starts the server, and tries again when waiting or another port can help. */
async function listen(
  binaries: PostgresBinaries,
  directory: DataDirectory,
  throwAway: string | undefined,
  fixedPort: number | undefined,
  settings: Readonly<Record<string, string>>,
): Promise<{ server: ServerProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = fixedPort ?? (await findFreePort());
    const own = { ...settings, port: String(port), [OWNER_SETTING]: String(process.pid) };
    const result = await ServerProcess.start(binaries, directory, own, throwAway);
    if (result.server) return { server: result.server, port };
    const portTaken = result.log.includes('Address already in use');
    // The backends of a killed server release its shared memory a moment later.
    const mayPass = result.log.includes('is still in use') || (portTaken && fixedPort === undefined);
    if (!mayPass || attempt === ATTEMPTS) throw startFailed(result.log, portTaken ? port : undefined);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function startFailed(log: string, takenPort: number | undefined): EmbeddedPostgresError {
  if (takenPort !== undefined) {
    return new EmbeddedPostgresError(
      'PORT_IN_USE',
      `Port ${takenPort} of 127.0.0.1 is taken. Name another port, or none to be given a free one.`,
    );
  }
  return new EmbeddedPostgresError('START_FAILED', `PostgreSQL did not start. It said:\n${log}`);
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
