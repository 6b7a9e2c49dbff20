import pg from 'pg';
import { ImportRefusedError } from '../errors.js';
import { moveSequences } from '../home/sequences.js';
import { type Client, type HomeTable, nameOf } from '../home/tables.js';
import { columnsIn, insertEmptyRows } from './columns-in.js';
import { type CopyRow, copyRowsOf } from './copy-rows.js';
import type { Load } from './load.js';

const { escapeIdentifier: quote } = pg;

/** Characters of the rows that one statement inserts, about. */
const BATCH_CHARACTERS = 1_024 * 1_024;

const TRIGGERS = `
  select distinct t.tgrelid::pg_catalog.regclass::text as "table" from pg_catalog.pg_trigger t
   where t.tgrelid = any ($1::pg_catalog.regclass[]) and not t.tgisinternal and t.tgenabled in ('O', 'A') and t.tgtype & 4 = 4`;

/**
 * Loads rows into tables that hold those of other tenants as well, which go on working. It acts as the tenant: PostgreSQL gives each
 * row its tenant, and lets none of another be touched. COPY cannot do that (manual, COPY: "not supported for tables with row-level
 * security").
 */
export class SharedTablesLoad implements Load {
  readonly #tenant: Client;
  readonly #owner: Client;
  readonly #tables: readonly HomeTable[];

  /** @param tenant - acts as the tenant, in the transaction of the load. */
  constructor(tenant: Client, owner: Client, tables: readonly HomeTable[]) {
    this.#tenant = tenant;
    this.#owner = owner;
    this.#tables = tables;
  }

  /** @throws {ImportRefusedError} where triggers would run for the rows again. */
  async begin(): Promise<void> {
    const { rows } = await this.#tenant.query<{ table: string }>(TRIGGERS, [this.#tables.map(nameOf)]);
    if (rows.length > 0)
      throw new ImportRefusedError(
        `Triggers of these tables would run for the archived rows again, and turning them off would turn them off for all tenants: ${rows.map(({ table }) => table).join(', ')}. Import the archive with isolation schema or database.`,
      );
    await this.#tenant.query('set constraints all deferred');
  }

  async write(table: HomeTable, source: AsyncIterable<Buffer>): Promise<number> {
    let batch: CopyRow[] = [];
    let characters = 0;
    let written = 0;
    const insert = async () => {
      written += await this.#insert(table, batch);
      [batch, characters] = [[], 0];
    };
    for await (const row of copyRowsOf(source)) {
      batch.push(row);
      characters += row.reduce((sum, field) => sum + (field?.length ?? 0), row.length);
      if (characters >= BATCH_CHARACTERS) await insert();
    }
    if (batch.length > 0) await insert();
    return written;
  }

  async end(): Promise<void> {
    // Before the rows are there for others, who could get the same values.
    for (const table of this.#tables) await moveSequences(this.#tenant, this.#owner, table, { shared: true });
  }

  async #insert(table: HomeTable, rows: readonly CopyRow[]): Promise<number> {
    const { columns } = table;
    if (columns.length === 0) return insertEmptyRows(this.#tenant, table, rows.length);
    const fields = columns.map((_, index) => quote(`c${index}`)).join(', ');
    const values = columns.map(({ type }, index) => `${quote(`c${index}`)}::${type}`).join(', ');
    const arrays = columns.map((_, index) => `$${index + 1}::text[]`).join(', ');
    const { rowCount } = await this.#tenant.query(
      `insert into ${columnsIn(nameOf(table), columns)} overriding system value
         select ${values} from unnest(${arrays}) as archived(${fields})`,
      columns.map((_, index) => rows.map((row) => row[index] ?? null)),
    );
    return rowCount ?? 0;
  }
}
