import { createHash } from 'node:crypto';
import pg from 'pg';
import type { ArchivedSequence, ArchiveHead } from '../archive/archive-format.js';
import { type Checksum, checksumOf } from '../home/comparable.js';
import { type Client, type HomeTable, sourceOf } from '../home/tables.js';
import { type OwnObjects, objectColumnsOf } from '../large-objects/tenant-objects.js';

const { escapeIdentifier: quote } = pg;

/** What says whether the rows of a table are the same, whatever their order. */
export interface TableSum extends Checksum {
  readonly name: string;
}

/** @param objects - a column with numbers of large objects counts as what these hold: each home has numbers of its own. */
export async function sumOf(client: Client, table: HomeTable, objects: OwnObjects): Promise<TableSum> {
  // A text of a moment depends on the time zone of the session.
  await client.query("set local timezone = 'UTC'");
  const columns = table.columns.map(({ name }) => name);
  const read = table.columns.map(({ name, isLargeObject }) =>
    isLargeObject ? `${objects.contentIn(quote(name))} as ${quote(name)}` : quote(name),
  );
  const from =
    objectColumnsOf(table).length === 0
      ? sourceOf(table)
      : `(select ${read.join(', ')} from ${sourceOf(table)})`;
  return { name: table.name, ...(await checksumOf(client, columns, `${from} t`)) };
}

/** Of rows, as SHA-256. @param tables - those that count, in their order. */
export function digestOfRows(tables: ArchiveHead['tables'], sums: readonly TableSum[]): Buffer {
  return digest(
    tables.map(({ name, columns }) => [name, columns, sums.find((sum) => sum.name === name) ?? null]),
  );
}

/**
 * Of everything that an archive of the tenant would hold, and of who could read it, as SHA-256.
 *
 * @param of.keys - public ones.
 * @param of.records - the revision of those that are included; `null` without any.
 * @param of.companions - which contents its rows name, and whether it has them.
 */
export function digestOfContent(
  { tenant, history, tables }: ArchiveHead,
  sums: readonly TableSum[],
  sequences: readonly ArchivedSequence[],
  {
    keys,
    records,
    companions,
  }: {
    readonly keys: readonly string[];
    readonly records: unknown;
    readonly companions: NonNullable<ArchiveHead['companions']>;
  },
): Buffer {
  return digest([
    tenant,
    history,
    tables,
    sums,
    sequences,
    keys,
    ...(records === null ? [] : [records]),
    ...(companions.length === 0 ? [] : [companions]),
  ]);
}

function digest(value: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(value)).digest();
}
