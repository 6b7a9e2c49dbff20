import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { moveSequences, type Sequences, setSequences } from '../home/sequences.js';
import { type Client, type HomeTable, nameOf } from '../home/tables.js';
import { columnsIn, insertEmptyRows } from './columns-in.js';
import { copyRowsOf } from './copy-rows.js';
import type { Load } from './load.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

/** Not those of partitions, which come and go with their parent's, nor those of tables elsewhere. */
const FOREIGN_KEYS = `
  select k.conrelid::pg_catalog.regclass::text as "table", k.conname::text as name,
         pg_catalog.pg_get_constraintdef(k.oid) as definition, pg_catalog.obj_description(k.oid, 'pg_constraint') as comment
    from pg_catalog.pg_constraint k
   where k.contype = 'f' and k.conparentid = 0
     and (k.conrelid = any ($1::pg_catalog.regclass[]) or k.confrelid = any ($1::pg_catalog.regclass[]))
   order by k.oid`;

/** Those of partitions too, each by itself: one may be off that its parent has on. */
const TRIGGERS = `
  select distinct t.tgrelid::pg_catalog.regclass::text as "table", t.tgname::text as name, t.tgenabled = 'A' as "isAlways"
    from pg_catalog.pg_trigger t
   where not t.tgisinternal and t.tgenabled in ('O', 'A')
     and (t.tgrelid = any ($1::pg_catalog.regclass[])
          or t.tgrelid in (select p.relid from unnest($1::pg_catalog.regclass[]) r cross join pg_catalog.pg_partition_tree(r) p))`;

/** In the order in which they were made, which is that of what they read. */
const MATERIALIZED_VIEWS = `
  select c.oid::pg_catalog.regclass::text as name from pg_catalog.pg_class c
   where c.relkind = 'm' and c.relispopulated
     and c.relnamespace in (select r.relnamespace from pg_catalog.pg_class r where r.oid = any ($1::pg_catalog.regclass[]))
   order by c.oid`;

interface ForeignKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
  readonly comment: string | null;
}

interface Trigger {
  readonly table: string;
  readonly name: string;
  readonly isAlways: boolean;
}

/**
 * Loads rows into tables that no other tenant has: what their migrations wrote goes, triggers do not run, and foreign keys are
 * checked at the end, so that tables may come in any order.
 */
export class OwnHomeLoad implements Load {
  readonly #client: Client;
  readonly #tables: readonly HomeTable[];
  readonly #sequences: Sequences;
  #foreignKeys: readonly ForeignKey[] = [];
  #triggers: readonly Trigger[] = [];

  /** @param sequences - where those of the archive stood. */
  constructor(client: Client, tables: readonly HomeTable[], sequences: Sequences) {
    this.#client = client;
    this.#tables = tables;
    this.#sequences = sequences;
  }

  get #names(): readonly string[] {
    return this.#tables.map(nameOf);
  }

  async begin(): Promise<void> {
    if (this.#tables.length === 0) return;
    this.#foreignKeys = await this.#find<ForeignKey>(FOREIGN_KEYS);
    this.#triggers = await this.#find<Trigger>(TRIGGERS);
    await this.#setForced('no force');
    for (const { table, name } of this.#foreignKeys)
      await this.#client.query(`alter table ${table} drop constraint ${quote(name)}`);
    for (const { table, name } of this.#triggers)
      await this.#client.query(`alter table only ${table} disable trigger ${quote(name)}`);
    await this.#client.query(`truncate ${this.#names.join(', ')}`);
  }

  async write(table: HomeTable, source: AsyncIterable<Buffer>): Promise<number> {
    if (table.columns.length === 0) return insertEmptyRows(this.#client, table, await countRows(source));
    const copy = this.#client.query(
      copyStreams.from(`copy ${columnsIn(nameOf(table), table.columns)} from stdin`),
    );
    await pipeline(Readable.from(source), copy);
    return copy.rowCount;
  }

  async end(): Promise<void> {
    if (this.#tables.length === 0) return;
    for (const { table, name, definition, comment } of this.#foreignKeys) {
      await this.#client.query(`alter table ${table} add constraint ${quote(name)} ${definition}`);
      if (comment !== null)
        await this.#client.query(`comment on constraint ${quote(name)} on ${table} is ${literal(comment)}`);
    }
    for (const { table, name, isAlways } of this.#triggers)
      await this.#client.query(
        `alter table only ${table} enable ${isAlways ? 'always ' : ''}trigger ${quote(name)}`,
      );
    for (const { name } of await this.#find<{ name: string }>(MATERIALIZED_VIEWS))
      await this.#client.query(`refresh materialized view ${name}`);
    await this.#setForced('force');
    await setSequences(this.#client, this.#sequences);
    // Those of an archive with isolation `row` are not in it.
    for (const table of this.#tables) {
      await moveSequences(this.#client, this.#client, table, { shared: false });
    }
  }

  /** COPY writes to no table whose policies bind who writes (manual, COPY). */
  async #setForced(forced: 'force' | 'no force'): Promise<void> {
    for (const [index, { isForced }] of this.#tables.entries())
      if (isForced)
        await this.#client.query(`alter table ${this.#names[index]} ${forced} row level security`);
  }

  async #find<T extends object>(query: string): Promise<readonly T[]> {
    return (await this.#client.query<T>(query, [this.#names])).rows;
  }
}

async function countRows(source: AsyncIterable<Buffer>): Promise<number> {
  let rows = 0;
  for await (const _ of copyRowsOf(source)) rows += 1;
  return rows;
}
