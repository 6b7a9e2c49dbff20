import { keysOf } from '../home/keys.js';
import type { Reference } from '../home/references.js';
import { type Client, type HomeTable, nameOf } from '../home/tables.js';
import { objectColumnsOf } from '../large-objects/tenant-objects.js';

/** What masks and samples must know of a column. */
export interface ColumnFacts {
  readonly name: string;
  /** As `format_type()` writes it. */
  readonly type: string;
  /** The type below domains, arrays and ranges: its name where it is PostgreSQL's own or `citext`; otherwise what it is. */
  readonly base: string;
  /** Characters that a text may have; `undefined` without a limit. */
  readonly maxLength: number | undefined;
  readonly isArray: boolean;
  readonly isRange: boolean;
  readonly isNotNull: boolean;
  /** A unique index, a primary key, an exclusion or a foreign key uses it. */
  readonly isKey: boolean;
  /** It refers to a table that all tenants share, which is not cloned. */
  readonly refersOutside: boolean;
  /** A sequence gives its values. */
  readonly hasSequence: boolean;
  /** Its values are numbers of large objects, which are cloned with it. */
  readonly isLargeObject: boolean;
}

export interface TableFacts {
  readonly name: string;
  readonly columns: readonly ColumnFacts[];
  /** Columns of the primary key; all where there is none. */
  readonly identity: readonly string[];
}

/** A reference with all its columns, the tenant's too. */
export interface TypedReference extends Omit<Reference, 'isDeferrable'> {
  /** For SQL: the type that decides whether the two are equal, of each column. */
  readonly types: readonly string[];
  /** It stands for all rows of the table, and not for those of one partition. */
  readonly isWhole: boolean;
  readonly isNotNull: boolean;
}

export interface HomeFacts {
  readonly tables: readonly TableFacts[];
  readonly references: readonly TypedReference[];
}

/** The indexes of a table and of its partitions; what each uses, also within expressions and conditions. */
const KEY_COLUMNS = `
  select ka.attname from pg_catalog.pg_index x
    join pg_catalog.pg_attribute ka on ka.attrelid = x.indrelid and ka.attnum > 0 and (
         ka.attnum = any (x.indkey::pg_catalog.int2[])
         or exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      and d.objid = x.indexrelid and d.refobjid = x.indrelid and d.refobjsubid = ka.attnum))
   where (x.indisunique or x.indisexclusion)
     and (x.indrelid = t.id or x.indrelid in (select p.relid from pg_catalog.pg_partition_tree(t.id) p))
  union all
  select fa.attname from pg_catalog.pg_constraint k
    join pg_catalog.pg_attribute fa on fa.attrelid = t.id and (
         k.conrelid = t.id and fa.attnum = any (k.conkey) or k.confrelid = t.id and fa.attnum = any (k.confkey))
   where k.contype = 'f' and (k.conrelid = t.id or k.confrelid = t.id)`;

