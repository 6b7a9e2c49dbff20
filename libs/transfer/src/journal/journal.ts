import { type Actor, type Tenant, TenantContext } from '@rowhouse/core';
import { auditStatement, requireActor, runEach, sqlStateOf } from '@rowhouse/core/internal';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { type FleetDeployment, historyOf } from '@rowhouse/migrations/internal';
import { JournalRefusedError } from '../errors.js';
import { inOwnerTransaction, lockAll } from '../home/owner-transaction.js';
import { type Client, type HomeTable, nameOf, tablesOf } from '../home/tables.js';
import { hasJournalSchema, openJournalSchema } from './journal-schema.js';

/** What a tenant's journal holds. */
export interface JournalStatus {
  /** The earliest moment that it leads back to. */
  readonly since: Date;
  /** Changes of rows. */
  readonly changes: number;
}

export interface JournalControl {
  /** Who does it; stored in the audit trail. Default: unknown. */
  readonly by?: Actor | undefined;
}

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * From now on every change of the tenant's rows is recorded with what they were, so that {@link rewindTenant} can make a tenant of
 * any moment since. The tables are locked for an instant, and transactions that write to them are waited for. Where the tenant has
 * a journal already, nothing changes.
 *
 * @throws {JournalRefusedError} for partitioned tables, when the tables are in use for 10 s, and under an operator's entry.
 */
export async function enableJournal(
  fleet: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
  { by }: JournalControl = {},
): Promise<JournalStatus> {
  const enable = async (client: Client, home: JournaledHome, note: Note) => {
    const known = await statusOf(client, tenant);
    if (known) return known;
    if (home.partitioned.length > 0)
      throw new JournalRefusedError(
        `A journal holds no partitioned tables, because their partitions come and go without a change of a row: ${home.partitioned.join(', ')}.`,
      );
    await lock(client, home.tables);
    await client.query(
      `insert into rowhouse_journal.journals (tenant_id, is_own, since, origin)
       values ($1, $2, pg_catalog.clock_timestamp(), rowhouse_journal.origin())`,
      [tenant.id, tenant.isolation !== 'row'],
    );
    await attach(client, tenant, home.history);
    note({ action: 'journal.enabled', by });
    return (await statusOf(client, tenant)) as JournalStatus;
  };
  refuseUnderEntry();
  requireActor(by);
  await openJournalSchema(await fleet.deployment.registry.directPoolFor(tenant));
  return inHome(fleet, tenant, enable);
}

/** Ends the journal of a tenant, and deletes it. */
export async function disableJournal(
  fleet: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
  { by }: JournalControl = {},
): Promise<void> {
  requireActor(by);
  return inHome(fleet, tenant, async (client, home, note) => {
    if (!(await hasJournalSchema(client)) || !(await statusOf(client, tenant))) return;
    await lock(client, home.tables);
    await client.query('delete from rowhouse_journal.journals where tenant_id = $1', [tenant.id]);
    await client.query('delete from rowhouse_journal.changes where tenant_id = $1', [tenant.id]);
    await attach(client, tenant, home.history);
    await forgetTransactions(client);
    note({ action: 'journal.disabled', by });
  });
}

/**
 * Deletes what the journal of a tenant holds of the time before a moment; it leads back to that moment then, and no further.
 *
 * @returns how many changes were deleted.
 */
export async function pruneJournal(
  fleet: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
  before: Date,
  { by }: JournalControl = {},
): Promise<number> {
  requireActor(by);
  return inHome(fleet, tenant, async (client, _, note) => {
    if (!(await hasJournalSchema(client))) return 0;
    const { rowCount: isThere } = await client.query(
      `update rowhouse_journal.journals set since = greatest(since, least($2, pg_catalog.clock_timestamp())) where tenant_id = $1`,
      [tenant.id, before],
    );
    if (isThere === 0) return 0;
    const { rowCount } = await client.query(
      `delete from rowhouse_journal.changes c using rowhouse_journal.transactions x, rowhouse_journal.journals j
        where c.tenant_id = $1 and j.tenant_id = $1 and x.xid = c.xid and x.at <= j.since`,
      [tenant.id],
    );
    await forgetTransactions(client);
    note({ action: 'journal.pruned', by, after: { before, changes: rowCount } });
    return rowCount ?? 0;
  });
}

