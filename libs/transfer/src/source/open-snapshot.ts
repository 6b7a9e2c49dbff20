import { setTimeout as delay } from 'node:timers/promises';
import type { Tenant } from '@rowhouse/core';
import { runScript, type ScriptStatement, sqlStateOf } from '@rowhouse/core/internal';
import { type FleetDeployment, historyOf } from '@rowhouse/migrations/internal';
import type pg from 'pg';
import type { ArchivedSequence } from '../archive/archive-format.js';
import { ExportRefusedError } from '../errors.js';
import { batches } from '../home/batches.js';
import { PLAIN_SETTINGS } from '../home/plain-settings.js';
import { orderBy, type Reference, referenceOrderQuery } from '../home/references.js';
import { sequenceStates } from '../home/sequences.js';
import { type HomeTable, visibleSourceOf } from '../home/tables.js';
import { relationsOf, relationsQuery } from './relations.js';

export interface Snapshot extends Moment {
  /** The migrations that what is read has had. */
  readonly history: readonly string[];
  /** Those that others refer to first. */
  readonly tables: readonly HomeTable[];
  /** Tables that are left out. */
  readonly except: readonly string[];
  /** About how many bytes of a table there are to read: 0 where it has no row. Unknown for partitioned tables. */
  readonly bytes: ReadonlyMap<HomeTable, number>;
  /** Where the sequences stand; none with isolation `row`, where they are everybody's. */
  readonly sequences: readonly ArchivedSequence[];
  /** What was answered to what was asked as well. */
  readonly also: readonly pg.QueryResult[];
}

/** When and where the snapshot was taken. */
interface Moment {
  readonly at: Date;
  readonly serverVersion: number;
  /** Every text is UTF-8 when it is read: not where the database takes any bytes for texts. */
  readonly hasEncoding: boolean;
}

const ATTEMPTS = 10;
const PAUSE_MS = 200;
/** SQLSTATE undefined_table. */
const NO_TABLE = '42P01';

const MOMENT = `select pg_catalog.now() as at, pg_catalog.current_setting('server_version_num')::int as "serverVersion",
  pg_catalog.getdatabaseencoding() <> 'SQL_ASCII' as "hasEncoding"`;

/**
 * How many bytes tables have, and whether some were rewritten since the snapshot was taken, by TRUNCATE or some forms of ALTER TABLE: they
 * look empty in it (manual, 13.6 "Caveats"). The catalog is read as of the snapshot, and the functions answer what is so now. A table
 * that was not rewritten and has no page has had no row since the snapshot. A partitioned table has no pages itself.
 */
const BYTES_AND_REWRITES = `
  select pg_catalog.array_agg(
           (case when c.relkind <> 'r' then null when pg_catalog.pg_relation_size(c.oid) = 0 then 0
                 else pg_catalog.pg_relation_size(c.oid) + coalesce(pg_catalog.pg_relation_size(nullif(c.reltoastrelid, 0)), 0) end)::pg_catalog.float8
           order by g.n) as bytes,
         pg_catalog.bool_or(
           case when c.relkind = 'r' then c.relfilenode is distinct from pg_catalog.pg_relation_filenode(c.oid)
                else exists (select from pg_catalog.pg_partition_tree(c.oid) t join pg_catalog.pg_class p on p.oid = t.relid
                              where p.relkind = 'r' and p.relfilenode is distinct from pg_catalog.pg_relation_filenode(p.oid)) end) as "wasRewritten"
    from unnest($1::pg_catalog.oid[]) with ordinality g(oid, n) join pg_catalog.pg_class c on c.oid = g.oid`;

/**
 * Begins a transaction in which the rows of a tenant are as they were at one moment, with the migrations that they had had then. Until
 * its end no table of the tenant is rewritten.
 *
 * @param also - is asked in the snapshot, without a round trip of its own.
 * @throws {ExportRefusedError} while its tables are being migrated.
 */
