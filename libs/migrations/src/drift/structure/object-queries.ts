import { IS_JOURNAL_TRIGGER } from '@rowhouse/core/internal';

/** The address of an object in PostgreSQL's catalog: the system table (`regclass`), the OID, the column number. */
type Address = readonly [systemTable: string, oid: string, column?: string];

/** A query for all objects of one kind, in SQL over `homes` and `relations`. */
interface ObjectQuery {
  /** A SQL expression, like all other fields. */
  readonly kind: string;
  readonly table: string;
  readonly name: string;
  readonly definition: string;
  readonly from: string;
  /** The OID of the schema. */
  readonly home: string;
  /** The object that comments are attached to. */
  readonly address: Address;
  /** The object that depends on whatever the definition names; left out if a definition cannot name objects of other schemas. */
  readonly dependent?: Address;
}

const isOfExtension = ([systemTable, oid]: Address) =>
  `exists (select from pg_catalog.pg_depend e
    where e.classid = '${systemTable}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;

const SEQUENCE_OWNER = `pg_catalog.pg_depend d
    join pg_catalog.pg_class t on t.oid = d.refobjid
    join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
   where d.classid = 'pg_class'::regclass and d.objid = r.oid
     and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')`;

const SEQUENCE = `concat_ws(' ',
  (select format('as %s start %s increment %s from %s to %s cache %s%s', format_type(s.seqtypid, null), s.seqstart,
                 s.seqincrement, s.seqmin, s.seqmax, s.seqcache, case when s.seqcycle then ' cycle' end)
     from pg_catalog.pg_sequence s where s.seqrelid = r.oid),
  (select format('owned by %I.%I', t.relname, a.attname) from ${SEQUENCE_OWNER}))`;

const RELATIONS: ObjectQuery = {
  kind: `case r.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
              when 'c' then 'composite type' when 'f' then 'foreign table' else 'table' end`,
  table: `case r.relkind when 'c' then null when 'S' then (select t.relname from ${SEQUENCE_OWNER}) else r.relname end`,
  name: 'quote_ident(r.relname)',
  definition: `concat_ws(E'\\n',
    case r.relpersistence when 'u' then 'unlogged' end,
    case r.relkind when 'p' then 'partition by ' || pg_get_partkeydef(r.oid)
                   when 'v' then pg_get_viewdef(r.oid)
                   when 'm' then pg_get_viewdef(r.oid)
                   when 'S' then ${SEQUENCE} end,
    'inherits ' || (select string_agg(i.inhparent::regclass::text, ', ' order by i.inhseqno)
                      from pg_catalog.pg_inherits i where i.inhrelid = r.oid),
    'partition ' || pg_get_expr(r.relpartbound, r.oid),
    case when r.reloftype <> 0 then 'of ' || format_type(r.reloftype, null) end,
    'with (' || array_to_string(r.reloptions, ', ') || ')',
    case when r.relrowsecurity then 'row level security' end,
    case when r.relforcerowsecurity then 'forced row level security' end,
    case when r.relkind in ('r', 'p') and r.relreplident <> 'd' then 'replica identity ' || r.relreplident::text end)`,
  from: 'relations r',
  home: 'r.relnamespace',
  address: ['pg_class', 'r.oid'],
  dependent: [
    'pg_rewrite',
    `case when r.relkind in ('v', 'm') then
       (select w.oid from pg_catalog.pg_rewrite w where w.ev_class = r.oid and w.rulename = '_RETURN') end`,
  ],
};

const COLUMN_TABLES = `pg_catalog.pg_attribute a join relations r on r.oid = a.attrelid and r.relkind <> 'S'
  and a.attnum > 0 and not a.attisdropped`;

/**
 * The options that the manual lists (ALTER TABLE, `attribute_option`). A server may store others, which differ from table to
 * table: a PostgreSQL 15.20 had `pg_attver`.
 */
const COLUMN_OPTIONS = `(select string_agg(o.setting, ', ' order by o.setting collate "C")
  from unnest(a.attoptions) as o (setting) where split_part(o.setting, '=', 1) in ('n_distinct', 'n_distinct_inherited'))`;

