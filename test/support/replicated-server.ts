import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@rowhouse/testing';
import pg from 'pg';
import { until } from './until.js';

/** A server that follows a primary by streaming replication. */
export interface Standby {
  /** Connects as superuser to the database `postgres`. */
  readonly url: string;
  /** From now on it shows nothing of what the primary writes, until {@link resume}. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** From now on it shows what the primary commits this much later. */
  lag(milliseconds: number): Promise<void>;
  /** Resolves when it shows all that the primary has written by now. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
  /** Starts it again, at the same address. */
  start(): Promise<void>;
}

/** A primary and its standbys. */
export interface ReplicatedServer {
  /** Of the primary; connects as superuser to the database `postgres`. */
  readonly url: string;
  readonly standbys: readonly Standby[];
  stop(): Promise<void>;
}

const binDir = process.env['ROWHOUSE_POSTGRES_BIN'];
/** A standby refuses to start where its limits are lower than those of its primary (manual, 26.4.3). */
const SETTINGS = {
  fsync: 'off',
  max_locks_per_transaction: '256',
  max_wal_senders: '4',
  wal_level: 'replica',
  wal_keep_size: '256MB',
};

/** Starts a primary and standbys that begin as copies of it. */
export async function startReplicatedServer({ standbys: count = 1 } = {}): Promise<ReplicatedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-replicated-'));
  const stops: Array<() => Promise<unknown>> = [() => rm(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    // The account of the servers may enter it.
    await chmod(folder, 0o755);
    const start = (dataDir: string, settings: Record<string, string> = {}, port?: number) =>
      startEmbeddedPostgres({
        dataDir,
        settings: { ...SETTINGS, ...settings },
        ...(binDir && { binDir }),
        ...(port && { port }),
      });
    const draft = await start(join(folder, 'primary'));
    await draft.stop();
    const copies: string[] = [];
    for (let i = 0; i < count; i += 1) copies.push(await copyAsStandby(draft, `standby-${i}`));
    const primary = await start(draft.dataDir);
    stops.push(() => primary.stop());
    const { hostname, port, username, password } = new URL(primary.url);
    const follow = `host=${hostname} port=${port} user=${username} password=${password}`;
    const standbys: Standby[] = [];
    for (const copy of copies) {
      const standby = await openStandby(primary.url, (port) =>
        start(copy, { primary_conninfo: follow }, port),
      );
      stops.push(() => standby.stop());
      standbys.push(standby);
    }
    return { url: primary.url, standbys, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Of a server that is stopped: its files are those of one moment. */
async function copyAsStandby({ dataDir }: EmbeddedPostgres, name: string): Promise<string> {
  const copy = join(dirname(dataDir), name);
  // With their owner.
  execFileSync('cp', ['-a', dataDir, copy]);
  await writeFile(join(copy, 'standby.signal'), '');
  return copy;
}

async function openStandby(
  primaryUrl: string,
  start: (port?: number) => Promise<EmbeddedPostgres>,
): Promise<Standby> {
  let server: EmbeddedPostgres | undefined = await start();
  const { url, port } = server;
  return {
    url,
    async pause() {
      await query(url, 'select pg_wal_replay_pause()');
      const paused = async () => (await query(url, 'select pg_get_wal_replay_pause_state()')) === 'paused';
      await until(paused);
    },
    async resume() {
      await query(url, 'select pg_wal_replay_resume()');
    },
    async lag(milliseconds) {
      await query(url, `alter system set recovery_min_apply_delay = ${milliseconds}`);
      await query(url, 'select pg_reload_conf()');
    },
    async caughtUp() {
      const written = await query(primaryUrl, 'select pg_current_wal_insert_lsn()');
      await until(() => query(url, `select pg_last_wal_replay_lsn() >= '${written}'`));
    },
    async stop() {
      await server?.stop();
      server = undefined;
    },
    async start() {
      server = await start(port);
    },
  };
}

/** The one value that a statement returns. */
async function query(url: string, text: string): Promise<unknown> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<[unknown]>({ text, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}
