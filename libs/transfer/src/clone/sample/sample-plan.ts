import { createHash } from 'node:crypto';
import pg from 'pg';
import { CloneRefusedError } from '../../errors.js';
import { type Client, type HomeTable, sourceOf } from '../../home/tables.js';
import type { HomeFacts, TypedReference } from '../table-facts.js';
import type { Sample, TableSample } from './sample-options.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

/** Hashes are whole numbers that JavaScript has exactly. */
const MAX_HASH = Number.MAX_SAFE_INTEGER;

/** More than there are tables. */
const MAX_DEPTH = 100_000;

/** A column of hashes that a foreign key of another table refers to. */
export interface Key {
  readonly table: number;
  /** For SQL. */
  readonly hash: string;
}

export interface KeyReference {
  readonly to: Key;
  /** For SQL. NULL where the row refers to nothing. */
  readonly hash: string;
}

/** How the rows of a table are chosen. */
export interface TableSampling {
  /** All of its rows are. */
  readonly isWhole: boolean;
  /** How many tables its rows go with, one after the other. */
  readonly depth: number;
  /** A row is chosen when that is which it refers to by this; otherwise by its own hash. */
  readonly leading: KeyReference | undefined;
  /** Rows with a hash up to this are chosen, of those that refer to nothing. */
  readonly most: number;
  /** For SQL. */
  readonly hash: string;
  /** To tables that are not whole. */
  readonly references: readonly KeyReference[];
  /** What references to it lead to. */
  readonly keys: readonly Key[];
}

/** @throws {CloneRefusedError} for tables that are not there. */
export async function planSample(
  client: Client,
  tables: readonly HomeTable[],
  facts: HomeFacts,
  sample: Sample,
  seed: string,
): Promise<readonly TableSampling[]> {
  const named = 'tables' in sample ? sample.tables : {};
  const unknown = Object.keys(named).filter((name) => !tables.some((table) => table.name === name));
  if (unknown.length > 0) throw new CloneRefusedError(`There is no table ${unknown.join(', ')} to sample.`);
  const keys = tables.map((): Key[] => []);
  const references = facts.references.map((reference) => ({ reference, ...keyReferenceOf(reference, keys) }));
  const seedNumber = createHash('sha256').update(seed).digest().readBigInt64LE();
  const plan: TableSampling[] = [];
  for (const [index, table] of tables.entries()) {
    const own = references.filter(({ reference }) => reference.from === index);
    const isNamed = Object.hasOwn(named, table.name);
    const leading = isNamed
      ? undefined
      : leadingOf(
          own.map(({ reference }) => reference),
          plan,
        );
    const hash = hashOf(facts.tables[index]?.identity ?? [], undefined, seedNumber);
    plan.push({
      isWhole: 'tables' in sample && !isNamed && !leading,
      depth: leading ? (plan[leading.to]?.depth ?? 0) + 1 : 0,
      leading: own.find(({ reference }) => reference === leading),
      most: isNamed
        ? await mostOf(client, table, hash, named[table.name] as TableSample)
        : 'share' in sample
          ? Math.floor(sample.share * MAX_HASH)
          : MAX_HASH,
      hash,
      references: own,
      keys: keys[index] ?? [],
    });
  }
  return plan.map((one) => ({
    ...one,
    references: one.references.filter(({ to }) => !plan[to.table]?.isWhole),
  }));
}

/**
 * The reference by which the rows of a table go with others: to a table that is planned already and not whole. One whose columns are not
 * null comes first, and then the one that goes further: lines of orders go with their orders, and not with their products.
 */
function leadingOf(
  own: readonly TypedReference[],
  planned: readonly TableSampling[],
): TypedReference | undefined {
  const earlier = own.filter(({ to, isWhole }) => isWhole && planned[to]?.isWhole === false);
  const rank = ({ isNotNull, to }: TypedReference) => (isNotNull ? MAX_DEPTH : 0) + (planned[to]?.depth ?? 0);
  return earlier.sort((one, other) => rank(other) - rank(one))[0];
}

function keyReferenceOf({ to, fromColumns, toColumns, types }: TypedReference, keys: Key[][]): KeyReference {
  const hash = hashOf(toColumns, types);
  const known = keys[to]?.find((key) => key.hash === hash);
  const key = known ?? { table: to, hash };
  if (!known) keys[to]?.push(key);
  return { to: key, hash: hashOf(fromColumns, types) };
}

/** Equal values have equal hashes, also where their types differ. A table without columns has one hash. */
function hashOf(columns: readonly string[], types?: readonly string[], seed = 0n): string {
  const values = columns.map((column, index) => `${quote(column)}::${types?.[index] ?? 'text'}`);
  const hash = `pg_catalog.hash_record_extended(row(${values.join(', ')}), ${literal(String(seed))}) & ${MAX_HASH}`;
  if (!types) return hash;
  return `case when pg_catalog.num_nulls(${columns.map(quote).join(', ')}) = 0 then ${hash} end`;
}

async function mostOf(client: Client, table: HomeTable, hash: string, sample: TableSample): Promise<number> {
  if ('share' in sample) return Math.floor(sample.share * MAX_HASH);
  const { rows } = await client.query<{ hash: string }>(
    `select ${hash} as hash from ${sourceOf(table)} order by 1 limit 1 offset ${sample.rows - 1}`,
  );
  return rows[0] ? Number(rows[0].hash) : MAX_HASH;
}
