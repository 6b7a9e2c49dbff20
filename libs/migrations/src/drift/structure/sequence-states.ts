import pg from 'pg';
import type { StructureQuery } from './read-structures.js';

const { escapeIdentifier: quote } = pg;

/** The state of a sequence, which determines the next value. */
export interface SequenceState {
  readonly sequence: string;
  /** A bigint, in decimal. */
  readonly lastValue: string;
  /** Whether `nextval` has returned `lastValue` already. */
  readonly isCalled: boolean;
}

/** The states of all sequences of a schema, including those of serial and identity columns, sorted by name. */
export async function readSequenceStates(
  query: StructureQuery,
  schema: string,
): Promise<readonly SequenceState[]> {
  const sequences = (await query(
    `select relname as name from pg_catalog.pg_class
      where relkind = 'S' and relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
      order by relname collate "C"`,
    [schema],
  )) as { name: string }[];
  const states: SequenceState[] = [];
  for (const { name } of sequences) {
    const [state] = (await query(
      `select last_value::text as "lastValue", is_called as "isCalled" from ${quote(schema)}.${quote(name)}`,
      [],
    )) as Omit<SequenceState, 'sequence'>[];
    if (state) states.push({ sequence: name, ...state });
  }
  return states;
}
