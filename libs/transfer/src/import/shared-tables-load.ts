import { type CopyRow, copyRowsOf } from '../copy/copy-rows.js';
import { ImportRefusedError } from '../errors.js';
import { insertRows } from '../home/insert-rows.js';
import { moveSequences } from '../home/sequences.js';
import { type Client, type HomeTable } from '../home/tables.js';
import { tablesOfTriggers, triggersOf } from '../home/triggers.js';
import type { Load } from './load.js';

/** Characters of the rows that one statement inserts, about. */
const BATCH_CHARACTERS = 1_024 * 1_024;

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
    const triggers = (await triggersOf(this.#tenant, this.#tables)).filter(({ forInsert }) => forInsert);
    if (triggers.length > 0)
      throw new ImportRefusedError(
        `Triggers of these tables would run for the archived rows again, and turning them off would turn them off for all tenants: ${tablesOfTriggers(triggers)}. Import the archive with isolation schema or database.`,
      );
    await this.#tenant.query('set constraints all deferred');
  }

  async write(table: HomeTable, source: AsyncIterable<Buffer>): Promise<number> {
    let batch: CopyRow[] = [];
    let characters = 0;
    let written = 0;
    const insert = async () => {
      written += await insertRows(this.#tenant, table, table.columns, batch);
      [batch, characters] = [[], 0];
    };
    const fields = Math.max(1, table.columns.length);
    for await (const row of copyRowsOf(source)) {
      if (row.length !== fields)
        throw new ImportRefusedError(
          `The rows do not fit: one of ${table.name} has ${row.length} fields of ${fields}.`,
        );
      batch.push(row);
      characters += row.reduce((sum, field) => sum + (field?.length ?? 0), row.length);
      if (characters >= BATCH_CHARACTERS) await insert();
    }
    if (batch.length > 0) await insert();
    return written;
  }

  async end(): Promise<void> {
    // Before the rows are there for others, who could get the same values.
    await moveSequences(this.#tenant, this.#owner, this.#tables, { shared: true });
  }
}
