import { type Tenant, TenantContext } from '@rowhouse/core';
import { messageOf, sqlStateOf } from '@rowhouse/core/internal';
import type { Fleet } from '@rowhouse/migrations/fleet';
import pg from 'pg';
import { copyOut } from '../copy/copy-streams.js';
import { JournalRefusedError } from '../errors.js';
import { COMPARABLE_SETTINGS, hashOf, joined, rowTextOf, textOf } from '../home/comparable.js';
import { type Client, type HomeTable, nameOf, sourceOf } from '../home/tables.js';
import { namesOfObjectColumns } from '../large-objects/tenant-objects.js';
import type { RowSource } from '../source/row-source.js';
import { withRowsOf } from '../source/tenant-source.js';
import { hasJournalSchema } from './journal-schema.js';
import { rowsAt } from './rows-at.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

/** How many changes of each table came after the moment, and whether all later ones are recorded. */
interface TableJournal {
  readonly changes: number;
  readonly isRecorded: boolean;
}

/** From a moment, to a snapshot. */
interface Span {
  readonly at: Date;
  readonly snapshot: string;
}

/**
 * Hands out the rows of a tenant as they were at a moment, by its journal.
 *
 * A transaction belongs to a moment when its commit had begun by then, with all its rows; and with it all transactions whose rows it
 * saw. Sequences stand where they stand now.
 *
 * @param use - the source is there until it settles.
 * @throws {JournalRefusedError} when the journal does not lead back to the moment, when tables were migrated since, and under an
 *   operator's entry.
 */
export async function withRowsAt<T>(
  fleet: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
  at: Date,
  signal: AbortSignal | undefined,
  use: (source: RowSource) => Promise<T>,
): Promise<T> {
  if (TenantContext.entry())
    throw new JournalRefusedError("Under an operator's entry into a tenant, no journal is read.");
  const { registry } = fleet.deployment;
  const owner = (await registry.directFor(tenant, { signal })).createQueryRunner();
  try {
    return await withRowsOf(fleet, tenant, signal, async (now) => {
      requireNoObjects(now.tables);
      await now.client.query(COMPARABLE_SETTINGS);
      const span = { at, snapshot: await snapshotOf(now.client) };
      const journal: pg.PoolClient = await owner.connect();
      await journal.query('begin isolation level repeatable read read only');
      await journal.query(COMPARABLE_SETTINGS);
      const [history = ''] = now.except;
      await requireReach(journal, tenant, at, { schema: fleet.deployment.schemaOf(tenant), name: history });
      const journals = await journalsOf(journal, tenant, span, now.tables);
      const result = await use({
        ...now,
        head: { ...now.head, takenAt: at.toISOString() },
        rows: (index) => {
          const table = now.tables[index];
          if (!table || !journals[index]?.changes) return now.rows(index);
          let rows = 0;
          const since = copyOut(journal, changesOf(table, tenant, span));
          const { chunks } = now.read(nowOf(table));
          const count = (more: number) => {
            rows += more;
          };
          return { chunks: rowsAt(chunks, since, table.name, count), count: () => rows };
        },
      });
      await journal.query('commit');
      return result;
    });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw /^22/.test(sqlStateOf(error) ?? '') ? otherShape(error) : error;
  } finally {
    await owner.release();
  }
}

/** @throws {JournalRefusedError} */
function requireNoObjects(tables: readonly HomeTable[]): void {
  const found = namesOfObjectColumns(tables);
  if (found.length > 0)
    throw new JournalRefusedError(
      `No journal has the large objects that these columns name: ${found.join(', ')}. Restore a backup.`,
    );
}

/** Which transactions the rows are of. The journal is read after it, on another connection, and later ones are left out. */
async function snapshotOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ snapshot: string }>(
    'select pg_catalog.pg_current_snapshot()::pg_catalog.text as snapshot',
  );
  return rows[0]?.snapshot ?? '';
}

/** SQL: whether the transaction `x` is after a moment and in a snapshot. */
function isBetween({ at, snapshot }: Span): string {
  return `x.at > ${literal(at.toISOString())} and pg_catalog.pg_visible_in_snapshot(x.xid, ${literal(snapshot)}::pg_catalog.pg_snapshot)`;
}

