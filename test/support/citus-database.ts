import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { CatalogDatabase } from './catalog-database.js';

const PASSWORD = 'owner';

export interface CitusDatabase extends CatalogDatabase {
  /** The same database on each worker, as superuser. */
  readonly workerUrls: readonly string[];
  /** Makes it one of Citus, as docs/scale.md says. */
  addCitus(): Promise<void>;
}

/** A database on a cluster, with schema-based sharding on. @param server - as for {@link createPlainDatabase}. */
export async function createCitusDatabase(server?: string): Promise<CitusDatabase> {
  const database = await createPlainDatabase(server);
  await database.addCitus();
  return database;
}

/**
 * A database on a cluster that is not yet one of Citus. Its owner is no superuser, as in production. The catalog is not made yet.
 *
 * @param server - a superuser's URL of the coordinator. Default: the one that CITUS_URL names.
 */
export async function createPlainDatabase(server = process.env['CITUS_URL'] ?? ''): Promise<CitusDatabase> {
  const suffix = randomBytes(6).toString('hex');
  const [name, owner, login] = [`rowhouse_citus_${suffix}`, `owner_${suffix}`, `app_${suffix}`];
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  const loginAs = (username: string) => Object.assign(new URL(url), { username, password: PASSWORD }).href;
  const nodes = await onDatabase(server, nodesOf);
  const workers = nodes.filter(({ isWorker }) => isWorker);
  await onDatabase(server, async (client) => {
    await client.query(`create database ${name}`);
    await client.query(
      `create role ${owner} login createrole createdb password '${PASSWORD}'; create role ${login} login password '${PASSWORD}'`,
    );
    await client.query(`alter database ${name} owner to ${owner}`);
  });
  return {
    name,
    url,
    ownerUrl: loginAs(owner),
    loginUrl: loginAs(login),
    workerUrls: workers.map(({ host, port }) => atNode(url, host, port)),
    async addCitus() {
      await onDatabase(server, async (client) => {
        await onWorkers(client, `create database ${name}`);
        await onWorkers(client, `alter database ${name} owner to ${owner}`);
      });
      for (const { host, port } of workers)
        await onDatabase(atNode(url, host, port), (worker) => worker.query('create extension citus'));
      await onDatabase(url, async (database) => {
        await database.query('create extension citus');
        for (const { host, port, isWorker } of nodes)
          await database.query(
            isWorker ? 'select citus_add_node($1, $2)' : 'select citus_set_coordinator_host($1, $2)',
            [host, port],
          );
        // To move tables, the coordinator connects to itself (-1) as their owner.
        await database.query(
          'insert into pg_dist_authinfo (nodeid, rolename, authinfo) values (-1, $1, $2)',
          [owner, `password=${PASSWORD}`],
        );
        await database.query(`alter database ${name} set citus.enable_schema_based_sharding = on`);
      });
    },
    drop: () =>
      onDatabase(server, async (client) => {
        const sql = `drop database if exists ${name} with (force)`;
        await client.query(sql);
        await onWorkers(client, sql);
        await client.query(`drop role if exists ${owner}, ${login}`);
      }),
  };
}

interface Node {
  readonly host: string;
  readonly port: number;
  readonly isWorker: boolean;
}

async function nodesOf(client: pg.Client): Promise<readonly Node[]> {
  const { rows } = await client.query<Node>(
    'select nodename as host, nodeport as port, groupid <> 0 as "isWorker" from pg_dist_node order by groupid',
  );
  return rows;
}

async function onWorkers(client: pg.Client, sql: string): Promise<void> {
  const { rows } = await client.query<{ success: boolean; result: string }>(
    'select success, result from run_command_on_workers($1)',
    [sql],
  );
  for (const { success, result } of rows) if (!success) throw new Error(`${sql}: ${result}`);
}

const atNode = (url: string, hostname: string, port: number) =>
  Object.assign(new URL(url), { hostname, port: String(port) }).href;

export async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