export async function openSnapshot(
  deployment: FleetDeployment,
  tenant: Tenant,
  client: pg.ClientBase,
  signal: AbortSignal | undefined,
  also: readonly ScriptStatement[] = [],
): Promise<Snapshot> {
  const schema = deployment.schemaOf(tenant);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { history, tables: except } = await historyOf(deployment, tenant);
    const read = await readHome(client, tenant, { schema, except, also });
    const { history: now } = await historyOf(deployment, tenant);
    if (read && String(now) === String(history)) return { history, except, ...read };
    await client.query('rollback');
    await delay(PAUSE_MS, undefined, { signal });
  }
  throw new ExportRefusedError(
    `The tables of the tenant "${tenant.slug}" are being changed. Export it when its migrations have ended.`,
  );
}

/**
 * In two round trips: what there is, and what is to be known of it when its tables are locked.
 *
 * @returns nothing when it was changed in between.
 */
async function readHome(
  client: pg.ClientBase,
  tenant: Tenant,
  { schema, except, also }: { schema: string; except: readonly string[]; also: readonly ScriptStatement[] },
): Promise<Omit<Snapshot, 'history' | 'except'> | undefined> {
  await client.query('begin isolation level repeatable read read only');
  // The settings are answered as well.
  const answers = await runScript(client, [{ text: PLAIN_SETTINGS }, relationsQuery(tenant, schema, except)]);
  const { tables, sequences } = await relationsOf(client, answers.at(-1) as pg.QueryResult);
  try {
    return await readLocked(client, tables, sequenceStates(schema, sequences), also);
  } catch (error) {
    if (sqlStateOf(error) !== NO_TABLE) throw error;
    return undefined;
  }
}

async function readLocked(
  client: pg.ClientBase,
  tables: readonly HomeTable[],
  states: readonly ScriptStatement[],
  also: readonly ScriptStatement[],
): Promise<Omit<Snapshot, 'history' | 'except'> | undefined> {
  const locks = lockStatements(tables);
  const ahead = [...locks, { text: MOMENT }, referenceOrderQuery(tables)];
  const answers = await runScript(client, [...ahead, ...states, ...also]);
  const rowsOf = (from: number, to: number) => answers.slice(from, to).flatMap(({ rows }) => rows);
  const locked: readonly Locked[] = rowsOf(0, locks.length);
  if (locked.some(({ wasRewritten }) => wasRewritten)) return undefined;
  const [moment] = rowsOf(locks.length, locks.length + 1) as [Moment];
  const references: readonly Pick<Reference, 'from' | 'to' | 'isDeferrable'>[] = rowsOf(
    locks.length + 1,
    ahead.length,
  );
  const sequences: readonly ArchivedSequence[] = rowsOf(ahead.length, ahead.length + states.length);
  const bytes = locked.flatMap((one) => one.bytes);
  return {
    ...moment,
    tables: orderBy(references, tables),
    bytes: new Map(
      tables.flatMap((table, index) => {
        const known = bytes[index];
        return known == null ? [] : [[table, known] as const];
      }),
    ),
    sequences,
    also: answers.slice(ahead.length + states.length),
  };
}

interface Locked {
  /** Of each table. */
  readonly bytes: readonly (number | null)[];
  readonly wasRewritten: boolean;
}

/**
 * Lock the tables: LOCK would have to come before the snapshot, which the first statement takes. What is named in a statement is locked
 * when it is parsed; behind `false` it is neither planned nor run, nor is a policy of the application.
 */
function lockStatements(tables: readonly HomeTable[]): readonly ScriptStatement[] {
  return [...batches(tables)].map((some) => ({
    text: `${BYTES_AND_REWRITES}
   where not (false and (${some.map((table) => `exists (select from ${visibleSourceOf(table)})`).join(' or ')}))`,
    values: [some.map(({ oid }) => oid)],
  }));
}
