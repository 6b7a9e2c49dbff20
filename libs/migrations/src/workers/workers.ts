import {
  InternalError,
  PostgresTenantStore,
  parseTenantSlug,
  schemaNameOf,
  type Tenant,
  TenantConflictError,
} from '@rowhouse/core';
import { findTenant, isElsewhere, lockKeyOf, messageOf } from '@rowhouse/core/internal';
import pg from 'pg';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { bindOwner, freeOwner } from './owner-policies.js';
import { type PlannedMove, planMoves } from './plan-moves.js';

/** There is no such worker, or the database is not one of Citus. */
export class WorkerUnknownError extends InternalError {
  readonly code = 'WORKER_UNKNOWN';
}

/** Citus refused to move the tables of a tenant. They are where they were. */
export class RelocationFailedError extends InternalError {
  readonly code = 'RELOCATION_FAILED';
}

/** A server of Citus that holds tables of tenants. */
export interface Worker {
  /** `host:port`. */
  readonly name: string;
  readonly tenants: number;
  /** Of the tables of tenants, with their indexes. */
  readonly sizeBytes: number;
}

export interface RelocationProgress {
  readonly copiedBytes: number;
  readonly totalBytes: number;
}

export interface RelocationControl {
  /** Ends the move. The tables stay where they were. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RelocationProgress) => void) | undefined;
}

interface Node {
  readonly host: string;
  readonly port: number;
}

const NODES = `
  select nodename as host, nodeport as port from pg_catalog.pg_dist_node
   where groupid <> 0 and isactive and noderole = 'primary' order by 1, 2`;

/** Where the tables of each distributed schema are, one row a schema. */
const SCHEMAS = `
  select n.nspname::text as schema, pg_catalog.min(d.nodename || ':' || d.nodeport) as worker,
         pg_catalog.array_agg(h.shardid::text) as shards
    from pg_catalog.pg_dist_schema s
    join pg_catalog.pg_namespace n on n.oid = s.schemaid
    join pg_catalog.pg_dist_partition p on p.colocationid = s.colocationid
    join pg_catalog.pg_dist_shard h on h.logicalrelid = p.logicalrelid
    join pg_catalog.pg_dist_placement l on l.shardid = h.shardid
    join pg_catalog.pg_dist_node d on d.groupid = l.groupid and d.noderole = 'primary'
   group by 1`;

const SIZES = 'select shardid::text as shard, shard_size::float8 as size from pg_catalog.citus_shards';

const PROGRESS = `
  select coalesce(pg_catalog.sum(source_shard_size), 0)::float8 as "totalBytes",
         coalesce(pg_catalog.sum(least(target_shard_size, source_shard_size)), 0)::float8 as "copiedBytes"
    from pg_catalog.get_rebalance_progress() where sessionid = $1`;

const PROGRESS_MS = 500;

const nameOf = ({ host, port }: Node) => `${host}:${port}`;

/** The workers of a deployment whose main database is one of Citus, and which tenants they hold. */
export class Workers {
  readonly #deployment: FleetDeployment;

  constructor(deployment: FleetDeployment) {
    this.#deployment = deployment;
  }

