import { CloneRefusedError } from '../../errors.js';
import { type HomeTable, sourceOf } from '../../home/tables.js';
import type { RowSource, TableRows } from '../../source/row-source.js';
import type { TenantSource } from '../../source/tenant-source.js';
import type { Key, KeyReference, TableSampling } from './sample-plan.js';

/** Hashes that are held at a time, each of about 40 bytes. */
const MAX_HELD = 8_000_000;
const CHUNK_BYTES = 64 * 1_024;
const TAB = 0x09;
const NEWLINE = 0x0a;

/** Hashes of a row, in the order in which they were read; NaN for NULL. */
type Hashes = readonly number[];

export interface SampledSource extends RowSource {
  /** How many rows of a table are chosen. */
  countOf(table: number): Promise<number>;
}

/**
 * A part of the rows of a tenant that is whole in itself: whatever a chosen row refers to is chosen.
 *
 * First down: a row is a candidate by its own hash, or with the row that it refers to. Then up, until nothing is missing: what
 * candidates refer to, what that refers to, and so on. Of rows only hashes of keys are held; where two are the same, a row more is
 * chosen, with what it refers to.
 */
export async function sampled(
  source: TenantSource,
  plan: readonly TableSampling[],
  signal: AbortSignal | undefined,
): Promise<SampledSource> {
  const choice = new Choice(plan);
  const scan = async (table: number, onRow: (hashes: Hashes) => void) => {
    signal?.throwIfAborted();
    const sampling = plan[table] as TableSampling;
    const select = `select ${selectionOf(sampling)} from ${sourceOf(tableAt(source, table))}`;
    for await (const line of linesOf(source.read(select).chunks))
      onRow(hashesIn(line, hashCountOf(sampling)).hashes);
  };
  for (const [table, { isWhole }] of plan.entries())
    if (!isWhole && choice.leadsOthers(table))
      await scan(table, (hashes) => choice.addCandidate(table, hashes));
  for (let table = choice.nextIncomplete(); table !== undefined; table = choice.nextIncomplete()) {
    const current = table;
    await scan(current, (hashes) => choice.addNeeds(current, hashes));
  }
  return {
    head: source.head,
    rows: (table) => (plan[table]?.isWhole ? source.rows(table) : chosenRows(source, plan, choice, table)),
    largeObjects: (numbers) => source.largeObjects(numbers),
    sequences: () => source.sequences(),
    countOf: async (table) => {
      let count = 0;
      await scan(table, (hashes) => {
        if (choice.isChosen(table, hashes)) count += 1;
      });
      return count;
    },
  };
}

/** Which rows are chosen. */
class Choice {
  readonly #plan: readonly TableSampling[];
  readonly #candidates: ReadonlyMap<Key, Set<number>>;
  readonly #needed: ReadonlyMap<Key, Set<number>>;
  readonly #incomplete: Set<number>;
  #held = 0;

