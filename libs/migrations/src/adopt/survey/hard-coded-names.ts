import pg from 'pg';
import type { OwnerTransaction } from '../owner-transaction.js';

/** A text that PostgreSQL does not change when the objects that it names move. */
interface DefinitionText {
  readonly kind: 'function' | 'setting' | 'default' | 'view';
  readonly name: string;
  readonly text: string;
  /** Of a setting: the function runs with its owner's rights. */
  readonly isDefiner?: boolean;
}

const TEXTS = `
  select 'function' as kind, p.oid::pg_catalog.regprocedure::text as name, p.prosrc as text, p.prosecdef as "isDefiner"
    from pg_catalog.pg_proc p
   where p.pronamespace = (select oid from pg_catalog.pg_namespace where nspname = $1) and p.prokind <> 'a'
  union all
  select 'setting', p.oid::pg_catalog.regprocedure::text, s.setting, p.prosecdef
    from pg_catalog.pg_proc p cross join unnest(p.proconfig) as s(setting)
   where p.pronamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  union all
  select 'default', c.relname || '.' || a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid), false
    from pg_catalog.pg_attrdef d
    join pg_catalog.pg_class c on c.oid = d.adrelid
    join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
   where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  union all
  select 'view', c.relname, pg_catalog.pg_get_viewdef(c.oid), false
    from pg_catalog.pg_class c
   where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1) and c.relkind in ('v', 'm')`;

const OUTSIDE_ROUTINES = `
  select pg_catalog.concat(i.type, ' ', i.identity) as name, p.prosrc as text
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   cross join lateral pg_catalog.pg_identify_object('pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0) i
   where n.nspname <> all($1) and n.nspname <> all('{pg_catalog,information_schema,rowhouse}') and p.prokind <> 'a'
     and not exists (select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')`;

/**
 * Warns of texts that name the old schema: bodies and settings of functions, and strings in defaults and views. Call it after
 * the objects have moved: PostgreSQL then shows all references that it tracks itself under the new name.
 *
 * @param schema - the schema of the objects now.
 * @param former - their former schemas.
 * @param moved - the names of the moved objects, without a schema.
 * @returns one line for each text, with a remedy.
 */
export async function warnOfHardCodedNames(
  owner: OwnerTransaction,
  schema: string,
  former: readonly string[],
  moved: ReadonlySet<string>,
): Promise<string[]> {
  const texts = await owner.read<DefinitionText>(TEXTS, [schema]);
  return texts.flatMap((text) =>
    former.filter((name) => namesSchema(text, name, moved)).map((name) => warningOf(text, name, schema)),
  );
}

/** A function in another schema, and the objects that its body names with their schema. */
export async function routinesThatName(
  owner: OwnerTransaction,
  schemas: readonly string[],
  moved: ReadonlySet<string>,
): Promise<{ name: string; uses: string }[]> {
  const routines = await owner.read<{ name: string; text: string }>(OUTSIDE_ROUTINES, [schemas]);
  return routines.flatMap(({ name, text }) =>
    schemas
      .filter((schema) => namesSchema({ kind: 'function', name, text }, schema, moved))
      .map((schema) => ({ name, uses: `the schema ${schema}, by its name` })),
  );
}

function namesSchema({ kind, text }: DefinitionText, former: string, moved: ReadonlySet<string>): boolean {
  const name = `(?<![\\w$"])(?:"${escaped(former)}"|${escaped(former)})`;
  if (kind === 'setting') return new RegExp(`_path=.*${name}(?![\\w$])`, 'i').test(text);
  const inStrings = kind === 'function' ? '' : "(?<=')";
  const named = text.matchAll(new RegExp(`${inStrings}${name}\\s*\\.\\s*"?([\\w$]+)`, 'gi'));
  return [...named].some(([, object = '']) => moved.has(object) || moved.has(object.toLowerCase()));
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function warningOf({ kind, name, isDefiner }: DefinitionText, former: string, home: string): string {
  const schema = pg.escapeIdentifier(former);
  switch (kind) {
    case 'function':
      return `The body of ${name} names ${schema} explicitly and would look for its tables there: rewrite it without the schema (CREATE OR REPLACE FUNCTION).`;
    case 'setting':
      // A function with its owner's rights must not find what its caller puts in the way.
      if (isDefiner)
        return `${name} sets a path of its own to ${schema}: run ALTER ROUTINE ${name} SET search_path = ${pg.escapeIdentifier(home)}, pg_temp.`;
      return `${name} sets a path of its own to ${schema}: run ALTER ROUTINE ${name} RESET ALL, so that it uses the search path of its caller.`;
    case 'default':
      return `The default of ${name} names ${schema} in a string: set it without the schema (ALTER TABLE … ALTER COLUMN … SET DEFAULT).`;
    case 'view':
      return `The view ${name} names ${schema} in a string: rewrite it without the schema (CREATE OR REPLACE VIEW).`;
  }
}
