import { setTimeout as delay } from 'node:timers/promises';
import {
  type Actor,
  InternalError,
  PostgresTenantStore,
  parseTenantSlug,
  RowhouseError,
  schemaNameOf,
  type Tenant,
  TenantConflictError,
} from '@rowhouse/core';
import {
  findTenant,
  isElsewhere,
  lockKeyOf,
  messageOf,
  workersConfirmingEarly,
} from '@rowhouse/core/internal';
import pg from 'pg';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { bindOwner, freeOwner } from './owner-policies.js';
import { type PlannedMove, planMoves } from './plan-moves.js';
import { recordedMove } from './recorded-move.js';
import { placedSchemas, workersOf } from './tenant-schemas.js';

/** There is no such worker, or the database is not one of Citus. */
export class WorkerUnknownError extends RowhouseError {
  readonly code = 'WORKER_UNKNOWN';
  readonly status = 404;
  readonly detail = 'There is no such worker.';
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
  /** The table of which most is left to copy. */
  readonly table: string;
  /** What Citus is doing: `Copying Data`, `Catching Up`, `Creating Constraints` … */
  readonly phase: string;
}

export interface RelocationControl {
  /** For the audit trail. */
  readonly by?: Actor | undefined;
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

const SIZES = 'select shardid::text as shard, shard_size::float8 as size from pg_catalog.citus_shards';

const PROGRESS = `
  select coalesce(pg_catalog.sum(source_shard_size), 0)::float8 as "totalBytes",
         coalesce(pg_catalog.sum(least(target_shard_size, source_shard_size)), 0)::float8 as "copiedBytes",
         (pg_catalog.array_agg(c.relname::text order by source_shard_size - target_shard_size desc nulls last))[1] as "table",
         pg_catalog.max(status) as phase
    from pg_catalog.get_rebalance_progress() p join pg_catalog.pg_class c on c.oid = p.table_name
   where sessionid = $1`;

/** Whether something moves tables of a schema. */
const IS_MOVING = `
  select from pg_catalog.get_rebalance_progress() p join pg_catalog.pg_class c on c.oid = p.table_name
   where c.relnamespace = pg_catalog.to_regnamespace($1::text) limit 1`;

const PROGRESS_MS = 500;

async function requireWrittenCommits(owner: pg.ClientBase): Promise<void> {
  const workers = await workersConfirmingEarly(owner);
  if (workers.length > 0)
    throw new Error(
      `synchronous_commit is off on ${workers.join(', ')}, or for a role or a database there, and the last commits before the end of the move would be lost.`,
    );
}

const nameOf = ({ host, port }: Node) => `${host}:${port}`;

/** The workers of a deployment whose main database is one of Citus, and which tenants they hold. */
export class Workers {
  readonly #deployment: FleetDeployment;

  constructor(deployment: FleetDeployment) {
    this.#deployment = deployment;
  }

  /** Whether the database is one of Citus. It is asked once. */
  areThere(): Promise<boolean> {
    return this.#deployment.registry.homes.hasCitus();
  }

  /** Every worker, with what it holds. Without Citus there are none. */
  async list(): Promise<readonly Worker[]> {
    if (!(await this.areThere())) return [];
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
    return (await this.areThere()) ? workersOf(this.#deployment.catalog, tenants) : new Map();
  }

  /** The moves that would even out what the workers hold. Nothing is moved. */
  async plan(): Promise<readonly PlannedMove[]> {
    if (!(await this.areThere())) return [];
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
    const { tenant, node } = await this.#check(slugOrId, to);
    const done = await catalog.whileLocked(lockKeyOf('tenant', tenant.id), (lost) =>
      this.#move(tenant, node, {
        ...control,
        signal: AbortSignal.any([lost, ...(control.signal ? [control.signal] : [])]),
      }),
    );
    if (!done) throw new TenantConflictError(`Another process is working on the tenant "${tenant.slug}".`);
    return nameOf(node);
  }