  /** Every worker, with what it holds. Without Citus there are none. */
  async list(): Promise<readonly Worker[]> {
    if (!(await this.#hasCitus())) return [];
    const [nodes, placed] = await Promise.all([this.#nodes(), this.#placed()]);
    return nodes.map(nameOf).map((name) => {
      const own = placed.filter(({ worker }) => worker === name);
      return {
        name,
        tenants: own.length,
        sizeBytes: own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      };
    });
  }

  /** The worker of each of these tenants whose schema is on one, by its id. */
  async of(
    tenants: readonly Pick<Tenant, 'id' | 'schema' | 'isolation'>[],
  ): Promise<ReadonlyMap<string, string>> {
    if (!(await this.#hasCitus())) return new Map();
    const schemas = new Map((await this.#schemas()).map(({ schema, worker }) => [schema, worker]));
    return new Map(
      tenants.flatMap(({ id, schema, isolation }) => {
        const worker = isolation === 'schema' ? schemas.get(schema) : undefined;
        return worker === undefined ? [] : [[id, worker] as const];
      }),
    );
  }

  /** The moves that would even out what the workers hold. Nothing is moved. */
  async plan(): Promise<readonly PlannedMove[]> {
    if (!(await this.#hasCitus())) return [];
    const [nodes, placed] = await Promise.all([this.#nodes(), this.#placed()]);
    return planMoves(nodes.map(nameOf), placed);
  }

  /**
   * Moves the tables of a tenant to another worker, while the tenant is served: writes wait for moments at the end. The schema of a
   * tenant that is on the coordinator is distributed first. What dies half-way is undone by Citus.
   *
   * @param to - `host:port`, or the host where one worker has it.
   * @returns the worker that has the tables now.
   * @throws {WorkerUnknownError} when there is no such worker.
   * @throws {TenantConflictError} when the tenant has no schema of its own in the main database, or another process is working on it.
   * @throws {RelocationFailedError} when Citus refuses.
   */
  async relocate(slugOrId: string, to: string, control: RelocationControl = {}): Promise<string> {
    const { catalog } = this.#deployment;
    const tenant = await findTenant(new PostgresTenantStore({ pool: catalog }), slugOrId);
    const node = await this.#find(to);
    if (tenant.isolation !== 'schema')
      throw new TenantConflictError(
        `The tenant "${tenant.slug}" has isolation "${tenant.isolation}", and only schemas are on workers.`,
      );
    if (isElsewhere(tenant))
      throw new TenantConflictError(
        `The tenant "${tenant.slug}" lives on the placement "${tenant.placement}". Only those of the main database are moved between its workers.`,
      );
    const done = await catalog.whileLocked(lockKeyOf('tenant', tenant.id), (lost) =>
      this.#move(tenant, node, {
        ...control,
        signal: AbortSignal.any([lost, ...(control.signal ? [control.signal] : [])]),
      }),
    );
    if (!done) throw new TenantConflictError(`Another process is working on the tenant "${tenant.slug}".`);
    return nameOf(node);
  }

  async #move(tenant: Tenant, node: Node, { signal, onProgress }: RelocationControl): Promise<void> {
    const { registry } = this.#deployment;
    const from = (await this.of([tenant])).get(tenant.id);
    const schema = pg.escapeIdentifier(tenant.schema);
    const pool = await registry.directPoolFor();
    // Also where a process died that had moved it.
    if (from === nameOf(node)) return bindOwner(pool, schema);
    const client = await pool.connect();
    let isBroken = true;
    try {
      if (from === undefined) await this.#distribute(client, tenant, schema);
      const stop = await this.#accompany(client, { signal, onProgress });
      try {
        // It is on the node already where distributing has put it there.
        if ((await this.of([tenant])).get(tenant.id) !== nameOf(node)) {
          await freeOwner(client, schema);
          await client.query(
            'select pg_catalog.citus_schema_move($1::text::pg_catalog.regnamespace, $2::text, $3::int)',
            [schema, node.host, node.port],
          );
        }
      } finally {
        await stop();
      }
      isBroken = false;
    } catch (error) {
      signal?.throwIfAborted();
      throw new RelocationFailedError(
        `The tables of "${tenant.slug}" could not be moved to ${nameOf(node)}: ${messageOf(error)}`,
        { cause: error },
      );
    } finally {
      client.release(isBroken);
      await bindOwner(pool, schema);
    }
  }

  /** For a tenant that was made before its database was one of Citus, as the shared tables may have been that it refers to. */
  async #distribute(client: pg.PoolClient, tenant: Tenant, schema: string): Promise<void> {
    const { homes } = this.#deployment.registry;
    await homes.openWorkers(tenant);
    await homes.placeSharedTables();
    await freeOwner(client, schema);
    await client.query('select pg_catalog.citus_schema_distribute($1::text::pg_catalog.regnamespace)', [
      schema,
    ]);
  }

  /** Reports the progress of what a connection moves, and ends it when told to. The returned function stops. */
  async #accompany(
    client: pg.PoolClient,
    { signal, onProgress }: RelocationControl,
  ): Promise<() => Promise<void>> {
    const { catalog } = this.#deployment;
    const { rows } = await client.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid');
    const pid = rows[0]?.pid;
    signal?.throwIfAborted();
    const cancel = () => void catalog.query('select pg_catalog.pg_cancel_backend($1)', [pid]).catch(() => {});
    signal?.addEventListener('abort', cancel);
    let looking: Promise<unknown> = Promise.resolve();
    const look = async () => {
      const { rows: found } = await catalog.query<RelocationProgress>(PROGRESS, [pid]);
      if (found[0] && found[0].totalBytes > 0) onProgress?.(found[0]);
    };
    const timer = onProgress
      ? setInterval(() => {
          // Without progress the move goes on.
          looking = looking.then(look).catch(() => {});
        }, PROGRESS_MS)
      : undefined;
    return async () => {
      clearInterval(timer);
      signal?.removeEventListener('abort', cancel);
      await looking;
    };
  }

  async #find(to: string): Promise<Node> {
    if (!(await this.#hasCitus()))
      throw new WorkerUnknownError('The database is not one of Citus, so it has no workers: docs/scale.md.');
    const nodes = await this.#nodes();
    const found = nodes.filter((node) => nameOf(node) === to || node.host === to);
    if (found.length === 1 && found[0]) return found[0];
    throw new WorkerUnknownError(
      `There ${found.length === 0 ? 'is no worker' : 'are several workers'} "${to}". Name one of: ${nodes.map(nameOf).join(', ')}.`,
    );
  }

  #hasCitus(): Promise<boolean> {
    return this.#deployment.registry.homes.hasCitus();
  }

  async #nodes(): Promise<readonly Node[]> {
    return (await this.#deployment.catalog.query<Node>(NODES)).rows;
  }

  async #schemas(): Promise<readonly { schema: string; worker: string; shards: string[] }[]> {
    const { rows } = await this.#deployment.catalog.query<{
      schema: string;
      worker: string;
      shards: string[];
    }>(SCHEMAS);
    return rows;
  }

  /** The tenants on workers, with the sizes of their tables. */
  async #placed() {
    const { catalog } = this.#deployment;
    const [schemas, { rows: sizes }, { rows: tenants }] = await Promise.all([
      this.#schemas(),
      catalog.query<{ shard: string; size: number | null }>(SIZES),
      catalog.query<{ slug: string }>(`select slug from rowhouse.tenants where isolation = 'schema'`),
    ]);
    const sizeOf = new Map(sizes.map(({ shard, size }) => [shard, size ?? 0]));
    const homes = new Map(schemas.map((one) => [one.schema, one]));
    return tenants.flatMap(({ slug }) => {
      const home = homes.get(schemaNameOf(parseTenantSlug(slug)));
      if (!home) return [];
      const sizeBytes = home.shards.reduce((sum, shard) => sum + (sizeOf.get(shard) ?? 0), 0);
      return [{ slug, worker: home.worker, sizeBytes }];
    });
  }
}
