import type { Tenant } from '@rowhouse/core';
import { sqlStateOf, withFields } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import pg from 'pg';
import { endsWithin } from '../ends-within.js';
import type { OutboxJob, OutboxLease, OutboxNote, OutboxQueue } from './outbox-queue.js';
import { BATCH, LOOK } from './outbox-statements.js';

/** So many batches, and others have their turn. */
const MAX_BATCHES = 20;
const CONNECT_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 1_000;
/** What a server that is frozen does not answer. */
const QUERY_TIMEOUT_MS = 15_000;
/** undefined_table, undefined_column: there is none, or one of an earlier release. */
const NO_OUTBOX = new Set(['42P01', '42703']);

type Row = { readonly ended: readonly string[] } & (OutboxJob | { readonly id: null });

interface Look {
  readonly jobs: readonly OutboxJob[];
  readonly ended: readonly OutboxNote[];
  readonly open: readonly OutboxNote[];
}

/**
 * Moves the jobs of one outbox to the catalog, each once. Between any two steps the process may die:
 *
 * 1. the jobs that were moved with the last batch are deleted from the outbox, and the next ones read, in the tenant's database;
 * 2. these are made in the catalog, and noted there as moved, in one transaction that only the holder of the lease can commit.
 *
 * Nothing is read again that was made, and nothing is deleted that was not. The transactions that are looked for are read before the
 * outbox: of one that has ended by then, no job will come any more.
 *
 * @throws {OutboxLeaseLostError}
 */
export async function moveJobs(
  queue: OutboxQueue,
  registry: DataSourceRegistry,
  held: OutboxLease,
  isClosing: () => boolean,
): Promise<void> {
  const { tenant } = held;
  const client = await connect(registry, tenant);
  try {
    let { moved } = held;
    for (let batch = 0; batch < MAX_BATCHES && !isClosing(); batch += 1) {
      const { jobs, ended, open } = await look(client, held, moved, await queue.notesOf(held));
      if (jobs.length === 0) {
        await queue.finish(held, ended, open);
        return;
      }
      // Of a full batch there may be more.
      await queue.move(held, jobs, jobs.length < BATCH ? ended : []);
      moved = jobs.map(({ id }) => id);
    }
    await queue.release(held);
  } catch (error) {
    // The database was restored from one of an earlier release.
    if (NO_OUTBOX.has(sqlStateOf(error) ?? '')) await registry.homes.openOutbox(tenant);
    throw error;
  } finally {
    // A server that is frozen does not close.
    const ended = client.end().catch(() => {});
    await endsWithin(CLOSE_TIMEOUT_MS, ended);
  }
}

async function connect(registry: DataSourceRegistry, tenant: Tenant): Promise<pg.Client> {
  const client = new pg.Client(
    withFields(await registry.homes.ownerConfigOf(tenant), {
      application_name: 'rowhouse-jobs',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
    }),
  );
  // The statement under way on a lost connection reports the loss.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

async function look(
  client: pg.Client,
  { tenant }: OutboxLease,
  moved: readonly string[],
  notes: readonly OutboxNote[],
): Promise<Look> {
  const { rows } = await client.query<Row>(LOOK, [moved, notes.map(({ xid }) => xid), tenant.id]);
  const ended = new Set(rows[0]?.ended);
  return {
    jobs: rows.filter((row): row is Row & OutboxJob => row.id !== null),
    ended: notes.filter(({ xid }) => ended.has(xid)),
    open: notes.filter(({ xid }) => !ended.has(xid)),
  };
}
