import type { DatabaseCheck } from '../examination.js';
import { judge, statements } from '../report.js';

// What all tenants draw from, so that one of them can use it up for the others.

/** The largest value of a 64-bit sequence; at a million values a second it lasts for 292,000 years. */
const LARGEST = 2n ** 63n - 1n;

/**
 * Sequences that end below 2^63 - 1, by themselves or by the column that they fill, and that one of the roles $2 can advance:
 * with USAGE on it, or, if it fills a column, by inserting rows. $1: shared schemas. An insert that fails or is rolled back has
 * advanced it all the same (manual, 9.17 "Sequence Manipulation Functions").
 */
const EXHAUSTIBLE = `
  select format('%I.%I', n.nspname, c.relname) as sequence, t.oid::pg_catalog.regclass::text as table, quote_ident(a.attname) as column,
         l.top::text as top, s.seqtypid <> 'pg_catalog.int8'::pg_catalog.regtype as "isNarrow",
         coalesce(a.atttypid in ('pg_catalog.int2'::pg_catalog.regtype, 'pg_catalog.int4'::pg_catalog.regtype), false) as "fillsNarrow",
         floor(100.0 * coalesce(pg_catalog.pg_sequence_last_value(c.oid), 0) / l.top)::int as used
    from pg_catalog.pg_sequence s
    join pg_catalog.pg_class c on c.oid = s.seqrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
     and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype in ('a', 'i')
    left join pg_catalog.pg_class t on t.oid = d.refobjid
    left join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
   cross join lateral (select least(s.seqmax, case a.atttypid when 'pg_catalog.int2'::pg_catalog.regtype then 32767
                                                              when 'pg_catalog.int4'::pg_catalog.regtype then 2147483647 end) as top) l
   where n.nspname = any($1) and not s.seqcycle and s.seqincrement > 0 and l.top < ${LARGEST}
     and exists (select from pg_catalog.pg_roles r where r.rolname = any($2)
                  and (pg_catalog.has_sequence_privilege(r.oid, c.oid, 'USAGE')
                       or (t.oid is not null and pg_catalog.has_any_column_privilege(r.oid, t.oid, 'INSERT'))))
   order by 1`;

interface Exhaustible {
  readonly sequence: string;
  /** The column that it fills, if there is one. */
  readonly table: string | null;
  readonly column: string | null;
  readonly top: string;
  readonly isNarrow: boolean;
  readonly fillsNarrow: boolean;
  /** Per cent. */
  readonly used: number;
}

function widening({ sequence, table, column, isNarrow, fillsNarrow }: Exhaustible): string {
  return [
    fillsNarrow ? `alter table ${table} alter column ${column} type bigint;` : '',
    isNarrow ? `alter sequence ${sequence} as bigint;` : `alter sequence ${sequence} no maxvalue;`,
  ]
    .join(' ')
    .trim();
}

/** Where this much of the queue is full, somebody listens and does not read; when all is, commits that notify fail. */
const FULL_QUEUE = 0.5;

export const SHARED_CHECKS: readonly DatabaseCheck[] = [
  {
    id: 'shared.sequences',
    async runIn({ owner, roles, login, sharedSchemas }) {
      const tenants = roles ? [roles.row, roles.shared] : [login];
      const { rows } = await owner.query<Exhaustible>(EXHAUSTIBLE, [sharedSchemas, tenants]);
      return judge(
        rows.map(
          ({ sequence, table, column, top, used }) =>
            `${sequence}${table ? ` for ${table}.${column}` : ''} ends at ${top}, ${used} % used`,
        ),
        {
          status: 'warn',
          none: 'No tenant can use up a sequence that others draw from.',
          one: 'A sequence that tenants share is small enough for one tenant to use it up, after which nobody can insert',
          some: 'Sequences that tenants share are small enough for one tenant to use them up, after which nobody can insert',
          remedy: `${statements(rows.map(widening))}\n-- altering a column writes its table anew; uuid keys need no sequence`,
        },
      );
    },
  },
  {
    id: 'shared.notifications',
    async runIn({ owner }) {
      const { rows } = await owner.query<{ usage: number }>(
        'select pg_catalog.pg_notification_queue_usage() as usage',
      );
      const usage = rows[0]?.usage ?? 0;
      return judge(usage > FULL_QUEUE ? [`${Math.round(usage * 100)} % full`] : [], {
        status: 'warn',
        none: "The server's queue of notifications has room.",
        some: "The server's queue of notifications fills up: changes of tenants cannot be committed when it is full",
        remedy:
          "Look for sessions that listen and are idle in a transaction, and end them: select pid, query from pg_stat_activity where state = 'idle in transaction';",
      });
    },
  },
];
