import pg from 'pg';
import type { OwnerTransaction } from '../owner-transaction.js';

/** A text that PostgreSQL does not change when the objects that it names move. */
interface DefinitionText {
  readonly kind: 'function' | 'setting' | 'default' | 'view';
  readonly name: string;
  readonly text: string;
  /** Of a setting: the function runs with its owner's rights. */
  readonly isDefiner: boolean;
  /** Of a body: the function sets a path of its own. */
  readonly hasPath: boolean;
}

const TEXTS = `
  select 'function' as kind, p.oid::pg_catalog.regprocedure::text as name, p.prosrc as text, p.prosecdef as "isDefiner",
         exists (select from unnest(p.proconfig) s(setting) where pg_catalog.starts_with(s.setting, 'search_path=')) as "hasPath"
    from pg_catalog.pg_proc p
   where p.pronamespace = (select oid from pg_catalog.pg_namespace where nspname = $1) and p.prokind <> 'a'
  union all
  select 'setting', p.oid::pg_catalog.regprocedure::text, s.setting, p.prosecdef, false
    from pg_catalog.pg_proc p cross join unnest(p.proconfig) as s(setting)
   where p.pronamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  union all
  select 'default', c.relname || '.' || a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid), false, false
    from pg_catalog.pg_attrdef d
    join pg_catalog.pg_class c on c.oid = d.adrelid
    join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
   where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  union all
  select 'view', c.relname, pg_catalog.pg_get_viewdef(c.oid), false, false
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
  // The path that a migration has in this home, and that SET … FROM CURRENT stores there.
  const [path] = await owner.read<{ path: string }>(
    "select pg_catalog.current_setting('search_path') as path",
  );
  return texts.flatMap((text) =>
    former
      .filter((name) => namesSchema(text, name, moved))
      .map((name) => warningOf(text, name, path?.path ?? '')),
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
      .filter((schema) => namesSchema({ kind: 'function', text }, schema, moved))
      .map((schema) => ({ name, uses: `the schema ${schema}, by its name` })),
  );
}

function namesSchema(
  { kind, text }: Pick<DefinitionText, 'kind' | 'text'>,
  former: string,
  moved: ReadonlySet<string>,
): boolean {
  const name = `(?<![\\w$"])(?:"${escaped(former)}"|${escaped(former)})`;
  if (kind === 'setting') return new RegExp(`_path=.*${name}(?![\\w$])`, 'i').test(text);
  const inStrings = kind === 'function' ? '' : "(?<=')";
  const named = text.matchAll(new RegExp(`${inStrings}${name}\\s*\\.\\s*"?([\\w$]+)`, 'gi'));
  return [...named].some(([, object = '']) => moved.has(object) || moved.has(object.toLowerCase()));
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** @param path - of the home. */
function warningOf({ kind, name, isDefiner, hasPath }: DefinitionText, former: string, path: string): string {
  const schema = pg.escapeIdentifier(former);
  switch (kind) {
    case 'function':
      return (
        `The body of ${name} names ${schema} explicitly and would look for its tables there: rewrite it without the schema ` +
        `(CREATE OR REPLACE FUNCTION)${hasPath ? `, and with SET search_path = ${path} in place of its own path` : ''}. ${
          hasPath ? `Migrations that make it need the same, with ${FROM_CURRENT}.` : MIGRATIONS
        }`
      );
    case 'setting':
      // A function with its owner's rights must not find what its caller puts in the way.
      if (isDefiner)
        return (
          `${name} sets a path of its own to ${schema}: run ALTER ROUTINE ${name} SET search_path = ${path}. ` +
          `In the migrations that make it, write ${FROM_CURRENT}, which stores the path of each home.`
        );
      return (
        `${name} sets a path of its own to ${schema}: run ALTER ROUTINE ${name} RESET search_path, so that it uses the search path of ` +
        'its caller, and leave the path out in the migrations that make it.'
      );
    case 'default':
      return `The default of ${name} names ${schema} in a string: set it without the schema (ALTER TABLE … ALTER COLUMN … SET DEFAULT). ${MIGRATIONS}`;
    case 'view':
      return `The view ${name} names ${schema} in a string: rewrite it without the schema (CREATE OR REPLACE VIEW). ${MIGRATIONS}`;
  }
}

const FROM_CURRENT = 'SET search_path FROM CURRENT';
const MIGRATIONS = 'Migrations that make it need the same.';
