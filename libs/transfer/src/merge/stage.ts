import pg from 'pg';
import { countRows } from '../copy/copy-rows.js';
import { copyIn } from '../copy/copy-streams.js';
import { ArchiveInvalidError } from '../errors.js';
import { insertEmptyRows } from '../home/insert-rows.js';
import { type Client, nameOf } from '../home/tables.js';
import type { TableRows } from '../source/row-source.js';
import { type MergeTable, type Rows, stageOf } from './merge-table.js';

const { escapeIdentifier: quote } = pg;

/** Takes rows of the same database into a temporary table. It goes with the transaction. @param suffix - of the query. */
export async function stageRows(client: Client, table: MergeTable, rows: Rows, suffix = ''): Promise<number> {
  const values = table.target.columns.map(({ name }) => `${rows.value(name)} as ${quote(name)}`);
  const query = `select ${values.join(', ')} from ${rows.from} s ${suffix}`;
  const { rowCount } = await client.query(
    `create temporary table ${stageOf(table)} on commit drop as ${query}`,
  );
  await client.query(`analyze ${stageOf(table)}`);
  return rowCount ?? 0;
}

/** Takes rows of a source into a temporary table. It goes with the transaction. */
export async function stageStream(
  client: pg.ClientBase,
  table: MergeTable,
  rows: TableRows,
): Promise<number> {
  const { columns } = table.target;
  const list = columns.map(({ name }) => quote(name)).join(', ');
  await client.query(
    `create temporary table ${stageOf(table)} on commit drop as select ${list} from ${nameOf(table.target)} with no data`,
  );
  const staged =
    columns.length === 0
      ? await insertEmptyRows(client, stageOf(table), await countRows(rows.chunks))
      : await copyIn([client], `${stageOf(table)} (${list})`, rows.chunks);
  if (staged !== rows.count())
    throw new ArchiveInvalidError(
      `The table ${table.target.name} should have ${rows.count()} rows, and ${staged} came.`,
    );
  await client.query(`analyze ${stageOf(table)}`);
  return staged;
}