  constructor(plan: readonly TableSampling[]) {
    this.#plan = plan;
    this.#candidates = new Map(
      plan.flatMap(({ leading }) => (leading ? [[leading.to, new Set<number>()]] : [])),
    );
    this.#needed = new Map(plan.flatMap(({ keys }) => keys.map((key) => [key, new Set<number>()])));
    this.#incomplete = new Set([...plan.keys()].filter((table) => plan[table]?.references.length));
  }

  leadsOthers(table: number): boolean {
    return this.#at(table).keys.some((key) => this.#candidates.has(key));
  }

  addCandidate(table: number, hashes: Hashes): void {
    if (!this.#isCandidate(table, hashes)) return;
    for (const [key, hash] of keysOf(this.#at(table), hashes)) {
      const candidates = this.#candidates.get(key);
      if (candidates) this.#hold(candidates, hash);
    }
  }

  /** A table with chosen rows of which it is not known what they refer to: one that others do not wait for, if there is one. */
  nextIncomplete(): number | undefined {
    const next = Math.max(...this.#incomplete);
    this.#incomplete.delete(next);
    return next < 0 ? undefined : next;
  }

  addNeeds(table: number, hashes: Hashes): void {
    if (!this.isChosen(table, hashes)) return;
    for (const [{ to }, hash] of referencesOf(this.#at(table), hashes)) {
      const needed = this.#needed.get(to);
      if (!needed || needed.has(hash) || this.#isCandidateKey(to, hash)) continue;
      this.#hold(needed, hash);
      if (this.#at(to.table).references.length > 0) this.#incomplete.add(to.table);
    }
  }

  isChosen(table: number, hashes: Hashes): boolean {
    if (this.#isCandidate(table, hashes)) return true;
    return keysOf(this.#at(table), hashes).some(
      ([key, hash]) => this.#needed.get(key)?.has(hash) || this.#isCandidateKey(key, hash),
    );
  }

  #isCandidate(table: number, hashes: Hashes): boolean {
    const plan = this.#at(table);
    if (plan.isWhole) return true;
    const [own] = hashes as [number];
    const led = plan.leading && referencesOf(plan, hashes).find(([reference]) => reference === plan.leading);
    return led ? this.#isCandidateKey(led[0].to, led[1]) : own <= plan.most;
  }

  #isCandidateKey(key: Key, hash: number): boolean {
    return this.#candidates.get(key)?.has(hash) === true;
  }

  #hold(set: Set<number>, hash: number): void {
    if (set.has(hash)) return;
    this.#held += 1;
    if (this.#held > MAX_HELD)
      throw new CloneRefusedError(
        `The sample has more than ${MAX_HELD} rows that others refer to, which are too many to hold in memory. Take a smaller sample, or clone the tenant whole.`,
      );
    set.add(hash);
  }

  #at(table: number): TableSampling {
    return this.#plan[table] as TableSampling;
  }
}

/** The row's own hash, those of what it refers to, and those of its keys. */
function selectionOf({ hash, references, keys }: TableSampling): string {
  return [hash, ...references.map((one) => one.hash), ...keys.map((one) => one.hash)].join(', ');
}

function referencesOf(
  { references }: TableSampling,
  hashes: Hashes,
): readonly (readonly [KeyReference, number])[] {
  return references.flatMap((reference, index) => {
    const hash = hashes[index + 1] as number;
    return Number.isNaN(hash) ? [] : [[reference, hash] as const];
  });
}

function keysOf({ references, keys }: TableSampling, hashes: Hashes): readonly (readonly [Key, number])[] {
  return keys.map((key, index) => [key, hashes[index + 1 + references.length] as number] as const);
}

function chosenRows(
  source: TenantSource,
  plan: readonly TableSampling[],
  choice: Choice,
  table: number,
): TableRows {
  const select = [selectionOf(plan[table] as TableSampling), source.columnsOf(table)]
    .filter(Boolean)
    .join(', ');
  let count = 0;
  async function* chosen() {
    const hashCount = hashCountOf(plan[table] as TableSampling);
    let lines: Buffer[] = [];
    let bytes = 0;
    for await (const line of linesOf(
      source.read(`select ${select} from ${sourceOf(tableAt(source, table))}`).chunks,
    )) {
      const { hashes, end } = hashesIn(line, hashCount);
      if (!choice.isChosen(table, hashes)) continue;
      count += 1;
      lines.push(line.subarray(end));
      bytes += line.length - end;
      if (bytes < CHUNK_BYTES) continue;
      yield Buffer.concat(lines);
      [lines, bytes] = [[], 0];
    }
    if (bytes > 0) yield Buffer.concat(lines);
  }
  return { chunks: chosen(), count: () => count };
}

function tableAt({ tables }: TenantSource, index: number): HomeTable {
  return tables[index] as HomeTable;
}

function hashCountOf({ references, keys }: TableSampling): number {
  return 1 + references.length + keys.length;
}

/** The lines of COPY's text format, each with its end. */
async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, at + 1)]);
      rest = [];
      from = at + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
}

/** The first fields of a line. @returns `end`: where the others begin. */
function hashesIn(line: Buffer, count: number): { readonly hashes: Hashes; readonly end: number } {
  const hashes: number[] = [];
  let from = 0;
  while (hashes.length < count) {
    const tab = line.indexOf(TAB, from);
    const to = tab < 0 ? line.length - 1 : tab;
    // Of NULL, \N, Number makes NaN.
    hashes.push(Number(line.toString('latin1', from, to)));
    from = tab < 0 ? to : to + 1;
  }
  return { hashes, end: from };
}
