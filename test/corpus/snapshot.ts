import pg from 'pg';
import { FACT_QUERIES, ROW_SOURCES } from './snapshot-queries.js';

const { escapeIdentifier: quote } = pg;

/** One thing that is so in a database. */
export interface Fact {
  /** The schema that the object belongs to; `null` for an object in no schema, and for some comments. */
  readonly schema: string | null;
  /** As `pg_identify_object` has it, and `rows` and `sequence` for what they hold. */
  readonly kind: string;
  readonly name: string;
  readonly aspect: 'definition' | 'owner' | 'acl' | 'options' | 'security';
  readonly value: string;
}

export type Snapshot = readonly Fact[];

interface SnapshotOptions {
  /** A column that rows are compared without. */
  readonly without?: string;
}

interface RowSource {
  readonly schema: string;
  readonly name: string;
  readonly relkind: string;
  /** Expressions. */
  readonly columns: readonly string[];
}

/** Reads all objects of a database, and the count and a checksum of the rows of each table. */
export async function takeSnapshot(url: string, { without }: SnapshotOptions = {}): Promise<Snapshot> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`begin isolation level repeatable read read only; set local search_path = ''`);
    const facts: Fact[] = [];
    for (const query of FACT_QUERIES) facts.push(...(await client.query<Fact>(query)).rows);
    const { rows: sources } = await client.query<RowSource>(ROW_SOURCES, [without]);
    for (const source of sources) facts.push(await readRows(client, source));
    for (const view of facts.filter(isView)) facts.push(await readView(client, view));
    return facts;
  } finally {
    await client.end();
  }
}

async function readRows(client: pg.Client, { schema, name, relkind, columns }: RowSource): Promise<Fact> {
  const relation = `${quote(schema)}.${quote(name)}`;
  const kind = relkind === 'S' ? 'sequence' : relkind === 'm' ? 'materialized view' : 'rows';
  const text =
    kind === 'sequence'
      ? `select last_value || ' ' || is_called as value from ${relation}`
      : `select count(*) || ' rows, checksum ' || coalesce(sum(pg_catalog.hashtextextended(row(${columns.join(', ')})::text, 0)::numeric), 0) as value
           from ${relkind === 'r' ? 'only ' : ''}${relation} t`;
  const { rows } = await client.query<{ value: string }>(text);
  return {
    schema,
    kind: `state of ${kind}`,
    name: relation,
    aspect: 'definition',
    value: rows[0]?.value ?? '',
  };
}

const isView = ({ kind, aspect }: Fact) => kind === 'view' && aspect === 'definition';

/** Whether a view can be read. What it shows may depend on the time. */
async function readView(client: pg.Client, { schema, name }: Fact): Promise<Fact> {
  let value = 'can be read';
  await client.query(`savepoint before_view; set local search_path = ${quote(schema ?? '')}, public`);
  try {
    await client.query(`select * from ${name} limit 10`);
  } catch (error) {
    value = `cannot be read: ${(error as Error).message}`;
  }
  await client.query('rollback to savepoint before_view');
  return { schema, kind: 'state of view', name, aspect: 'definition', value };
}

/** The number of rows by table, as the snapshot has them. */
export function rowCounts(snapshot: Snapshot, schemas: readonly string[]): ReadonlyMap<string, number> {
  const rows = snapshot.filter(
    ({ kind, schema }) => kind === 'state of rows' && schemas.includes(schema ?? ''),
  );
  return new Map(rows.map(({ name, value }) => [name, Number.parseInt(value, 10)]));
}
