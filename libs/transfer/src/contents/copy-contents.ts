import { Readable } from 'node:stream';
import type { CompanionContent, CompanionRow, Tenant, TenantCompanion } from '@rowhouse/core';
import type { ArchiveHead } from '../archive/archive-format.js';
import { type CopyRow, copyLineOf, copyRowsOf } from '../copy/copy-rows.js';
import { ImportRefusedError } from '../errors.js';
import type { RowSource, TableRows } from '../source/row-source.js';
import { ContentDiffersError, checkedContent } from './checked-content.js';
import { companionsIn } from './companions-of.js';
import { ContentsCount, type ContentsReport, notIncluded } from './contents-report.js';

/** Rows that are passed on at a time. */
const BATCH = 200;
/** Contents that are copied at a time. */
const AT_ONCE = 4;

/**
 * Copies the contents that rows name from one tenant to another while the rows pass: those of the rows that pass, and no others. Between the
 * two places where rows pass they may be masked, and stay in their order.
 */
export class ContentCopy {
  readonly #from: Tenant;
  readonly #companions: readonly TenantCompanion[];
  readonly #named: NonNullable<ArchiveHead['companions']>;
  readonly #counts = new Map<string, ContentsCount>();
  /** Rows that have passed the first place, and not yet the second. */
  readonly #noted: CompanionRow[] = [];

  /** @param contents - whether they are copied. */
  constructor(
    from: Tenant,
    companions: readonly TenantCompanion[],
    { tables }: Pick<ArchiveHead, 'tables'>,
    contents: boolean,
  ) {
    this.#from = from;
    this.#named = companionsIn(companions, tables, { contents });
    this.#companions = companions.filter((one) =>
      this.#named.some(({ name, isIncluded }) => isIncluded && name === one.name),
    );
    for (const { name } of this.#companions) this.#counts.set(name, new ContentsCount(name));
  }

  /** Notes the rows of the one tenant. */
  noting(source: RowSource): RowSource {
    return this.#passing(source, async (rows) => {
      this.#noted.push(...rows);
    });
  }

  /** Copies what the rows of the other tenant name, before they pass on. */
  writing(source: RowSource, to: Tenant): RowSource {
    return this.#passing(source, async (rows, companion) => {
      const pairs = rows.map((row) => [this.#noted.shift() as CompanionRow, row] as const);
      const next = pairs.values();
      const work = async () => {
        for (const [was, is] of next) await this.#copy(companion, was, is, to);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    });
  }

  get reports(): readonly ContentsReport[] {
    return this.#named.map(({ name }) => this.#counts.get(name)?.report ?? notIncluded(name));
  }

  #passing(
    source: RowSource,
    work: (rows: readonly CompanionRow[], companion: TenantCompanion) => Promise<void>,
  ): RowSource {
    const { tables } = source.head;
    return {
      ...source,
      rows: (index) => {
        const rows = source.rows(index);
        const table = tables[index];
        const companion = this.#companions.find((one) => one.table === table?.name);
        if (!companion || !table) return rows;
        const names = table.columns.map(({ name }) => name);
        return withBatches(rows, (batch) =>
          work(
            batch.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null]))),
            companion,
          ),
        );
      },
    };
  }

  async #copy(companion: TenantCompanion, was: CompanionRow, is: CompanionRow, to: Tenant): Promise<void> {
    const count = this.#counts.get(companion.name) as ContentsCount;
    const expected = companion.contentOf(was);
    if (!expected) return;
    if (!companion.contentOf(is)) throw leadsNowhere(companion);
    const content = await companion.read(this.#from, was);
    if (content && (await isWritten(companion, to, is, expected, content))) count.add(expected.sizeBytes);
    else count.missing += 1;
  }
}

/** Writes what is read of a content. @returns false where it is not what its row says; nothing is written then. */
export async function isWritten(
  companion: TenantCompanion,
  to: Tenant,
  row: CompanionRow,
  expected: CompanionContent,
  content: Readable,
): Promise<boolean> {
  const checked = Readable.from(checkedContent(content, expected), { objectMode: false });
  try {
    await companion.write(to, row, expected, checked);
    return true;
  } catch (error) {
    if (error instanceof ContentDiffersError) return false;
    throw error;
  } finally {
    content.destroy();
  }
}

function leadsNowhere({ name, table }: TenantCompanion): ImportRefusedError {
  return new ImportRefusedError(
    `No place of ${name} follows from a row of ${table} as it was masked. Let its columns stay (mask.keep()), or leave the contents out.`,
  );
}

/** @param work - gets rows before they pass on. */
function withBatches(rows: TableRows, work: (batch: readonly CopyRow[]) => Promise<void>): TableRows {
  const chunks = async function* () {
    let batch: CopyRow[] = [];
    const flush = async () => {
      await work(batch);
      const lines = batch.map(copyLineOf).join('');
      batch = [];
      return Buffer.from(lines);
    };
    for await (const row of copyRowsOf(rows.chunks)) {
      batch.push(row);
      if (batch.length === BATCH) yield await flush();
    }
    if (batch.length > 0) yield await flush();
  };
  return { chunks: chunks(), count: rows.count };
}