/** @returns `undefined` for a tenant without a journal. */
export function journalStatus(
  fleet: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
): Promise<JournalStatus | undefined> {
  return inHome(fleet, tenant, async (client) =>
    (await hasJournalSchema(client)) ? statusOf(client, tenant) : undefined,
  );
}

interface JournaledHome {
  readonly tables: readonly HomeTable[];
  readonly partitioned: readonly string[];
  /** The table of its migrations. */
  readonly history: Pick<HomeTable, 'schema' | 'name'>;
}

/** Has the transaction recorded in the audit trail, as what. */
type Note = (noted: Omit<Parameters<typeof auditStatement>[0], 'tenantId' | 'target'>) => void;

async function inHome<T>(
  { deployment }: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
  work: (client: Client, home: JournaledHome, note: Note) => Promise<T>,
): Promise<T> {
  refuseUnderEntry();
  const except = (await historyOf(deployment, tenant)).tables;
  try {
    return await inOwnerTransaction(deployment, tenant, { level: 'read committed' }, async (client) => {
      const { id: tenantId, slug: target } = tenant;
      const audits: ReturnType<typeof auditStatement>[] = [];
      const note: Note = (noted) => audits.push(auditStatement({ ...noted, tenantId, target }));
      const result = await work(client, await homeOf(deployment, tenant, client, except), note);
      await deployment.catalog.transaction(async (holder) => {
        await runEach(holder, audits);
        await client.query('commit');
      });
      return result;
    });
  } catch (error) {
    if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
    throw new JournalRefusedError(
      `The tables of ${tenant.slug} are in use by a long transaction. Nothing was changed. Try again when it has ended.`,
      error,
    );
  }
}

function refuseUnderEntry(): void {
  if (TenantContext.entry())
    throw new JournalRefusedError("Under an operator's entry into a tenant, no journal is changed or read.");
}

async function homeOf(
  deployment: FleetDeployment,
  tenant: Tenant,
  client: Client,
  except: readonly string[],
): Promise<JournaledHome> {
  const schema = deployment.schemaOf(tenant);
  const tables = await tablesOf(client, tenant, schema, except);
  const partitioned = tables.filter(({ isPartitioned }) => isPartitioned).map(({ name }) => name);
  return { tables, partitioned, history: { schema, name: except[0] ?? '' } };
}

/** Waits for transactions that have written to the tables, so that each later one is recorded as a whole. */
function lock(client: Client, tables: readonly HomeTable[]): Promise<void> {
  return lockAll(client, tables, 'share row exclusive');
}

/** Triggers say in their arguments whose rows they record: a transaction that began earlier sees them, and no rows of a table. */
async function attach(
  client: Client,
  { id, isolation }: Tenant,
  history: JournaledHome['history'],
): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    isolation === 'row'
      ? 'select tenant_id as id from rowhouse_journal.journals where not is_own order by 1'
      : 'select tenant_id as id from rowhouse_journal.journals where tenant_id = $1',
    isolation === 'row' ? [] : [id],
  );
  const ids = rows.map((row) => row.id);
  if (ids.length === 0)
    await client.query('select rowhouse_journal.detach(pg_catalog.to_regclass($1), $2)', [
      nameOf(history),
      isolation !== 'row',
    ]);
  else
    await client.query('select rowhouse_journal.attach(pg_catalog.to_regclass($1), $2, false)', [
      nameOf(history),
      [isolation === 'row' ? 'row' : 'own', ...ids],
    ]);
}

/** Transactions that no journal leads back to. */
async function forgetTransactions(client: Client): Promise<void> {
  await client.query(
    `delete from rowhouse_journal.transactions
      where at <= coalesce((select pg_catalog.min(since) from rowhouse_journal.journals), pg_catalog.clock_timestamp())`,
  );
  await client.query(
    `delete from rowhouse_journal.migrations m
      where not exists (select from rowhouse_journal.transactions x where x.xid = m.xid)`,
  );
}

async function statusOf(client: Client, { id }: Tenant): Promise<JournalStatus | undefined> {
  const { rows } = await client.query<JournalStatus>(
    `select j.since, (select pg_catalog.count(*)::pg_catalog.int4 from rowhouse_journal.changes c where c.tenant_id = j.tenant_id) as changes
       from rowhouse_journal.journals j where j.tenant_id = $1`,
    [id],
  );
  return rows[0];
}
