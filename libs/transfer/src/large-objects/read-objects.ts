import pg from 'pg';
import { copyLinesOf } from '../copy/copy-rows.js';
import { copyOut } from '../copy/copy-streams.js';
import { ExportRefusedError } from '../errors.js';
import { type HomeTable, sourceOf } from '../home/tables.js';
import { OBJECT_CHUNK_BYTES, type OwnObjects, objectColumnsOf, sizeOf } from './tenant-objects.js';

const { escapeIdentifier: quote } = pg;

/** Objects that one statement reads. */
const BATCH = 1_000;

/** SELECT: each number in these columns, as `n`. @param where - of the number `n`. */
function numbersIn(tables: readonly HomeTable[], pick: typeof objectColumnsOf, where: string): string {
  const all = tables.flatMap((table) =>
    pick(table).map(
      ({ name }) =>
        `select ${quote(name)}::pg_catalog.oid as n from ${sourceOf(table)} where ${quote(name)} is not null`,
    ),
  );
  return `select n from (${all.join(' union ')}) numbers where ${where}`;
}

/** The numbers of the tenant's large objects that its rows name, in ascending order. */
export async function namedObjects(
  client: pg.ClientBase,
  tables: readonly HomeTable[],
  objects: OwnObjects,
): Promise<readonly number[]> {
  const numbers: number[] = [];
  if (tables.every((table) => objectColumnsOf(table).length === 0)) return numbers;
  const select = `${numbersIn(tables, objectColumnsOf, objects.has('n'))} order by n`;
  for await (const line of copyLinesOf(copyOut(client, select))) numbers.push(Number(line));
  return numbers;
}

/**
 * The content of large objects, in rows of COPY's text format: the number, the position, and the bytes from there on. Those of an object
 * follow each other; one that is empty has one row without bytes. What the tenant does not own is left out.
 *
 * @param numbers - in ascending order.
 */
export async function* readObjects(
  client: pg.ClientBase,
  objects: OwnObjects,
  numbers: readonly number[],
): AsyncGenerator<Buffer> {
  for (let from = 0; from < numbers.length; from += BATCH) {
    const some = numbers.slice(from, from + BATCH).join(',');
    yield* copyOut(
      client,
      `select c.oid, c.position, pg_catalog.lo_get(c.oid, c.position, ${OBJECT_CHUNK_BYTES})
         from (select m.oid, position from ${objects.all}
                cross join lateral ${sizeOf('m.oid')} z
                cross join lateral pg_catalog.generate_series(0::pg_catalog.int8, greatest(z.bytes - 1, 0), ${OBJECT_CHUNK_BYTES}) position
                where m.oid = any ('{${some}}'::pg_catalog.oid[])
                order by m.oid, position offset 0) c`,
    );
  }
}

/** Columns of type oid that are not declared to hold numbers of large objects. */
function undeclaredOf({ columns }: Pick<HomeTable, 'columns'>): HomeTable['columns'] {
  return columns.filter(({ type, isLargeObject }) => type === 'oid' && !isLargeObject);
}

/**
 * Makes sure that no large object would be lost without a word.
 *
 * @throws {ExportRefusedError} when rows name large objects that are not the tenant's, or name its own in columns that are not declared.
 */
export async function requireCarried(
  client: pg.ClientBase,
  tables: readonly HomeTable[],
  objects: OwnObjects,
): Promise<void> {
  const found = async (pick: typeof objectColumnsOf, where: string): Promise<readonly string[]> => {
    const names: string[] = [];
    for (const table of tables)
      for (const column of pick(table)) {
        const only = () => [column];
        const { rowCount } = await client.query(`${numbersIn([table], only, where)} limit 1`);
        if (rowCount) names.push(`${table.name}.${column.name}`);
      }
    return names;
  };
  const others = await found(
    objectColumnsOf,
    `exists (select from pg_catalog.pg_largeobject_metadata l where l.oid = n) and not ${objects.has('n')}`,
  );
  if (others.length > 0)
    throw new ExportRefusedError(
      `Rows name large objects that the tenant's role does not own, and only its own are carried: ${others.join(', ')}. ` +
        "Where they are the tenant's, give them to its role (ALTER LARGE OBJECT … OWNER TO …); else set the columns to NULL. Tenants with isolation row, and with schemas without roles, have none.",
    );
  const undeclared = await found(undeclaredOf, objects.has('n'));
  if (undeclared.length > 0)
    throw new ExportRefusedError(
      `These columns of type oid name large objects of the tenant, and nothing says that they hold such numbers: ${undeclared.join(', ')}. ` +
        "In a migration, give the column the type lo, or a comment with @largeObject (COMMENT ON COLUMN … IS '@largeObject'). Where the numbers are something else, take the type bigint.",
    );
}
