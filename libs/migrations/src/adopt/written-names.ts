import pg from 'pg';
import type { OwnerTransaction } from './owner-transaction.js';

/** A text that PostgreSQL does not rewrite when an object moves. */
interface WrittenText {
  readonly kind: 'function' | 'setting' | 'default' | 'view';
  readonly name: string;
  readonly text: string;
}

const TEXTS = `
  select 'function' as kind, p.oid::pg_catalog.regprocedure::text as name, p.prosrc as text
    from pg_catalog.pg_proc p
   where p.pronamespace = (select oid from pg_catalog.pg_namespace where nspname = $1) and p.prokind <> 'a'
  union all
  select 'setting', p.oid::pg_catalog.regprocedure::text, s.setting
    from pg_catalog.pg_proc p cross join unnest(p.proconfig) as s(setting)
   where p.pronamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  union all
  select 'default', c.relname || '.' || a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid)
    from pg_catalog.pg_attrdef d
    join pg_catalog.pg_class c on c.oid = d.adrelid
    join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
   where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  union all
  select 'view', c.relname, pg_catalog.pg_get_viewdef(c.oid)
    from pg_catalog.pg_class c
   where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1) and c.relkind in ('v', 'm')`;

/**
 * Finds what still names the old schema in a text of its own: bodies and settings of functions, and strings in defaults and
 * views. To be asked when the objects have moved, so that PostgreSQL writes every reference it knows under the new name.
 *
 * @param schema - where the objects are.
 * @param former - where they were.
 * @param moved - names of what moved, without a schema.
 * @returns a line each, with a remedy.
 */
export async function warnOfWrittenNames(
  owner: OwnerTransaction,
  schema: string,
  former: string,
  moved: ReadonlySet<string>,
): Promise<string[]> {
  const texts = await owner.read<WrittenText>(TEXTS, [schema]);
  return texts.filter((text) => namesSchema(text, former, moved)).map((text) => warningOf(text, former));
}

function namesSchema({ kind, text }: WrittenText, former: string, moved: ReadonlySet<string>): boolean {
  const name = `(?<![\\w$"])(?:"${escaped(former)}"|${escaped(former)})`;
  if (kind === 'setting') return new RegExp(`_path=.*${name}(?![\\w$])`, 'i').test(text);
  const inStrings = kind === 'function' ? '' : "(?<=')";
  const named = text.matchAll(new RegExp(`${inStrings}${name}\\s*\\.\\s*"?([\\w$]+)`, 'gi'));
  return [...named].some(([, object = '']) => moved.has(object) || moved.has(object.toLowerCase()));
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function warningOf({ kind, name }: WrittenText, former: string): string {
  const schema = pg.escapeIdentifier(former);
  switch (kind) {
    case 'function':
      return `The body of ${name} names ${schema} outright and would look for its tables there: write it anew without the schema (CREATE OR REPLACE FUNCTION).`;
    case 'setting':
      return `${name} sets a path of its own to ${schema}: ALTER ROUTINE ${name} RESET ALL, so that it follows its caller.`;
    case 'default':
      return `The default of ${name} names ${schema} in a string: ALTER TABLE … ALTER COLUMN … SET DEFAULT without the schema.`;
    case 'view':
      return `The view ${name} names ${schema} in a string: write it anew without the schema (CREATE OR REPLACE VIEW).`;
  }
}