async function requireReach(
  journal: Client,
  { id, slug }: Tenant,
  at: Date,
  history: Pick<HomeTable, 'schema' | 'name'>,
): Promise<void> {
  const { rows } = (await hasJournalSchema(journal))
    ? await journal.query<{ since: Date; isReached: boolean; isPast: boolean; isOurs: boolean }>(
        `select since, since <= $2 as "isReached", $2 <= pg_catalog.clock_timestamp() as "isPast",
                origin = rowhouse_journal.origin() and not exists (
                  select from rowhouse_journal.changes c
                   where c.tenant_id = $1 and c.xid >= pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())) as "isOurs"
           from rowhouse_journal.journals where tenant_id = $1`,
        [id, at],
      )
    : { rows: [] };
  const [found] = rows;
  if (!found)
    throw new JournalRefusedError(
      `${slug} has no journal. Enable it (rowhouse journal enable ${slug}): it leads back to the moments after that.`,
    );
  if (!found.isOurs) throw restored(slug);
  if (!found.isReached)
    throw new JournalRefusedError(
      `The journal of ${slug} leads back to ${earliest(found.since)}, and not to ${at.toISOString()}.`,
    );
  if (!found.isPast) throw new JournalRefusedError(`${at.toISOString()} is not over yet.`);
  const { rows: migrations } = await journal.query<{ name: string; at: Date }>(
    `select m.name, pg_catalog.max(x.at) over () as at from rowhouse_journal.migrations m join rowhouse_journal.transactions x on x.xid = m.xid
      where m.relation = pg_catalog.to_regclass($1) and x.at > $2 order by x.at`,
    [`${quote(history.schema)}.${quote(history.name)}`, at],
  );
  if (migrations[0])
    throw new JournalRefusedError(
      `The tables of ${slug} were migrated since ${at.toISOString()}, and the journal has their rows in the shape of then: ${migrations.map(({ name }) => name).join(', ')}. The earliest moment is ${earliest(migrations[0].at)}.`,
    );
  const { rowCount: strays } = await journal.query(
    `select from rowhouse_journal.changes c join rowhouse_journal.transactions x on x.xid = c.xid
      where c.tenant_id = $1 and x.at > $2 and not exists (select from pg_catalog.pg_class r where r.oid = c.relation) limit 1`,
    [id, at],
  );
  if (strays) throw restored(slug);
}

/** In whole milliseconds, and not before it. */
function earliest(at: Date): string {
  return new Date(at.getTime() + 1).toISOString();
}

/** @throws {JournalRefusedError} when changes of a table are not recorded. */
async function journalsOf(
  journal: Client,
  { id }: Tenant,
  span: Span,
  tables: readonly HomeTable[],
): Promise<readonly TableJournal[]> {
  const { rows } = await journal.query<TableJournal>(
    `select (select pg_catalog.count(*)::pg_catalog.int4 from rowhouse_journal.changes c join rowhouse_journal.transactions x on x.xid = c.xid
              where c.tenant_id = $1 and c.relation = t.oid and ${isBetween(span)}) as changes,
            exists (select from pg_catalog.pg_trigger g where g.tgrelid = t.oid and g.tgname = 'rowhouse_journal' and g.tgenabled = 'A') as "isRecorded"
       from unnest($2::pg_catalog.regclass[]::pg_catalog.oid[]) with ordinality as t (oid, n) order by t.n`,
    [id, tables.map(nameOf)],
  );
  const missing = tables.filter((_, index) => !rows[index]?.isRecorded).map(({ name }) => name);
  if (missing.length > 0)
    throw new JournalRefusedError(
      `Changes of these tables are not recorded: ${missing.join(', ')}. Their triggers were dropped, or they are partitioned. Disable the journal, and enable it again.`,
    );
  return rows;
}

/** SELECT: the rows of now, each with its hash before it, in the order of the hashes. */
function nowOf(table: HomeTable): string {
  const names = table.columns.map(({ name }) => name);
  const columns = names.map((name) => `, ${textOf(name, 't')}`).join('');
  const hash = hashOf(rowTextOf(names, 't'));
  return `select ${hash}${columns} from ${sourceOf(table)} t order by ${hash} collate "C"`;
}

/** SELECT: what went since the moment more often than it came, or less often; each with its hash and the difference before it. */
function changesOf(table: HomeTable, { id }: Tenant, span: Span): string {
  const names = table.columns.map(({ name }) => name);
  const type = nameOf(table);
  const texts = names.map((name) => textOf(name, '(r.content)'));
  const columns = texts.map((text, index) => `, ${text} as c${index}`);
  const hash = hashOf(joined(texts));
  const side = (column: 'before' | 'after', count: number) =>
    `select ${hash} as hash, ${count} as n${columns.join('')}
       from rowhouse_journal.changes c join rowhouse_journal.transactions x on x.xid = c.xid
      cross join lateral (select c.${column}::${type} as content offset 0) r
      where c.tenant_id = ${literal(id)} and c.relation = ${literal(type)}::pg_catalog.regclass::pg_catalog.oid
        and ${isBetween(span)} and c.${column} is not null`;
  const firsts = names.map((_, index) => `, (pg_catalog.array_agg(c${index}))[1]`).join('');
  return `select hash, pg_catalog.sum(n)::pg_catalog.text${firsts} from (${side('before', 1)} union all ${side('after', -1)}) s
     group by hash having pg_catalog.sum(n) <> 0 order by hash collate "C"`;
}

function restored(slug: string): JournalRefusedError {
  return new JournalRefusedError(
    `The journal of ${slug} is not of these tables and transactions: the database was put back from a dump since, or a table was dropped without a migration. Disable the journal, and enable it again.`,
  );
}

function otherShape(error: unknown): JournalRefusedError {
  return new JournalRefusedError(
    `The journal has rows of a table in another shape: it was changed without a migration (${messageOf(error)}). Disable the journal, and enable it again.`,
    error,
  );
}
