import type { CompanionRow, TenantCompanion } from '@rowhouse/core';
import { KNOWN_COMPANIONS } from '@rowhouse/core/internal';
import pg from 'pg';
import type { ArchiveHead } from '../archive/archive-format.js';
import { ImportRefusedError } from '../errors.js';
import { type Client, type HomeTable, sourceOf } from '../home/tables.js';

export interface ContentsOptions {
  /** Whether contents that rows name go along, such as files: those of the companions of the fleet. Default true. */
  readonly contents?: boolean | undefined;
}

/** Runs a read in a transaction with plain settings. */
export type Within = <T>(read: () => Promise<T>) => Promise<T>;

type Named = Readonly<Record<'name', string>>;

/** For the head of an archive: which contents its rows name, and whether it has them. */
export function companionsIn(
  companions: readonly TenantCompanion[],
  tables: readonly Named[],
  { contents = true }: ContentsOptions,
): NonNullable<ArchiveHead['companions']> {
  const known = Object.entries(KNOWN_COMPANIONS).map(([name, table]) => ({ name, table }));
  const strangers = known.filter((one) => !companions.some(({ name }) => name === one.name));
  const given = companions.map(({ name, table }) => ({ name, table, isIncluded: contents }));
  return [...given, ...strangers.map((one) => ({ ...one, isIncluded: false }))].filter(({ table }) =>
    tables.some(({ name }) => name === table),
  );
}

/**
 * The companions that take the contents of an archive.
 *
 * @throws {ImportRefusedError} when it has some, and nobody here would take them.
 */
export function takersOf(
  companions: readonly TenantCompanion[],
  { companions: archived = [] }: Pick<ArchiveHead, 'companions'>,
  { contents = true }: ContentsOptions,
): readonly TenantCompanion[] {
  if (!contents) return [];
  return archived
    .filter(({ isIncluded }) => isIncluded)
    .map(({ name, table }) => {
      const taker = companions.find((one) => one.name === name && one.table === table);
      if (taker) return taker;
      throw new ImportRefusedError(
        `The archive has the contents of ${name}, and nothing here says where they belong. Give the option \`companions\` (tenantFiles() of @rowhouse/files for files), or leave them out (contents: false, --without-files).`,
      );
    });
}

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;
/** Rows that are read at a time. */
const BATCH = 500;
const FIRST = '00000000-0000-0000-0000-000000000000';

/**
 * The rows of a companion, in the order in which archives have their contents. Between two reads the connection is free.
 *
 * @param how.within - runs a read in a transaction with plain settings. Default: the connection is in one.
 * @param how.where - a condition of the rows `s`. Default: all that the connection sees.
 */
export async function* companionRows(
  client: Client,
  { columns }: TenantCompanion,
  table: HomeTable,
  { within = (read) => read(), where = 'true' }: { readonly within?: Within; readonly where?: string } = {},
): AsyncGenerator<CompanionRow> {
  // As COPY writes them.
  const texts = columns.map((name) => `s.${quote(name)}::pg_catalog.text as ${quote(name)}`).join(', ');
  for (let after = FIRST, isFirst = true; ; isFirst = false) {
    const { rows } = await within(() =>
      client.query<CompanionRow>(
        `select ${texts} from ${sourceOf(table)} s
          where ${where} and s.id ${isFirst ? '>=' : '>'} ${literal(after)} order by s.id limit ${BATCH}`,
      ),
    );
    yield* rows;
    if (rows.length < BATCH) return;
    after = rows.at(-1)?.['id'] ?? FIRST;
  }
}
