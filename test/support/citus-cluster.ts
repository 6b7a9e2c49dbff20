import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../libs/testing/src/embedded/embedded-postgres.js';

/** A coordinator and its workers. */
export interface CitusCluster {
  /** Of the coordinator; connects as superuser to the database `postgres`, which has Citus. */
  readonly url: string;
  stop(): Promise<void>;
}

const SETTINGS = {
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
  const servers: EmbeddedPostgres[] = [];
  const stop = async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  };
  try {
    for (let i = 0; i <= workers; i += 1) {
      const server = await startEmbeddedPostgres({ binDir, maxConnections: 300, settings: SETTINGS });
      servers.push(server);
      await writeFile(join(server.dataDir, 'pg_hba.conf'), i === 0 ? COORDINATOR_HBA : WORKER_HBA);
      await onServer(server.url, 'select pg_reload_conf()');
    }
    const [coordinator, ...others] = servers;
    for (const { url } of servers) await onServer(url, 'create extension citus');
    const url = coordinator?.url ?? '';
    await onServer(url, `select citus_set_coordinator_host('127.0.0.1', ${coordinator?.port})`);
    for (const { port } of others) await onServer(url, `select citus_add_node('127.0.0.1', ${port})`);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
