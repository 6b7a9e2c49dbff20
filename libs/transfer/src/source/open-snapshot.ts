import { setTimeout as delay } from 'node:timers/promises';
import type { Tenant } from '@rowhouse/core';
import { type FleetDeployment, historyOf } from '@rowhouse/migrations/internal';
import { ExportRefusedError } from '../errors.js';
import { batches } from '../home/batches.js';
import { PLAIN_SETTINGS } from '../home/plain-settings.js';
import { inOrder } from '../home/references.js';
import { type Client, type HomeTable, nameOf, sourceOf, tablesOf } from '../home/tables.js';

export interface Snapshot {
  /** The migrations that what is read has had. */
  readonly history: readonly string[];
  readonly tables: readonly HomeTable[];
  /** Tables that are left out. */
  readonly except: readonly string[];
  /** Those of the tables that have no rows. */
  readonly empty: ReadonlySet<HomeTable>;
}

const ATTEMPTS = 10;
const PAUSE_MS = 200;

/**
 * Tables that were rewritten since the snapshot was taken, by TRUNCATE or some forms of ALTER TABLE: they look empty in it (manual,
 * 13.6 "Caveats"). The catalog is read as of the snapshot, and the function answers what is so now.
 */
const REWRITTEN = `
  select from unnest($1::pg_catalog.regclass[]) r
    cross join lateral (select r::pg_catalog.oid as oid union select p.relid from pg_catalog.pg_partition_tree(r) p) t
   where (select c.relkind = 'r' and c.relfilenode is distinct from pg_catalog.pg_relation_filenode(c.oid)
            from pg_catalog.pg_class c where c.oid = t.oid)`;

/**
 * Begins a transaction in which the rows of a tenant are as they were at one moment, with the migrations that they had had then. Until
 * its end no table of the tenant is rewritten.
 *
 * @throws {ExportRefusedError} while its tables are being migrated.
 */
export async function openSnapshot(
  deployment: FleetDeployment,
  tenant: Tenant,
  client: Client,
  signal: AbortSignal | undefined,
): Promise<Snapshot> {
  const schema = deployment.schemaOf(tenant);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { history, tables: except } = await historyOf(deployment, tenant);
    await client.query('begin isolation level repeatable read read only');
    await client.query(PLAIN_SETTINGS);
    const tables = await inOrder(client, await tablesOf(client, tenant, schema, except));
    const empty = await lockedEmpty(client, tables);
    const { history: now } = await historyOf(deployment, tenant);
    const { rowCount } = await client.query(REWRITTEN, [tables.map(nameOf)]);
    if (rowCount === 0 && String(now) === String(history)) return { history, tables, except, empty };
    await client.query('rollback');
    await delay(PAUSE_MS, undefined, { signal });
  }
  throw new ExportRefusedError(
    `The tables of the tenant "${tenant.slug}" are being changed. Export it when its migrations have ended.`,
  );
}

/** Locks the tables: LOCK would have to come before the snapshot, which the first statement takes. @returns those without rows. */
async function lockedEmpty(client: Client, tables: readonly HomeTable[]): Promise<ReadonlySet<HomeTable>> {
  const empty = new Set<HomeTable>();
  for (const some of batches(tables)) {
    const found = some.map((table) =>
      // Nothing of a policy of the application is run: such tables are refused.
      table.isFiltered
        ? `(select true from ${sourceOf(table)} limit 0) is null`
        : `exists (select from ${sourceOf(table)})`,
    );
    const { rows } = await client.query<{ filled: readonly boolean[] }>(
      `select array[${found.join(', ')}] as filled`,
    );
    for (const [index, table] of some.entries()) if (!rows[0]?.filled[index]) empty.add(table);
  }
  return empty;
}
