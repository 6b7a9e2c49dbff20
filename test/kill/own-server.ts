import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@rowhouse/testing';
import pg from 'pg';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.js';
import { openWireTap } from '../support/wire-tap.js';

/**
 * What is written is with the operating system when a commit is answered. That survives every process; fsync would only be for
 * a loss of power.
 */
const SETTINGS = { fsync: 'off', max_wal_size: '128MB' };
const SMALL_WAL_BYTES = 256 * 2 ** 20;

/** A server that may be killed, at an address that stays the same. */
export interface OwnServer {
  /** A superuser's. */
  readonly url: string;
  readonly dataDir: string;
  /** Where it writes its WAL, if that is a disk of its own. */
  readonly walDisk: SmallDisk | undefined;
  /** Starts it again when it was killed. */
  restart(): Promise<void>;
  /** Resolves when it has recovered since a moment of its own clock, and accepts connections. */
  whenRecovered(since: Date): Promise<void>;
  stop(): Promise<void>;
}

/** @param options.hasSmallWal - its WAL is on a disk of its own, which can be full. */
export async function openOwnServer({ hasSmallWal = false } = {}): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-kill-'));
  // The account of the server may enter it.
  await chmod(folder, 0o755);
  const start = () =>
    startEmbeddedPostgres({ dataDir: join(folder, 'data'), maxConnections: 60, settings: SETTINGS });
  let running: EmbeddedPostgres = await start();
  let walDisk: SmallDisk | undefined;
  if (hasSmallWal) {
    await running.stop();
    walDisk = await moveWal(running.dataDir);
    running = await start();
  }
  const door = await openWireTap(running.url);
  return {
    url: door.url,
    get dataDir() {
      return running.dataDir;
    },
    walDisk,
    async restart() {
      await running.stop();
      running = await start();
      door.mend(running.url);
    },
    async whenRecovered(since) {
      while (!(await hasRecovered(running.url, since))) await delay(20);
    },
    async stop() {
      await door.close();
      await running.stop();
      walDisk?.unmount();
      await rm(folder, { recursive: true });
    },
  };
}

/** Of a server that is stopped. */
async function moveWal(dataDir: string): Promise<SmallDisk> {
  const { uid } = await stat(dataDir);
  const disk = mountSmallDisk(SMALL_WAL_BYTES, uid);
  if (!disk) throw new Error('This process may mount no disk.');
  const [before, after] = [join(dataDir, 'pg_wal'), join(disk.path, 'wal')];
  // With their owner.
  execFileSync('cp', ['-a', before, after]);
  await rm(before, { recursive: true });
  await symlink(after, before);
  return disk;
}

/** After a crash the server has another checkpointer. */
async function hasRecovered(url: string, since: Date): Promise<boolean> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(
      `select from pg_stat_activity where backend_type = 'checkpointer' and backend_start > $1`,
      [since],
    );
    return rows.length > 0;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
