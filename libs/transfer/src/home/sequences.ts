import type { ScriptStatement } from '@rowhouse/core/internal';
import pg from 'pg';
import type { ArchivedSequence } from '../archive/archive-format.js';
import { batches } from './batches.js';
import { type Client, type HomeTable, nameOf } from './tables.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

export interface HomeSequence {
  readonly name: string;
  /** Its name without the schema leads to it, on the connection that asked. */
  readonly isVisible: boolean;
}

/** Statements that answer where sequences stand, as an {@link ArchivedSequence} for each, in their order. */
export function sequenceStates(
  schema: string,
  sequences: readonly HomeSequence[],
): readonly ScriptStatement[] {
  return [...batches(sequences)].map((some) => {
    const states = some.map(
      ({ name, isVisible }) =>
        `select ${literal(name)} as name, last_value::text as "lastValue", is_called as "isCalled" from ${isVisible ? '' : `${quote(schema)}.`}${quote(name)}`,
    );
    return { text: states.join(' union all ') };
  });
}

/** Sets the sequences of a home that nobody else uses. Those that it does not have are passed over. */
export async function setSequences(
  client: Client,
  schema: string,
  states: readonly ArchivedSequence[],
): Promise<void> {
  await client.query(
    `select pg_catalog.setval(s.seqrelid, n.value, n."isCalled")
       from unnest($1::text[], $2::pg_catalog.int8[], $3::bool[]) n(name, value, "isCalled")
       join pg_catalog.pg_sequence s on s.seqrelid = pg_catalog.to_regclass(n.name)`,
    [
      states.map(({ name }) => `${quote(schema)}.${quote(name)}`),
      states.map(({ lastValue }) => lastValue),
      states.map(({ isCalled }) => isCalled),
    ],
  );
}

/** The class of what is referred to is said, too: the index begins with it, and among thousands of tenants it is needed. */
const OWNED_SEQUENCES = `
  select d.objid::pg_catalog.regclass::text as sequence, a.attname::text as column,
         pg_catalog.array_position($1::pg_catalog.regclass[], d.refobjid::pg_catalog.regclass) - 1 as "table"
    from pg_catalog.pg_depend d
    join pg_catalog.pg_sequence s on s.seqrelid = d.objid
    join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
   where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = any ($1::pg_catalog.regclass[])
     and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype in ('a', 'i') and s.seqincrement > 0
   order by 3, 1`;

interface OwnedSequence {
  readonly sequence: string;
  readonly column: string;
  /** The index of its table. */
  readonly table: number;
}

/**
 * SQL: whether a value leaves others at least half of what a sequence (`n`, and `s` of `pg_sequence`) has left. One row with the largest
 * value there is would use it up for all.
 */
export function leavesEnough(value: string): string {
  return `${value} <= n.last_value + (s.seqmax::numeric - n.last_value) / 2`;
}

/** Far more than others take while a sequence is moved, so that it is never set back to what they have. */
const SHARED_MARGIN = 1_000;

/**
 * Moves the sequences of tables past the largest values that the tenant has, and never back.
 *
 * @param shared - others take values meanwhile, and nobody waits. A value that would take more than half of what is left does not move it.
 */
export async function moveSequences(
  tenant: Client,
  owner: Client,
  tables: readonly HomeTable[],
  { shared }: { readonly shared: boolean },
): Promise<void> {
  const names = tables.map(nameOf);
  const { rows } = await owner.query<OwnedSequence>(OWNED_SEQUENCES, [names]);
  for (const { sequence, column, table } of rows) {
    const { rows: found } = await tenant.query<{ most: string | null }>(
      `select pg_catalog.max(${quote(column)})::text as most from ${names[table]}`,
    );
    const most = found[0]?.most;
    if (!most) continue;
    await owner.query(
      `select pg_catalog.setval($1::pg_catalog.regclass, least(s.seqmax::numeric, $2::numeric + $3)::pg_catalog.int8)
         from ${sequence} n, pg_catalog.pg_sequence s
        where s.seqrelid = $1::pg_catalog.regclass
          and (n.last_value < $2::pg_catalog.int8 or (n.last_value = $2::pg_catalog.int8 and not n.is_called))
          and (not $4 or ${leavesEnough('$2::numeric')})`,
      [sequence, most, shared ? SHARED_MARGIN : 0, shared],
    );
  }
}
