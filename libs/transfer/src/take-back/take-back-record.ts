import { randomUUID } from 'node:crypto';
import type { Tenant } from '@rowhouse/core';
import type { FleetDeployment } from '@rowhouse/migrations/internal';
import type pg from 'pg';
import type { QueryRunner } from '../home/query-runner.js';
import type { HomeTable } from '../home/tables.js';
import { openJournalSchema } from '../journal/journal-schema.js';
import type { ChangedTable } from './change-rows.js';
import type { Changes, RowStep } from './live-home.js';

/** How many rows one statement reads, writes or changes, at most. */
const BATCH_ROWS = 500;
/** A take back can be undone so long; then the next one forgets its rows. */
export const UNDO_DAYS = 30;

/** A table of a record: its rows have values for these columns, those of the key first. */
interface RecordedTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly keyLength: number;
}

export interface RecordedTakeBack {
  readonly id: string;
  readonly takenAt: Date;
  /** The slug of the tenant whose rows were taken. */
  readonly source: string;
  readonly history: readonly string[];
  readonly tables: readonly RecordedTable[];
}

/** What a transaction of another connection has done, after a crash too. A number of a transaction is never used again. */
const IS_COMMITTED = (xid: string) => `coalesce(pg_catalog.pg_xact_status(${xid}) = 'committed', false)`;

/**
 * The rows that a take back changes, as they were and as they become, in the tenant's database. The record is written before the
 * rows are changed, and counts when the transaction that changes them has committed.
 */
export class TakeBackRecords {
  private constructor(
    private readonly runner: QueryRunner,
    private readonly client: pg.PoolClient,
    private readonly tenant: Tenant,
  ) {}

  static async open(
    { registry }: FleetDeployment,
    tenant: Tenant,
    signal: AbortSignal | undefined,
  ): Promise<TakeBackRecords> {
    const runner = (await registry.directFor(tenant, { signal })).createQueryRunner();
    try {
      const client: pg.PoolClient = await runner.connect();
      await openJournalSchema(client);
      return new TakeBackRecords(runner, client, tenant);
    } catch (error) {
      await runner.release();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.runner.release();
  }

  /** Forgets records of transactions that did not commit, and old ones. */
  async prune(): Promise<void> {
    await this.client.query(
      `delete from rowhouse_journal.take_backs
        where tenant_id = $1 and taken_at < pg_catalog.now() - $2 * interval '1 day'
           or tenant_id = $1 and not is_done
              and case when xid is null then taken_at < pg_catalog.now() - interval '1 day'
                       else coalesce(pg_catalog.pg_xact_status(xid) = 'aborted', true) end`,
      [this.tenant.id, UNDO_DAYS],
    );
  }

  async begin(source: string, history: readonly string[]): Promise<NewRecord> {
    const id = randomUUID();
    await this.client.query(
      `insert into rowhouse_journal.take_backs (id, tenant_id, source, history, tables) values ($1, $2, $3, $4, '[]')`,
      [id, this.tenant.id, source, history],
    );
    return new NewRecord(this.client, id);
  }

  /** The transaction of the record has committed. */
  async done({ id }: Pick<RecordedTakeBack, 'id'>): Promise<void> {
    await this.client.query('update rowhouse_journal.take_backs set is_done = true where id = $1', [id]);
  }

  forget({ id }: Pick<RecordedTakeBack, 'id'>): Promise<unknown> {
    return this.client.query('delete from rowhouse_journal.take_backs where id = $1', [id]);
  }

  /** The last take back of the tenant that is done and not undone. */
  async last(): Promise<RecordedTakeBack | undefined> {
    const { rows } = await this.client.query<RecordedTakeBack>(
      `select id, taken_at as "takenAt", source, history, tables from rowhouse_journal.take_backs
        where tenant_id = $1 and (is_done or ${IS_COMMITTED('xid')}) and not ${IS_COMMITTED('undone_xid')}
        order by taken_at desc limit 1`,
      [this.tenant.id],
    );
    return rows[0];
  }

  /** The transaction that undoes it. */
  async undoneBy({ id }: RecordedTakeBack, xid: string): Promise<void> {
    await this.client.query('update rowhouse_journal.take_backs set undone_xid = $2 where id = $1', [
      id,
      xid,
    ]);
  }

  /** The changes of a record, or what undoes them. */
  changesOf(
    { id, tables }: Pick<RecordedTakeBack, 'id' | 'tables'>,
    homeTables: readonly HomeTable[],
    { isUndone }: { readonly isUndone: boolean },
  ): Changes {
    const changed = homeTables.flatMap((table) => {
      const recorded = tables.find(({ name }) => name === table.name);
      return recorded ? [changedTableOf(table, recorded)] : [];
    });
    const { client } = this;
    const [before, after] = isUndone ? ['after', 'before'] : ['before', 'after'];
    const conditions = {
      all: 'true',
      added: `${before} is null`,
      removed: `${after} is null`,
      changed: 'before is not null and after is not null',
    };
    async function* of({ table }: ChangedTable, kind: keyof typeof conditions) {
      const number = tables.findIndex(({ name }) => name === table.name);
      for (let from = '-1'; ; ) {
        const { rows } = await client.query<{
          n: string;
          before: RowStep['before'] | null;
          after: RowStep['after'] | null;
        }>(
          `select n::pg_catalog.text as n, ${before} as before, ${after} as after from rowhouse_journal.take_back_rows
            where take_back_id = $1 and "table" = $2 and n > $3 and ${conditions[kind]} order by take_back_rows.n limit ${BATCH_ROWS}`,
          [id, number, from],
        );
        const last = rows.at(-1);
        if (!last) return;
        from = last.n;
        yield rows.map((row) => ({ before: row.before ?? undefined, after: row.after ?? undefined }));
      }
    }
    return { tables: changed, of };
  }
}

/** A record that is being written. */
export class NewRecord {
  readonly tables: RecordedTable[] = [];
  #batch: unknown[][] = [];
  #count = 0;

  constructor(
    private readonly client: pg.PoolClient,
    readonly id: string,
  ) {}

  async add(table: RecordedTable, { before, after }: RowStep): Promise<void> {
    if (this.tables.at(-1)?.name !== table.name) this.tables.push(table);
    this.#batch.push([this.tables.length - 1, this.#count, before ?? null, after ?? null]);
    this.#count += 1;
    if (this.#batch.length >= BATCH_ROWS) await this.#flush();
  }

  /** Everything is added; the transaction with this number makes the changes. */
  async end(xid: string): Promise<void> {
    await this.#flush();
    await this.client.query('update rowhouse_journal.take_backs set tables = $2, xid = $3 where id = $1', [
      this.id,
      JSON.stringify(this.tables),
      xid,
    ]);
  }

  async #flush(): Promise<void> {
    if (this.#batch.length === 0) return;
    const places = this.#batch.map(
      (_, row) => `($1, $${row * 4 + 2}, $${row * 4 + 3}, $${row * 4 + 4}, $${row * 4 + 5})`,
    );
    await this.client.query(
      `insert into rowhouse_journal.take_back_rows (take_back_id, "table", n, before, after) values ${places.join(', ')}`,
      [this.id, ...this.#batch.flat()],
    );
    this.#batch = [];
  }
}

function changedTableOf(table: HomeTable, { columns, keyLength }: RecordedTable): ChangedTable {
  const found = columns.map((name) => table.columns.find((column) => column.name === name));
  return { table, columns: found.filter((column) => column !== undefined), keyLength };
}
