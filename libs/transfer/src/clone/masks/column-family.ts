import type { ColumnFacts } from '../table-facts.js';

/** Types that rules treat alike. */
export type ColumnFamily =
  | 'text'
  | 'integer'
  | 'uuid'
  | 'bytes'
  | 'address'
  | 'json'
  | 'time'
  | 'number'
  | 'other';

const FAMILIES: Readonly<Record<string, ColumnFamily>> = {
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  citext: 'text',
  name: 'text',
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  uuid: 'uuid',
  bytea: 'bytes',
  inet: 'address',
  cidr: 'address',
  macaddr: 'address',
  json: 'json',
  jsonb: 'json',
  date: 'time',
  timestamp: 'time',
  timestamptz: 'time',
  numeric: 'number',
  float4: 'number',
  float8: 'number',
};

export function familyOf({ base, isRange }: ColumnFacts): ColumnFamily {
  return isRange ? 'other' : (Object.hasOwn(FAMILIES, base) && FAMILIES[base]) || 'other';
}

/** Types whose values are no texts of people: the only ones that need no rule. */
const BARE: readonly string[] = [
  'bool', 'int2', 'int4', 'int8', 'float4', 'float8', 'numeric', 'money', 'oid', 'uuid', 'enum',
  'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval',
]; // biome-ignore format: a list

export function needsRule({ base, isLargeObject }: ColumnFacts): boolean {
  return isLargeObject || !BARE.includes(base);
}