/** Of each column the chain of types, to the last one: through domains, arrays and ranges. */
const COLUMNS = `
  with recursive home as (
    select r.id::pg_catalog.oid as id, r.place from unnest($1::pg_catalog.regclass[]) with ordinality r(id, place)
  ), types as (
    select t.place, a.attnum, 0 as depth, a.atttypid as type, a.atttypmod as modifier, false as is_array, false as is_range,
           a.attnotnull as is_not_null
      from home t join pg_catalog.pg_attribute a on a.attrelid = t.id and a.attnum > 0 and not a.attisdropped
    union all
    select c.place, c.attnum, c.depth + 1, coalesce(g.rngsubtype, nullif(y.typbasetype, 0), y.typelem),
           case when y.typtype = 'd' and y.typtypmod <> -1 then y.typtypmod else c.modifier end,
           c.is_array or y.typcategory = 'A' and y.typtype = 'b', c.is_range or g.rngtypid is not null,
           c.is_not_null or y.typnotnull
      from types c join pg_catalog.pg_type y on y.oid = c.type
      left join pg_catalog.pg_range g on y.oid in (g.rngtypid, g.rngmultitypid)
     where y.typtype in ('d', 'r', 'm') or y.typcategory = 'A' and y.typtype = 'b' and y.typelem <> 0
  )
  select distinct on (c.place, c.attnum) c.place::int - 1 as "table", a.attname::text as name,
         pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
         case when y.typnamespace = 'pg_catalog'::pg_catalog.regnamespace or y.typname = 'citext' then y.typname::text
              when y.typtype = 'e' then 'enum' else 'other' end as base,
         case when y.typname in ('varchar', 'bpchar') and c.modifier > 4 then c.modifier - 4 when y.typname = 'name' then 63 end as "maxLength",
         c.is_array as "isArray", c.is_range as "isRange", c.is_not_null as "isNotNull",
         a.attname in (${KEY_COLUMNS}) as "isKey",
         exists (select from pg_catalog.pg_constraint k where k.contype = 'f' and k.conrelid = t.id and a.attnum = any (k.conkey)
                    and coalesce(pg_catalog.pg_partition_root(k.confrelid), k.confrelid) not in (select o.id from home o)) as "refersOutside",
         a.attidentity <> '' or pg_catalog.pg_get_serial_sequence(t.id::pg_catalog.regclass::text, a.attname::text) is not null as "hasSequence"
    from types c join home t on t.place = c.place
    join pg_catalog.pg_attribute a on a.attrelid = t.id and a.attnum = c.attnum
    join pg_catalog.pg_type y on y.oid = c.type
   order by c.place, c.attnum, c.depth desc`;

/** Keys of partitions count for the table that they are of. */
const REFERENCES = `
  with home as (
    select r.id::pg_catalog.oid as id, r.place::int - 1 as place from unnest($1::pg_catalog.regclass[]) with ordinality r(id, place)
  )
  select f.place as "from", t.place as "to", k.conrelid = f.id as "isWhole", n."fromColumns", n."toColumns", n.types, n."isNotNull"
    from pg_catalog.pg_constraint k
    join home f on f.id = coalesce(pg_catalog.pg_partition_root(k.conrelid), k.conrelid)
    join home t on t.id = coalesce(pg_catalog.pg_partition_root(k.confrelid), k.confrelid)
    cross join lateral (
      select array_agg(a.attname::text order by u.place) as "fromColumns", array_agg(b.attname::text order by u.place) as "toColumns",
             bool_and(a.attnotnull) as "isNotNull",
             array_agg(case when y.typname in ('numeric', 'float4', 'float8', 'bpchar', 'citext', 'interval', 'timetz', 'timestamptz')
                            then y.typnamespace::pg_catalog.regnamespace::text || '.' || pg_catalog.quote_ident(y.typname) else 'text' end order by u.place) as types
        from unnest(k.conkey, k.confkey) with ordinality u(key, target, place)
        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.key
        join pg_catalog.pg_attribute b on b.attrelid = k.confrelid and b.attnum = u.target
        join pg_catalog.pg_type bt on bt.oid = b.atttypid
        join pg_catalog.pg_type y on y.oid = coalesce(nullif(bt.typbasetype, 0), b.atttypid)
    ) n
   where k.contype = 'f' and k.conparentid = 0
   order by k.oid`;

/** Reads what the catalog says of tables, in their order. */
export async function factsOf(client: Client, tables: readonly HomeTable[]): Promise<HomeFacts> {
  const names = [tables.map(nameOf)];
  const { rows: columns } = await client.query<Omit<ColumnFacts, 'isLargeObject'> & { table: number }>(
    COLUMNS,
    names,
  );
  const keys = await keysOf(client, tables);
  const { rows: references } = await client.query<TypedReference>(REFERENCES, names);
  return {
    references,
    tables: tables.map((table, index) => {
      const carried = table.columns.map(({ name }) => name);
      const own = columns.filter((column) => column.table === index && carried.includes(column.name));
      return {
        name: table.name,
        columns: own.map(({ maxLength, ...column }) => ({
          ...column,
          maxLength: maxLength ?? undefined,
          isLargeObject: objectColumnsOf(table).some(({ name }) => name === column.name),
        })),
        identity: keys[index]?.find(({ isPrimary }) => isPrimary)?.columns ?? carried,
      };
    }),
  };
}