const COLUMNS: ObjectQuery = {
  kind: `'column'`,
  table: 'r.relname',
  name: `format('%I.%I', r.relname, a.attname)`,
  definition: `concat_ws(' ', format_type(a.atttypid, a.atttypmod),
    case when a.attcollation <> t.typcollation then 'collate ' || a.attcollation::regcollation::text end,
    case when a.attnotnull then 'not null' end,
    case a.attidentity when 'a' then 'identity always' when 'd' then 'identity by default' end,
    case a.attgenerated when 's' then 'generated stored' when 'v' then 'generated virtual' end,
    case when a.attstorage <> t.typstorage then 'storage ' || a.attstorage::text end,
    case when a.attcompression <> '' then 'compression ' || a.attcompression::text end,
    'with (' || ${COLUMN_OPTIONS} || ')')`,
  from: `${COLUMN_TABLES} join pg_catalog.pg_type t on t.oid = a.atttypid`,
  home: 'r.relnamespace',
  address: ['pg_class', 'r.oid', 'a.attnum'],
  dependent: [
    'pg_class',
    `case when t.typnamespace <> 'pg_catalog'::regnamespace then r.oid end`,
    'a.attnum',
  ],
};

const DEFAULTS: ObjectQuery = {
  kind: `'default'`,
  table: 'r.relname',
  name: COLUMNS.name,
  definition: 'pg_get_expr(d.adbin, d.adrelid)',
  from: `${COLUMN_TABLES} join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum`,
  home: 'r.relnamespace',
  address: ['pg_attrdef', 'd.oid'],
  dependent: ['pg_attrdef', 'd.oid'],
};

/** Without NOT NULL, which is a constraint with a generated name since PostgreSQL 18: the columns show it. */
const CONSTRAINTS: ObjectQuery = {
  kind: `'constraint'`,
  table: 'r.relname',
  name: `format('%I.%I', r.relname, k.conname)`,
  definition: 'pg_get_constraintdef(k.oid)',
  from: `pg_catalog.pg_constraint k join relations r on r.oid = k.conrelid and k.contype in ('c', 'f', 'p', 'u', 'x')`,
  home: 'r.relnamespace',
  address: ['pg_constraint', 'k.oid'],
  dependent: ['pg_constraint', 'k.oid'],
};

const DOMAIN_CONSTRAINTS: ObjectQuery = {
  ...CONSTRAINTS,
  table: 'null',
  name: `format('%I.%I', t.typname, k.conname)`,
  from: `types t join pg_catalog.pg_constraint k on k.contypid = t.oid and k.contype = 'c'`,
  home: 't.typnamespace',
};

/** Without indexes of constraints: the constraints show them. */
const INDEXES: ObjectQuery = {
  kind: `'index'`,
  table: 'r.relname',
  name: 'quote_ident(i.relname)',
  definition: `concat_ws(' ', pg_get_indexdef(x.indexrelid), case when not x.indisvalid then 'invalid' end,
    case when x.indisclustered then 'clustered' end, case when x.indisreplident then 'replica identity' end)`,
  from: `pg_catalog.pg_index x join relations r on r.oid = x.indrelid
    join pg_catalog.pg_class i on i.oid = x.indexrelid and not exists (
      select from pg_catalog.pg_constraint k
       where k.conrelid = x.indrelid and k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))`,
  home: 'r.relnamespace',
  address: ['pg_class', 'x.indexrelid'],
  dependent: ['pg_class', 'x.indexrelid'],
};

const TRIGGERS: ObjectQuery = {
  kind: `'trigger'`,
  table: 'r.relname',
  name: `format('%I.%I', r.relname, t.tgname)`,
  definition: `pg_get_triggerdef(t.oid) || case t.tgenabled when 'O' then '' else ' enabled ' || t.tgenabled::text end`,
  from: `pg_catalog.pg_trigger t join relations r on r.oid = t.tgrelid and not t.tgisinternal and not ${IS_JOURNAL_TRIGGER}`,
  home: 'r.relnamespace',
  address: ['pg_trigger', 't.oid'],
  dependent: ['pg_trigger', 't.oid'],
};

const POLICIES: ObjectQuery = {
  kind: `'policy'`,
  table: 'r.relname',
  name: `format('%I.%I', r.relname, p.polname)`,
  definition: `concat_ws(' ', case when p.polpermissive then 'permissive' else 'restrictive' end, 'for ' || p.polcmd::text,
    'to ' || (select string_agg(u.name, ', ' order by u.name collate "C") from (
                select case i.role when 0 then 'public' else i.role::regrole::text end
                  from unnest(p.polroles) as i (role)) as u (name)),
    'using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
    'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')`,
  from: 'pg_catalog.pg_policy p join relations r on r.oid = p.polrelid',
  home: 'r.relnamespace',
  address: ['pg_policy', 'p.oid'],
  dependent: ['pg_policy', 'p.oid'],
};

