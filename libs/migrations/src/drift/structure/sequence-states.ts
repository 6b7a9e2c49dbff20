import pg from 'pg';
import type { StructureQuery } from './read-structures.js';

const { escapeIdentifier: quote } = pg;

/** Where a sequence stands: what `nextval` will answer. */
export interface SequenceState {
  readonly sequence: string;
  /** A bigint, in decimal. */
  readonly lastValue: string;
  /** Whether `lastValue` has been handed out. */
  readonly isCalled: boolean;
}

/** Where the sequences of a schema stand, those of serial and identity columns included; by name. */
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
