import { Readable } from 'node:stream';
import type { CompanionContent, CompanionRow, Tenant, TenantCompanion } from '@rowhouse/core';
import pg from 'pg';
import { ArchiveInvalidError } from '../errors.js';
import { type Client, type HomeTable, nameOf } from '../home/tables.js';
import type { RowSource } from '../source/row-source.js';
import { ContentDiffersError, checkedContent } from './checked-content.js';
import { companionRows, type Within } from './companions-of.js';
import { ContentReader } from './content-frames.js';
import { ContentsCount, type ContentsReport } from './contents-report.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

export interface ContentsLoad {
  /** Has written the rows, and reads them. */
  readonly client: Client;
  /** Where the rows of a companion are. */
  readonly tableOf: (companion: TenantCompanion) => HomeTable | undefined;
  readonly within?: Within;
  /** Gets each content. @returns whether the row will be that of the archive. */
  readonly write: (
    companion: TenantCompanion,
    row: CompanionRow,
    expected: CompanionContent,
    content: Readable,
  ) => Promise<boolean>;
}

/** For {@link ContentsLoad.write}: writes to where the contents of a tenant are. */
export const writeFor =
  (tenant: Tenant): ContentsLoad['write'] =>
  async (companion, ...content) => {
    await companion.write(tenant, ...content);
    return true;
  };

/** For {@link ContentsLoad.write}: reads, and writes nothing. */
export const writeNowhere: ContentsLoad['write'] = async (_companion, _row, _expected, content) => {
  for await (const _ of content);
  return false;
};

/**
 * Writes the contents of an archive to where rows of the tenant say: each row that names one has exactly one. Nothing that the archive says
 * of them decides where they go.
 *
 * @throws {ArchiveInvalidError} for contents that no row names, rows without theirs, and contents that are not what their rows say.
 */
export async function loadContents(
  source: RowSource,
  takers: readonly TenantCompanion[],
  load: ContentsLoad,
): Promise<readonly ContentsReport[]> {
  const reports: ContentsReport[] = [];
  for (const companion of takers) reports.push(await loadOf(companion, source, load));
  return reports;
}

async function loadOf(
  companion: TenantCompanion,
  source: RowSource,
  { client, tableOf, within = (work) => work(), write }: ContentsLoad,
): Promise<ContentsReport> {
  const { name } = companion;
  const table = tableOf(companion);
  const contents = source.contents?.(name);
  if (!table || !contents) throw new ArchiveInvalidError(`The archive has no ${name}, and says that it has.`);
  const count = new ContentsCount(name);
  const reader = new ContentReader(contents);
  for await (const row of companionRows(client, companion, table, { within })) {
    const expected = companion.contentOf(row);
    if (!expected) continue;
    const begin = await reader.next();
    if (
      begin?.id !== row['id'] ||
      begin?.sizeBytes !== expected.sizeBytes ||
      begin?.sha256 !== expected.sha256
    )
      throw new ArchiveInvalidError(`The ${name} of the archive are not those that its rows name.`);
    const written = (await reader.isMissing())
      ? undefined
      : await writeOne(reader, expected, (content) => write(companion, row, expected, content));
    if (written) count.add(expected.sizeBytes);
    else count.missing += 1;
    const changed = written?.arrives && companion.arrived?.(row);
    if (changed) await within(() => client.query(updateOf(table, row, changed)));
    await reader.pass();
  }
  if (await reader.next()) throw new ArchiveInvalidError(`The archive has ${name} that no row of it names.`);
  return count.report;
}

function updateOf(table: HomeTable, { id }: CompanionRow, changed: CompanionRow): string {
  const values = Object.entries(changed).map(
    ([name, text]) => `${quote(name)} = ${text === null ? 'null' : literal(text)}`,
  );
  return `update ${nameOf(table)} set ${values.join(', ')} where id = ${literal(id ?? '')}`;
}

/** The archive says of it that it is not what its row says. */
class KnownToDiffer extends Error {}

/** @returns nothing for what the archive itself says to be no good. */
async function writeOne(
  reader: ContentReader,
  expected: CompanionContent,
  write: (content: Readable) => Promise<boolean>,
): Promise<{ readonly arrives: boolean } | undefined> {
  try {
    const content = Readable.from(wholeContent(reader, expected), { objectMode: false });
    return { arrives: await write(content) };
  } catch (error) {
    if (error instanceof KnownToDiffer) return undefined;
    if (error instanceof ContentDiffersError)
      throw new ArchiveInvalidError('A content of the archive is not what its row says.', error);
    throw error;
  }
}

async function* wholeContent(reader: ContentReader, expected: CompanionContent): AsyncGenerator<Buffer> {
  try {
    yield* checkedContent(reader.bytes(), expected);
  } catch (error) {
    if (!(error instanceof ContentDiffersError)) throw error;
    await reader.pass();
    throw reader.state === 'differs' ? new KnownToDiffer() : error;
  }
  if (reader.state !== 'whole') throw new KnownToDiffer();
}