const RULES: ObjectQuery = {
  kind: `'rule'`,
  table: 'r.relname',
  name: `format('%I.%I', r.relname, w.rulename)`,
  definition: `pg_get_ruledef(w.oid) || case w.ev_enabled when 'O' then '' else ' enabled ' || w.ev_enabled::text end`,
  from: `pg_catalog.pg_rewrite w join relations r on r.oid = w.ev_class and w.rulename <> '_RETURN'`,
  home: 'r.relnamespace',
  address: ['pg_rewrite', 'w.oid'],
  dependent: ['pg_rewrite', 'w.oid'],
};

const STATISTICS: ObjectQuery = {
  kind: `'statistics'`,
  table: 'r.relname',
  name: 'quote_ident(s.stxname)',
  definition: 'pg_get_statisticsobjdef(s.oid)',
  from: 'pg_catalog.pg_statistic_ext s join relations r on r.oid = s.stxrelid',
  home: 'r.relnamespace',
  address: ['pg_statistic_ext', 's.oid'],
};

const TYPES: ObjectQuery = {
  kind: `case t.typtype when 'e' then 'enum' when 'd' then 'domain' else 'range type' end`,
  table: 'null',
  name: 'quote_ident(t.typname)',
  definition: `case t.typtype
    when 'e' then (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
                     from pg_catalog.pg_enum e where e.enumtypid = t.oid)
    when 'd' then concat_ws(' ', format_type(t.typbasetype, t.typtypmod), 'collate ' || nullif(t.typcollation, 0)::regcollation::text,
                            case when t.typnotnull then 'not null' end, 'default ' || pg_get_expr(t.typdefaultbin, 0))
    else (select concat_ws(' ', 'of', format_type(g.rngsubtype, null), 'collate ' || nullif(g.rngcollation, 0)::regcollation::text,
                           nullif(g.rngcanonical, 0), nullif(g.rngsubdiff, 0))
            from pg_catalog.pg_range g where g.rngtypid = t.oid) end`,
  from: 'types t',
  home: 't.typnamespace',
  address: ['pg_type', 't.oid'],
  dependent: ['pg_type', 't.oid'],
};

const AGGREGATE = `(select format('aggregate over %s(%s) final %s start %s', g.aggtransfn, format_type(g.aggtranstype, null),
  g.aggfinalfn, quote_nullable(g.agginitval)) from pg_catalog.pg_aggregate g where g.aggfnoid = p.oid)`;

const FUNCTIONS: ObjectQuery = {
  kind: `case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end`,
  table: 'null',
  name: `format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid))`,
  definition: `case p.prokind when 'a' then ${AGGREGATE} else pg_get_functiondef(p.oid) end`,
  from: `homes h join pg_catalog.pg_proc p on p.pronamespace = h.oid and not ${isOfExtension(['pg_proc', 'p.oid'])}`,
  home: 'p.pronamespace',
  address: ['pg_proc', 'p.oid'],
  dependent: ['pg_proc', 'p.oid'],
};

const QUERIES = [
  RELATIONS,
  COLUMNS,
  DEFAULTS,
  CONSTRAINTS,
  DOMAIN_CONSTRAINTS,
  INDEXES,
  TRIGGERS,
  POLICIES,
  RULES,
  STATISTICS,
  TYPES,
  FUNCTIONS,
];

/** An address that matches no object. */
const NOWHERE: Address = ['pg_class', 'null'];

function sqlOf({ kind, table, name, definition, from, home, address, dependent }: ObjectQuery): string {
  const [systemTable, oid, column = '0'] = address;
  const [dependentTable, dependentOid, dependentColumn = '0'] = dependent ?? NOWHERE;
  return `select ${home} as home, ${kind} as kind, ${table}::text as "table", ${name} as name, ${definition} as definition,
    '${systemTable}'::regclass as class, ${oid} as oid, ${column}::int as "column",
    '${dependentTable}'::regclass as dependent_class, (${dependentOid})::oid as dependent, ${dependentColumn}::int as dependent_column
   from ${from}`;
}

/**
 * Common table expressions, the last of which is `objects`: all objects in the schemas `$1`, without those of extensions. Each
 * system table is read once for all schemas.
 */
export const OBJECTS_SQL = `
  homes as materialized (
    select n.oid, n.nspname, quote_ident(n.nspname) || '.' as prefix from pg_catalog.pg_namespace n where n.nspname = any($1)
  ), relations as materialized (
    select c.* from pg_catalog.pg_class c join homes h on h.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'c') and not ${isOfExtension(['pg_class', 'c.oid'])}
  ), types as materialized (
    select t.* from pg_catalog.pg_type t join homes h on h.oid = t.typnamespace
     where t.typtype in ('e', 'd', 'r') and not ${isOfExtension(['pg_type', 't.oid'])}
  ), objects as (
    ${QUERIES.map(sqlOf).join('\nunion all\n')}
  )`;
