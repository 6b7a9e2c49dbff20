import pg from 'pg';
import { type EntityMetadata, type QueryRunner, Table } from 'typeorm';
import { withoutSchema } from '../recording/migration-recorder.js';
import { NOTHING, type TableChange } from './table-change.js';

const { escapeIdentifier: quote } = pg;

/** A constraint or an index, as PostgreSQL stores it. */
export interface StoredDefinition {
  readonly isIndex: boolean;
  /** Creates it: of an index, the statement; of a constraint, what follows its name. */
  readonly definition: string;
  /** The part of it that decorators can say. */
  readonly compared: string;
}

const DEFINITIONS = `
  select c.relname::text as table, k.conname::text as name, false as "isIndex", pg_catalog.pg_get_constraintdef(k.oid) as definition,
         pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '') as compared
    from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
   where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1) and k.contype in ('c', 'x', 'u', 'f')
  union all
  select c.relname, i.relname, true, pg_catalog.pg_get_indexdef(i.oid),
         pg_catalog.concat_ws(' where ',
           (select pg_catalog.string_agg(pg_catalog.pg_get_indexdef(i.oid, n, false), ', ' order by n)
              from pg_catalog.generate_series(1, x.indnkeyatts) n),
           pg_catalog.pg_get_expr(x.indpred, x.indrelid))
    from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
    join pg_catalog.pg_class c on c.oid = x.indrelid and c.relkind in ('r', 'p')
   where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
     and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.oid and k.contype in ('p', 'u', 'x'))`;

/** By table, then by name. */
export type StoredDefinitions = ReadonlyMap<string, ReadonlyMap<string, StoredDefinition>>;

/** Reads the constraints and indexes of a schema. @param unnamed - schemas whose names are left out. */
export async function readDefinitions(
  runner: QueryRunner,
  schema: string,
  unnamed: readonly string[],
): Promise<StoredDefinitions> {
  const neutral = (text: string) => unnamed.reduce(withoutSchema, text);
  const rows: (StoredDefinition & { table: string; name: string })[] = await runner.query(DEFINITIONS, [
    schema,
  ]);
  const definitions = new Map<string, Map<string, StoredDefinition>>();
  for (const { table, name, isIndex, definition, compared } of rows) {
    const ofTable = definitions.get(table) ?? new Map<string, StoredDefinition>();
    definitions.set(table, ofTable);
    ofTable.set(name, { isIndex, definition: neutral(definition), compared: neutral(compared) });
  }
  return definitions;
}

/**
 * The constraints and indexes that the entity defines otherwise under the same name, which is all that TypeORM compares. They are
 * taken out of the table that TypeORM sees, so that it makes those of the entity; the change drops what is there.
 *
 * @param path - the table in SQL.
 */
export function takeRedefinitions(
  table: Table,
  metadata: EntityMetadata,
  path: string,
  { stored, anew }: { readonly stored: StoredDefinitions; readonly anew: StoredDefinitions },
): TableChange[] {
  const [existing, wanted] = [stored.get(metadata.tableName), anew.get(metadata.tableName)];
  const isRedefined = ({ name = '' }: { name?: string }) => {
    const [one, other] = [existing?.get(name)?.compared, wanted?.get(name)?.compared];
    return one !== undefined && other !== undefined && one !== other;
  };
  const taken = new Set<string>();
  const without = <T extends { name?: string }>(parts: T[], isChanged: (part: T) => boolean): T[] =>
    parts.filter((part) => {
      if (!isChanged(part)) return true;
      taken.add(part.name ?? '');
      return false;
    });
  const synchronized = new Set(metadata.indices.filter((each) => each.synchronize).map(({ name }) => name));

  table.checks = without(table.checks, isRedefined);
  table.exclusions = without(table.exclusions, isRedefined);
  // TypeORM has another way for the constraint of a single column.
  table.uniques = without(table.uniques, (each) => each.columnNames.length > 1 && isRedefined(each));
  table.indices = without(table.indices, (each) => synchronized.has(each.name ?? '') && isRedefined(each));
  table.foreignKeys = without(table.foreignKeys, (each) => {
    const key = metadata.foreignKeys.find(({ name }) => name === each.name);
    return key !== undefined && rulesOf(key) !== rulesOf(each);
  });
  return [...taken].flatMap((name) => {
    const old = existing?.get(name);
    return old ? [{ before: dropping(path, name, old), after: NOTHING }] : [];
  });
}

type Rules = Partial<Pick<Table['foreignKeys'][number], 'onDelete' | 'onUpdate' | 'deferrable'>>;

/** What a foreign key does, which no name says. */
function rulesOf({ onDelete = 'NO ACTION', onUpdate = 'NO ACTION', deferrable }: Rules): string {
  return `${onDelete} ${onUpdate} ${deferrable}`;
}

function dropping(
  path: string,
  name: string,
  { isIndex, definition }: StoredDefinition,
): TableChange['before'] {
  if (isIndex) return { up: [`DROP INDEX ${indexPath(path, name)}`], down: [definition] };
  const alter = `ALTER TABLE ${path}`;
  return {
    up: [`${alter} DROP CONSTRAINT ${quote(name)}`],
    down: [`${alter} ADD CONSTRAINT ${quote(name)} ${definition}`],
  };
}

/** An index is in the schema of its table. */
function indexPath(path: string, name: string): string {
  const schema = /^("(?:[^"]|"")*"\.)"/.exec(path)?.[1] ?? '';
  return `${schema}${quote(name)}`;
}
