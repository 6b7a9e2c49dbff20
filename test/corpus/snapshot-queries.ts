/** Schemas that are not the dump's. */
const OWN_SCHEMA = `n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'rowhouse', 'rowhouse_jobs')`;
const notOfExtension = (catalog: string, oid: string) =>
  `not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;
const sorted = (acl: string) =>
  `(select array_agg(item order by item)::text from (select unnest(${acl})::text as item) items)`;
/** The privileges in force: GRANT and REVOKE write down those that an object has by default, and nothing takes that back. */
const inForce = (acl: string, kind: string, owner: string) =>
  `coalesce(${acl}, acldefault(${kind}, ${owner}))`;
const identity = (catalog: string, oid: string, part = '0') =>
  `cross join lateral pg_identify_object('${catalog}'::regclass, ${oid}, ${part}) i`;

interface Source {
  readonly catalog: string;
  /** The alias of the catalog is `o`, of its schema `n`. */
  readonly from?: string;
  readonly where?: string;
  readonly schema?: string;
  readonly definition?: string;
  readonly owner?: string;
  readonly acl?: string;
  /** Further aspects: their name and expression. */
  readonly also?: Readonly<Record<string, string>>;
}

function queryOf({
  catalog,
  from = '',
  where = 'true',
  schema = 'n.nspname',
  definition = "''",
  owner,
  acl,
  also = {},
}: Source): string {
  const aspects = {
    definition: `(${definition})::text`,
    ...(owner && { owner: `${owner}::regrole::text` }),
    ...(acl && { acl: sorted(acl) }),
    ...also,
  };
  const values = Object.entries(aspects).map(([aspect, value]) => `('${aspect}', ${value})`);
  return `select ${schema}::text as schema, i.type as kind, i.identity as name, a.aspect, coalesce(a.value, '') as value
    from ${catalog} o ${from} ${identity(catalog, 'o.oid')} cross join lateral (values ${values.join(', ')}) a (aspect, value)
   where ${notOfExtension(catalog, 'o.oid')} and (${where})`;
}

const inSchema = (column: string) => `join pg_namespace n on n.oid = o.${column} and ${OWN_SCHEMA}`;
const ofTable = (column: string) =>
  `join pg_class c on c.oid = o.${column} and ${notOfExtension('pg_class', 'c.oid')}
   join pg_namespace n on n.oid = c.relnamespace and ${OWN_SCHEMA}`;
/** Objects that are in no schema. */
const GLOBAL = { schema: 'null', where: 'o.oid >= 16384' };

const RELATION = `concat_ws(' ', o.relkind, o.relpersistence, o.relreplident,
  'partition by ' || pg_get_partkeydef(o.oid), pg_get_expr(o.relpartbound, o.oid),
  (select 'inherits ' || string_agg(h.inhparent::regclass::text, ', ' order by h.inhseqno) from pg_inherits h where h.inhrelid = o.oid),
  case when o.relkind in ('v', 'm') then pg_get_viewdef(o.oid) end,
  (select concat_ws(' ', 'server', s.srvname, f.ftoptions::text) from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver where f.ftrelid = o.oid),
  (select concat_ws(' ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle) from pg_sequence s where s.seqrelid = o.oid),
  (select 'owned by ' || d.refobjid::regclass || '.' || t.attname from pg_depend d join pg_attribute t on t.attrelid = d.refobjid and t.attnum = d.refobjsubid
    where o.relkind = 'S' and d.classid = 'pg_class'::regclass and d.objid = o.oid and d.deptype in ('a', 'i')))`;

const COLUMNS = `
  select n.nspname::text as schema, 'column' as kind, format('%I.%I.%I', n.nspname, c.relname, o.attname) as name, a.aspect,
         coalesce(a.value, '') as value
    from pg_attribute o ${ofTable('attrelid')}
    left join pg_attrdef d on d.adrelid = o.attrelid and d.adnum = o.attnum
   cross join lateral (values ('definition', concat_ws(' ',
            (select count(*) from pg_attribute b where b.attrelid = o.attrelid and b.attnum between 1 and o.attnum and not b.attisdropped),
            format_type(o.atttypid, o.atttypmod), case when o.attnotnull then 'not null' end, nullif(o.attidentity, ''), nullif(o.attgenerated, ''),
            pg_get_expr(d.adbin, d.adrelid), nullif(o.attcollation, 0)::regcollation, o.attstorage, o.attislocal, o.attinhcount)),
          ('acl', ${sorted('o.attacl')})) a (aspect, value)
   where o.attnum > 0 and not o.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c')`;

const TYPE = `concat_ws(' ', o.typtype,
  (select string_agg(quote_literal(l.enumlabel), ', ' order by l.enumsortorder) from pg_enum l where l.enumtypid = o.oid),
  case when o.typtype = 'd' then concat_ws(' ', format_type(o.typbasetype, o.typtypmod), o.typnotnull, o.typdefault) end,
  (select r.rngsubtype::regtype from pg_range r where r.rngtypid = o.oid))`;

const ROUTINE = `case when o.prokind <> 'a' then pg_get_functiondef(o.oid)
  else (select concat_ws(' ', g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggsortop::regoper, g.aggtranstype::regtype, g.agginitval)
          from pg_aggregate g where g.aggfnoid = o.oid) end`;

const COMMENTS = `
  select coalesce(i.schema, substring(i.identity from '(?: on |^[(])"?([^ ."]+)"?[.]')) as schema, 'comment' as kind, i.type || ' ' || i.identity as name, 'definition' as aspect, o.description as value
    from pg_description o ${identity('pg_class', 'o.objoid', 'o.objsubid').replace("'pg_class'::regclass", 'o.classoid')}
   where o.objoid >= 16384 and coalesce(i.schema, '') not in ('rowhouse', 'rowhouse_jobs', 'information_schema', 'pg_catalog')
     and not exists (select from pg_depend e where e.classid = o.classoid and e.objid = o.objoid and e.deptype = 'e')
     and i.identity !~ 'rowhouse\\.'`;

/** Each returns the facts of one kind of object. Run them with an empty search path, so that definitions name schemas. */
export const FACT_QUERIES: readonly string[] = [
  queryOf({
    catalog: 'pg_namespace',
    schema: 'o.nspname',
    where: OWN_SCHEMA.replaceAll('n.', 'o.'),
    owner: 'o.nspowner',
    // What all tenants share stays open to the deployment's role.
    acl: `array(select one from unnest(${inForce('o.nspacl', "'n'", 'o.nspowner')}) one where one::text !~ '^\\w+_shared=U/')`,
  }),
  queryOf({
    catalog: 'pg_class',
    from: inSchema('relnamespace'),
    where: "o.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c')",
    definition: RELATION,
    owner: 'o.relowner',
    acl: inForce('o.relacl', `case o.relkind when 'S' then 's' else 'r' end::"char"`, 'o.relowner'),
    also: {
      options: 'o.reloptions::text',
      security: "concat_ws(' ', o.relrowsecurity, o.relforcerowsecurity)",
    },
  }),
  COLUMNS,
  queryOf({
    catalog: 'pg_class',
    from: `join pg_index x on x.indexrelid = o.oid join pg_class c on c.oid = x.indrelid and ${notOfExtension('pg_class', 'c.oid')} ${inSchema('relnamespace')}`,
    definition:
      "concat_ws(' ', pg_get_indexdef(o.oid), x.indisvalid, x.indisclustered, x.indisreplident, o.reloptions::text)",
  }),
  queryOf({
    catalog: 'pg_constraint',
    from: inSchema('connamespace'),
    definition: "concat_ws(' ', pg_get_constraintdef(o.oid), o.convalidated)",
  }),
  queryOf({
    catalog: 'pg_trigger',
    from: ofTable('tgrelid'),
    where: 'not o.tgisinternal',
    definition: "concat_ws(' ', pg_get_triggerdef(o.oid), o.tgenabled)",
  }),
  queryOf({
    catalog: 'pg_rewrite',
    from: ofTable('ev_class'),
    where: "o.rulename <> '_RETURN'",
    definition: "concat_ws(' ', pg_get_ruledef(o.oid), o.ev_enabled)",
  }),
  queryOf({
    catalog: 'pg_policy',
    from: ofTable('polrelid'),
    definition:
      "concat_ws(' ', o.polcmd, o.polpermissive, o.polroles::regrole[]::text, pg_get_expr(o.polqual, o.polrelid), pg_get_expr(o.polwithcheck, o.polrelid))",
  }),
  queryOf({
    catalog: 'pg_proc',
    from: inSchema('pronamespace'),
    definition: ROUTINE,
    owner: 'o.proowner',
    acl: inForce('o.proacl', "'f'", 'o.proowner'),
  }),
  queryOf({
    catalog: 'pg_type',
    from: inSchema('typnamespace'),
    where: "o.typtype in ('e', 'd', 'r', 'm')",
    definition: TYPE,
    owner: 'o.typowner',
    acl: inForce('o.typacl', "'T'", 'o.typowner'),
  }),
  queryOf({
    catalog: 'pg_statistic_ext',
    from: inSchema('stxnamespace'),
    definition: 'pg_get_statisticsobjdef(o.oid)',
    owner: 'o.stxowner',
  }),
  queryOf({
    catalog: 'pg_operator',
    from: inSchema('oprnamespace'),
    definition: "concat_ws(' ', o.oprcode, o.oprcanhash, o.oprcanmerge)",
    owner: 'o.oprowner',
  }),
  queryOf({ catalog: 'pg_opclass', from: inSchema('opcnamespace'), owner: 'o.opcowner' }),
  queryOf({ catalog: 'pg_opfamily', from: inSchema('opfnamespace'), owner: 'o.opfowner' }),
  queryOf({ catalog: 'pg_collation', from: inSchema('collnamespace'), owner: 'o.collowner' }),
  queryOf({ catalog: 'pg_ts_config', from: inSchema('cfgnamespace'), owner: 'o.cfgowner' }),
  queryOf({ catalog: 'pg_ts_dict', from: inSchema('dictnamespace'), owner: 'o.dictowner' }),
  queryOf({
    catalog: 'pg_cast',
    from: 'join pg_type t on t.oid = o.castsource join pg_namespace n on n.oid = t.typnamespace',
    schema: "case when n.nspname !~ '^pg_' then n.nspname end",
    where: 'o.oid >= 16384',
    definition: "concat_ws(' ', o.castfunc::regprocedure, o.castcontext)",
  }),
  queryOf({
    catalog: 'pg_extension',
    ...GLOBAL,
    definition: "concat_ws(' ', o.extnamespace::regnamespace, o.extversion)",
    owner: 'o.extowner',
  }),
  queryOf({
    catalog: 'pg_event_trigger',
    ...GLOBAL,
    definition: "concat_ws(' ', o.evtevent, o.evtfoid::regprocedure, o.evtenabled, o.evttags::text)",
    owner: 'o.evtowner',
  }),
  queryOf({
    catalog: 'pg_publication',
    ...GLOBAL,
    definition:
      "concat_ws(' ', o.puballtables, o.pubinsert, o.pubupdate, o.pubdelete, o.pubtruncate, o.pubviaroot)",
    owner: 'o.pubowner',
  }),
  queryOf({
    catalog: 'pg_publication_rel',
    from: ofTable('prrelid'),
    definition: "concat_ws(' ', pg_get_expr(o.prqual, o.prrelid), o.prattrs::text)",
  }),
  queryOf({ catalog: 'pg_publication_namespace', from: inSchema('pnnspid') }),
  queryOf({
    catalog: 'pg_foreign_server',
    ...GLOBAL,
    definition: 'o.srvoptions::text',
    owner: 'o.srvowner',
    acl: 'o.srvacl',
  }),
  queryOf({ catalog: 'pg_user_mapping', ...GLOBAL, definition: 'o.umoptions::text' }),
  queryOf({
    catalog: 'pg_default_acl',
    from: 'left join pg_namespace n on n.oid = o.defaclnamespace',
    definition: sorted('o.defaclacl'),
    where: "n.nspname is distinct from 'rowhouse'",
  }),
  COMMENTS,
];

/**
 * Tables, materialized views and sequences, with the columns of their rows. `$1` is a column to leave out. A value such as
 * `regclass` is compared by its number, because its text changes with the schema.
 */
export const ROW_SOURCES = `
  select n.nspname::text as schema, c.relname::text as name, c.relkind::text as relkind,
         array(select case when o.atttypid = any ('{regclass,regproc,regprocedure,regoper,regoperator,regtype,regnamespace}'::regtype[])
                     then format('t.%I::oid', o.attname) else format('t.%I', o.attname) end from pg_attribute o where o.attrelid = c.oid and o.attnum > 0 and not o.attisdropped
                  and o.attname is distinct from $1 order by o.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace and ${OWN_SCHEMA}
   where ${notOfExtension('pg_class', 'c.oid')} and not c.relispartition
     and (c.relkind in ('r', 'p', 'S') or (c.relkind = 'm' and c.relispopulated))
   order by 1, 2`;
