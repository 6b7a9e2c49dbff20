import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../libs/testing/src/embedded/embedded-postgres.js';

/** A server of a cluster that may be killed. */
export interface CitusServer {
  /** What `pg_ctl stop -m immediate` does: its processes end at once, and it recovers when it is started again. */
  kill(): Promise<void>;
  /** Starts it again at its old address. */
  restart(): Promise<void>;
}

/** A coordinator and its workers. */
export interface CitusCluster {
  /** Of the coordinator; connects as superuser to the database `postgres`, which has Citus. */
  readonly url: string;
  readonly workers: readonly CitusServer[];
  stop(): Promise<void>;
}

const SETTINGS = {
  // What is written is with the operating system, which survives every process.
  fsync: 'off',
  // Else a move of tables would lose the last commits.
  synchronous_commit: 'on',
  shared_preload_libraries: 'citus',
  // Moves of shards follow the writes by logical replication.
  wal_level: 'logical',
  max_wal_senders: '20',
  max_replication_slots: '20',
  max_worker_processes: '32',
  max_prepared_transactions: '200',
  // Everything is on this machine.
  'citus.node_conninfo': 'sslmode=disable',
};

/** Servers of a cluster let each other in: a statement comes to a worker as the role of its tenant, which has no password. */
const WORKER_HBA = 'host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n';
/** The coordinator knows its clients by their passwords. */
const COORDINATOR_HBA =
  'host all postgres 127.0.0.1/32 trust\nhost replication postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n';

/**
 * Starts a cluster on this machine.
 *
 * @param binDir - the programs of a PostgreSQL that has Citus.
 */
export async function startCitusCluster(binDir: string, { workers = 2 } = {}): Promise<CitusCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-citus-'));
  // The account of the servers may enter it.
  await chmod(folder, 0o755);
  const servers: Server[] = [];
  const stop = async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await rm(folder, { recursive: true });
  };
  try {
    for (let i = 0; i <= workers; i += 1) {
      const server = await Server.start(binDir, join(folder, `server-${i}`));
      servers.push(server);
      await server.letIn(i === 0 ? COORDINATOR_HBA : WORKER_HBA);
    }
    const [coordinator, ...others] = servers;
    if (!coordinator) throw new Error('There is no coordinator.');
    for (const { url } of servers) await onServer(url, 'create extension citus');
    await onServer(
      coordinator.url,
      `select citus_set_coordinator_host('127.0.0.1', ${coordinator.port})`,
      ...others.map(({ port }) => `select citus_add_node('127.0.0.1', ${port})`),
    );
    return { url: coordinator.url, workers: others, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

class Server implements CitusServer {
  readonly #binDir: string;
  #running: EmbeddedPostgres;

  static async start(binDir: string, dataDir: string): Promise<Server> {
    return new Server(binDir, await startServer(binDir, dataDir));
  }

  private constructor(binDir: string, running: EmbeddedPostgres) {
    this.#binDir = binDir;
    this.#running = running;
  }

  get url(): string {
    return this.#running.url;
  }

  get port(): number {
    return this.#running.port;
  }

  async letIn(hba: string): Promise<void> {
    await writeFile(join(this.#running.dataDir, 'pg_hba.conf'), hba);
    await onServer(this.url, 'select pg_reload_conf()');
  }

  async kill(): Promise<void> {
    const lock = await readFile(join(this.#running.dataDir, 'postmaster.pid'), 'utf8');
    process.kill(Number.parseInt(lock, 10), 'SIGQUIT');
    await this.#running.stop();
  }

  async restart(): Promise<void> {
    this.#running = await startServer(this.#binDir, this.#running.dataDir, this.port);
  }

  stop(): Promise<void> {
    return this.#running.stop();
  }
}

function startServer(binDir: string, dataDir: string, port?: number): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    binDir,
    dataDir,
    maxConnections: 300,
    settings: SETTINGS,
    ...(port !== undefined && { port }),
  });
}

async function onServer(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const sql of statements) await client.query(sql);
  } finally {
    await client.end();
  }
}