  /**
   * Whether a tenant can be moved to a worker. Nothing is moved.
   *
   * @returns the worker, as `host:port`.
   * @throws as {@link relocate}, before it begins.
   */
  async check(slugOrId: string, to: string): Promise<string> {
    return nameOf((await this.#check(slugOrId, to)).node);
  }

  async #check(slugOrId: string, to: string): Promise<{ tenant: Tenant; node: Node }> {
    const store = new PostgresTenantStore({ pool: this.#deployment.catalog });
    const tenant = await findTenant(store, slugOrId);
    const node = await this.#find(to);
    if (tenant.isolation !== 'schema')
      throw new TenantConflictError(
        `The tenant "${tenant.slug}" has isolation "${tenant.isolation}", and only schemas are on workers.`,
      );
    if (isElsewhere(tenant))
      throw new TenantConflictError(
        `The tenant "${tenant.slug}" lives on the placement "${tenant.placement}". Only those of the main database are moved between its workers.`,
      );
    return { tenant, node };
  }

  async #move(tenant: Tenant, node: Node, control: RelocationControl): Promise<void> {
    const { signal } = control;
    const schema = pg.escapeIdentifier(tenant.schema);
    await this.#settled(schema, signal);
    const from = (await this.of([tenant])).get(tenant.id);
    const { registry } = this.#deployment;
    const pool = await registry.directPoolFor();
    // Also where a process died that had moved it.
    if (from === nameOf(node)) return bindOwner(pool, schema);
    const client = await pool.connect();
    let isBroken = true;
    try {
      await requireWrittenCommits(client);
      const worker = from ?? (await this.#distribute(client, tenant, schema, control.by));
      const stop = await this.#accompany(client, control);
      try {
        // It is on the node already where distributing has put it there.
        if (worker !== nameOf(node)) {
          await freeOwner(client, schema);
          await recordedMove(client, { tenant, from: worker, by: control.by }, () =>
            client.query(
              'select pg_catalog.citus_schema_move($1::text::pg_catalog.regnamespace, $2::text, $3::int)',
              [schema, node.host, node.port],
            ),
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

  /** Waits for a move whose process is gone: until the server notices, it goes on. */
  async #settled(schema: string, signal: AbortSignal | undefined): Promise<void> {
    while ((await this.#deployment.catalog.query(IS_MOVING, [schema])).rows.length > 0)
      await delay(PROGRESS_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }

  /**
   * For a tenant that was made before its database was one of Citus, as the shared tables may have been that it refers to.
   *
   * @returns the worker that Citus has chosen.
   */
  async #distribute(
    client: pg.PoolClient,
    tenant: Tenant,
    schema: string,
    by: Actor | undefined,
  ): Promise<string | undefined> {
    const { homes } = this.#deployment.registry;
    await homes.openWorkers(tenant);
    await homes.placeSharedTables();
    await freeOwner(client, schema);
    return recordedMove(client, { tenant, from: undefined, by }, () =>
      client.query('select pg_catalog.citus_schema_distribute($1::text::pg_catalog.regnamespace)', [schema]),
    );
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
    // Citus has another function of this name.
    const cancel = () => catalog.query('select pg_catalog.pg_cancel_backend($1::int)', [pid]);
    const look = async () => {
      const { rows: found } = await catalog.query<RelocationProgress>(PROGRESS, [pid]);
      if (found[0] && found[0].totalBytes > 0) onProgress?.(found[0]);
    };
    let looking: Promise<unknown> = Promise.resolve();
    const act = () => {
      // Without progress the move goes on. What is ended between two statements is ended again.
      if (signal?.aborted) looking = looking.then(cancel).catch(() => {});
      else if (onProgress) looking = looking.then(look).catch(() => {});
    };
    signal?.addEventListener('abort', act);
    const timer = setInterval(act, PROGRESS_MS);
    return async () => {
      clearInterval(timer);
      signal?.removeEventListener('abort', act);
      await looking;
    };
  }

  async #find(to: string): Promise<Node> {
    if (!(await this.areThere()))
      throw new WorkerUnknownError('The database is not one of Citus, so it has no workers: docs/scale.md.');
    const nodes = await this.#nodes();
    const found = nodes.filter((node) => nameOf(node) === to || node.host === to);
    if (found.length === 1 && found[0]) return found[0];
    throw new WorkerUnknownError(
      `There ${found.length === 0 ? 'is no worker' : 'are several workers'} "${to}". Name one of: ${nodes.map(nameOf).join(', ')}.`,
    );
  }

  async #nodes(): Promise<readonly Node[]> {
    return (await this.#deployment.catalog.query<Node>(NODES)).rows;
  }

  /** The tenants on workers, with the sizes of their tables. */
  async #placed() {
    const { catalog } = this.#deployment;
    const [schemas, { rows: sizes }, { rows: tenants }] = await Promise.all([
      placedSchemas(catalog),
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
