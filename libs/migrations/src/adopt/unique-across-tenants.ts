import { TENANT_COLUMN } from '@rowhouse/typeorm/internal';
import pg from 'pg';
import type { OwnerTransaction } from './owner-transaction.js';

const { escapeIdentifier: quote } = pg;

/** A foreign key that refers to a unique key. */
interface Referrer {
  /** Quoted, with its schema. */
  readonly table: string;
  readonly name: string;
  /** As `pg_get_constraintdef` writes it. */
  readonly definition: string;
  /** It can be written with the tenant: no MATCH FULL, and no SET NULL or SET DEFAULT on update. */
  readonly isPlain: boolean;
}

interface UniqueKey {
  readonly table: string;
  readonly schema: string;
  readonly name: string;
  /** Of `pg_constraint`: `p`, `u`, `x`; `undefined` for an index. */
  readonly contype: string | undefined;
  readonly columns: string;
  readonly definition: string;
  readonly method: string;
  readonly referrers: readonly Referrer[];
}

const KEYS = `
  select pg_catalog.format('%I.%I', n.nspname, t.relname) as table, n.nspname::text as schema, x.relname::text as name,
         k.contype::text as contype, m.amname::text as method,
         (select pg_catalog.string_agg(pg_catalog.pg_get_indexdef(i.indexrelid, place, true), ', ' order by place)
            from pg_catalog.generate_series(1, i.indnkeyatts) place) as columns,
         coalesce(pg_catalog.pg_get_constraintdef(k.oid), pg_catalog.pg_get_indexdef(i.indexrelid)) as definition,
         (select coalesce(json_agg(json_build_object('table', pg_catalog.format('%I.%I', fn.nspname, f.relname), 'name', r.conname,
                   'definition', pg_catalog.pg_get_constraintdef(r.oid),
                   'isPlain', r.confmatchtype <> 'f' and r.confupdtype not in ('n', 'd')) order by r.oid), '[]')
            from pg_catalog.pg_constraint r
            join pg_catalog.pg_class f on f.oid = r.conrelid
            join pg_catalog.pg_namespace fn on fn.oid = f.relnamespace
           where r.contype = 'f' and r.conparentid = 0 and r.conindid = i.indexrelid) as referrers
    from pg_catalog.pg_index i
    join pg_catalog.pg_class x on x.oid = i.indexrelid and not x.relispartition
    join pg_catalog.pg_am m on m.oid = x.relam
    join pg_catalog.pg_class t on t.oid = i.indrelid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x')
   where n.nspname = $1 and t.relname = any($2) and (i.indisunique or i.indisexclusion)
     and not (i.indisprimary and exists (select from unnest(i.indkey::int2[]) c (num) where (i.indrelid, c.num) in (select * from apart)))
   order by 1, 3`;

/**
 * Columns whose values no two tenants share: those that PostgreSQL makes (a sequence, gen_random_uuid() and the like), and those
 * that refer to such a column.
 */
const APART = `
  apart (relation, num) as (
    select a.attrelid, a.attnum from pg_catalog.pg_attribute a
      left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attnum > 0 and (a.attidentity <> '' or pg_catalog.pg_get_expr(d.adbin, d.adrelid) ~ '^(nextval|[a-z_."]*uuid[a-z0-9_]*)\\(')
    union
    select k.conrelid, c.own
      from apart a
      join pg_catalog.pg_constraint k on k.contype = 'f' and k.confrelid = a.relation
     cross join lateral unnest(k.conkey, k.confkey) c (own, other)
     where c.other = a.num)`;

/**
 * Warns of unique keys and exclusion constraints that do not include the tenant: a value of one tenant blocks all other tenants.
 * Primary keys of made values (sequences, UUIDs) are no trouble, and are left out.
 *
 * @param tables - names without a schema.
 * @returns one line for each, with the statements that make it unique within a tenant.
 */
export async function warnOfUniqueAcrossTenants(
  owner: OwnerTransaction,
  schema: string,
  tables: readonly string[],
): Promise<string[]> {
  const keys = await owner.read<UniqueKey>(`with recursive ${APART} ${KEYS}`, [schema, tables]);
  return keys.map((key) => {
    const { name, table, columns } = key;
    const what = `${name} of ${table} stays unique over all tenants (${columns})`;
    if (!key.referrers.every(({ isPlain }) => isPlain))
      return `${what}, and foreign keys with MATCH FULL or ON UPDATE SET NULL refer to it. Make both with ${TENANT_COLUMN} by hand.`;
    return `${what}. To make it unique within each tenant: ${remedyOf(key).join('; ')}`;
  });
}

function remedyOf(key: UniqueKey): string[] {
  const { referrers } = key;
  const drops = referrers.map(({ table, name }) => `alter table ${table} drop constraint ${quote(name)}`);
  const adds = referrers.map(
    ({ table, name, definition }) =>
      `alter table ${table} add constraint ${quote(name)} ${referenceWithin(definition)}`,
  );
  // GiST compares a uuid by this extension only.
  const needs =
    key.contype === 'x' && key.method === 'gist' ? ['create extension if not exists btree_gist'] : [];
  return [...needs, ...drops, ...(key.contype ? constraintWithin(key) : indexWithin(key)), ...adds];
}

function constraintWithin({ table, name, contype, definition }: UniqueKey): string[] {
  const constraint = quote(name);
  const tenant = contype === 'x' ? `${TENANT_COLUMN} with =` : TENANT_COLUMN;
  return [
    `alter table ${table} drop constraint ${constraint}, add constraint ${constraint} ${inParentheses(definition, tenant)}`,
  ];
}

function indexWithin({ name, definition, schema }: UniqueKey): string[] {
  return [`drop index ${quote(schema)}.${quote(name)}`, inParentheses(definition, TENANT_COLUMN)];
}

/** Puts a column first in the first list that stands in parentheses; a quoted name may contain some too. */
function inParentheses(definition: string, column: string): string {
  return definition.replace(/^(?:[^"(]|"(?:[^"]|"")*")*\(/, (beginning) => `${beginning}${column}, `);
}

/** `FOREIGN KEY (a) REFERENCES t(b) ON DELETE SET NULL`, with the tenant on both sides, which ON DELETE leaves alone. */
function referenceWithin(definition: string): string {
  const columns = /^FOREIGN KEY \(((?:[^")]|"(?:[^"]|"")*")*)\)/.exec(definition)?.[1] ?? '';
  const [before = '', after = ''] = definition.split(' REFERENCES ', 2);
  const onDelete = / ON DELETE SET (NULL|DEFAULT)(?! \()/;
  return `${inParentheses(before, TENANT_COLUMN)} REFERENCES ${inParentheses(after, TENANT_COLUMN)}`.replace(
    onDelete,
    (_, action: string) => ` ON DELETE SET ${action} (${columns})`,
  );
}
