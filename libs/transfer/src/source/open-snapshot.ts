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
  /** Those of the tables that have no page, and so no row. */
  readonly withoutPages: ReadonlySet<HomeTable>;
}

const ATTEMPTS = 10;
const PAUSE_MS = 200;

/**
 * Which tables have no page, and whether some were rewritten since the snapshot was taken, by TRUNCATE or some forms of ALTER TABLE: they
 * look empty in it (manual, 13.6 "Caveats"). The catalog is read as of the snapshot, and the functions answer what is so now. A table
 * that was not rewritten and has no page has had no row since the snapshot. A partitioned table has no pages itself.
 */
const PAGES_AND_REWRITES = `
  select array(select n::int - 1 from given g join pg_catalog.pg_class c on c.oid = g.oid
                where c.relkind = 'r' and pg_catalog.pg_relation_size(c.oid) = 0) as "withoutPages",
         exists (select from given g
                  cross join lateral (select g.oid union select p.relid from pg_catalog.pg_partition_tree(g.oid) p) t
                  where (select c.relkind = 'r' and c.relfilenode is distinct from pg_catalog.pg_relation_filenode(c.oid)
                           from pg_catalog.pg_class c where c.oid = t.oid)) as "wasRewritten"`;

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
    const { withoutPages, wasRewritten } = await lock(client, tables);
    const { history: now } = await historyOf(deployment, tenant);
    if (!wasRewritten && String(now) === String(history)) return { history, tables, except, withoutPages };
    await client.query('rollback');
    await delay(PAUSE_MS, undefined, { signal });
  }
  throw new ExportRefusedError(
    `The tables of the tenant "${tenant.slug}" are being changed. Export it when its migrations have ended.`,
  );
}

interface Locked {
  readonly withoutPages: ReadonlySet<HomeTable>;
  readonly wasRewritten: boolean;
}

/**
 * Locks the tables: LOCK would have to come before the snapshot, which the first statement takes. What is named in a statement is locked
 * when it is parsed; behind `false` it is neither planned nor run, nor is a policy of the application.
 */
async function lock(client: Client, tables: readonly HomeTable[]): Promise<Locked> {
  const withoutPages = new Set<HomeTable>();
  let wasRewritten = false;
  for (const some of batches(tables)) {
    const { rows } = await client.query<{ withoutPages: readonly number[]; wasRewritten: boolean }>(
      `with given(oid, n) as (select * from unnest($1::pg_catalog.regclass[]) with ordinality)
       ${PAGES_AND_REWRITES} where not (false and (${some.map((table) => `exists (select from ${sourceOf(table)})`).join(' or ')}))`,
      [some.map(nameOf)],
    );
    for (const one of rows) {
      for (const index of one.withoutPages) withoutPages.add(some[index] as HomeTable);
      wasRewritten ||= one.wasRewritten;
    }
  }
  return { withoutPages, wasRewritten };
}
