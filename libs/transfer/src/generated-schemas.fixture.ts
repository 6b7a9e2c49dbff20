import fc from 'fast-check';

/** A type of a column, with a value for each number: other numbers, other values. */
const TYPES: Readonly<Record<string, (n: number) => string>> = {
  int: (n) => `${n * 7 - 20}`,
  bigint: (n) => `${9_000_000_000 + n}`,
  'numeric(8,2)': (n) => `${n}.50`,
  float8: (n) => (n === 3 ? "'NaN'" : `${n}e-30`),
  text: (n) => `E'tab\\t${n} line\\n \\\\N \\\\. ☃'`,
  'varchar(12)': (n) => `'  v${n} '`,
  'char(4)': (n) => `'c${n}'`,
  bool: (n) => `${n % 2 === 0}`,
  date: (n) => (n === 2 ? "'infinity'" : `date '2026-01-01' + ${n * 10}`),
  timestamptz: (n) => `timestamptz '0044-03-15 12:00:00+02 BC' + ${n} * interval '1 day 1 microsecond'`,
  interval: (n) => `interval '-1 month ${n} days 3.5 seconds'`,
  uuid: (n) => `'00000000-0000-4000-8000-${String(n).padStart(12, '0')}'`,
  jsonb: (n) => `'{"n": ${n}, "s": "\\\\\\"", "big": 12345678901234567890.10}'`,
  json: (n) => `'{"a" : ${n},  "a": null}'`,
  bytea: (n) => `'\\x00ff5c0a0${n % 10}'`,
  inet: (n) => `'10.0.0.${n}/8'`,
  'int[]': (n) => `'[0:1]={${n},null}'`,
  'text[]': (n) => `array['a,b', '"', null, 'NULL', '', '${n}']`,
  daterange: (n) => `daterange(date '2026-01-01' + ${n * 10}, date '2026-01-06' + ${n * 10})`,
  int4multirange: (n) => `'{[${n},${n + 3}),[100,)}'`,
  mood: (n) => `'${n % 2 ? 'so so' : "it''s"}'`,
  price: (n) => `${n}.25`,
  pair: (n) => `row(${n}, 'a ""b"", c')::pair`,
  'pair[]': (n) => `array[row(${n}, null)::pair]`,
  'mood[]': () => "array['so so']::mood[]",
};
const TYPE_NAMES = Object.keys(TYPES);
const DISTINCT = TYPE_NAMES.filter((type) => !/^(?:bool|json|mood|mood\[\]|pair|pair\[\]|bytea)$/.test(type));
const NAMES = ['plain', '"Weird Name"', '"order"', '"naïve ☃"', '"a""b"', '"CamelCase"'];

const KEYS = ['none', 'always', 'by default', 'serial', 'uuid', 'natural', 'composite'] as const;
const ACTIONS = [
  '',
  'on delete cascade',
  'on delete set null',
  'on update cascade',
  'on delete set default',
  'on delete restrict',
];
const TIMES = ['', 'deferrable', 'deferrable initially deferred'];
const UNIQUES = ['none', 'plain', 'nulls not distinct', 'partial', 'expression', 'deferrable'] as const;
const PARTITIONS = ['none', 'list', 'range', 'hash'] as const;
const TRIGGERS = ['none', 'origin', 'always', 'replica', 'disabled'] as const;

const columnArbitrary = fc.record({
  type: fc.constantFrom(...TYPE_NAMES),
  isNotNull: fc.boolean(),
  hasDefault: fc.boolean(),
  nulls: fc.integer({ min: 0, max: 7 }),
});

const tableArbitrary = fc.record({
  name: fc.constantFrom(...NAMES),
  key: fc.constantFrom(...KEYS),
  columns: fc.array(columnArbitrary, { maxLength: 5 }),
  unique: fc.constantFrom(...UNIQUES),
  uniqueType: fc.constantFrom(...DISTINCT),
  generated: fc.constantFrom('none', 'stored', 'virtual'),
  check: fc.boolean(),
  exclusion: fc.boolean(),
  partition: fc.constantFrom(...PARTITIONS),
  trigger: fc.constantFrom(...TRIGGERS),
  hasChild: fc.boolean(),
  view: fc.constantFrom('none', 'view', 'materialized'),
  rows: fc.integer({ min: 0, max: 8 }),
  dropped: fc.boolean(),
});

const referenceArbitrary = fc.record({
  from: fc.nat(3),
  to: fc.nat(3),
  action: fc.constantFrom(...ACTIONS),
  time: fc.constantFrom(...TIMES),
  isNotValid: fc.boolean(),
});

export const schemaArbitrary = fc.record({
  tables: fc.array(tableArbitrary, { minLength: 1, maxLength: 4 }),
  references: fc.array(referenceArbitrary, { maxLength: 4 }),
});
export type GeneratedSchema = typeof schemaArbitrary extends fc.Arbitrary<infer T> ? T : never;
type Table = GeneratedSchema['tables'][number];

/** What differs where tenants share tables. */
export interface Ground {
  /** Tables of row tenants have a policy; nothing that an import refuses there is made. */
  readonly isShared: boolean;
  readonly systemRole: string;
}

export interface GeneratedHome {
  readonly migrations: readonly string[];
  /** The rows of a tenant, to be written as the tenant. */
  readonly rows: readonly string[];
  /** What must be the same afterwards: one text for each row. */
  readonly reads: readonly string[];
}

/** The statements of a generated schema. */
export function homeOf({ tables, references }: GeneratedSchema, ground: Ground): GeneratedHome {
  const migrations: string[] = [
    "create type mood as enum ('it''s', 'so so')",
    'create domain price as numeric(8, 2) check (value >= 0)',
    'create type pair as (number int, "te xt" text)',
    'create sequence free increment by 5',
    'create table notices (id bigserial, text text)',
    'create function note() returns trigger language plpgsql as $$ begin insert into notices (text) values (tg_table_name); return new; end $$',
    ...(ground.isShared ? wall('notices', ground) : []),
  ];
  const rows: string[] = [];
  const reads = ['select id, text from notices'];
  const made = tables.map((table, index) => tableOf(table, index, ground));
  for (const one of made) {
    migrations.push(...one.migrations);
    rows.push(...one.rows);
    reads.push(...one.reads);
  }
  for (const [index, reference] of references.entries()) {
    const [from, to] = [reference.from % tables.length, reference.to % tables.length];
    const [child, parent] = [made[from], made[to]];
    if (!child || !parent || parent.key.length === 0) continue;
    const columns = parent.key.map((_, at) => `f${index}_${at}`);
    const isCircle = to >= from;
    const time = ground.isShared && isCircle ? 'deferrable initially deferred' : reference.time;
    const action =
      /set default|set null/.test(reference.action) && parent.key.length > 1 ? '' : reference.action;
    migrations.push(
      `alter table ${child.name} ${columns.map((column, at) => `add ${column} ${parent.key[at]?.type}`).join(', ')}`,
      `alter table ${child.name} add constraint "fk ${index}" foreign key (${columns.join(', ')}) references ${parent.name}
         (${parent.key.map(({ name }) => name).join(', ')}) ${columns.length > 1 ? 'match full' : ''} ${action} ${time} ${reference.isNotValid && !child.isPartitioned && !parent.isPartitioned ? 'not valid' : ''}`,
    );
    const keys = parent.key.map(({ name }) => name).join(', ');
    rows.push(
      `update only ${child.name} c set (${columns.join(', ')}) = (select ${keys} from ${parent.name} order by 1 limit 1)
        where exists (select from ${parent.name})`.replace('only', child.isPartitioned ? '' : 'only'),
    );
    reads.push(`select ${columns.map((column) => `${column}::text`).join(', ')} from ${child.name}`);
  }
  rows.push("select setval('free', 42)");
  return { migrations, rows: ground.isShared ? rows.slice(0, -1) : rows, reads };
}

interface MadeTable {
  readonly name: string;
  readonly key: readonly { readonly name: string; readonly type: string }[];
  readonly isPartitioned: boolean;
  readonly migrations: readonly string[];
  readonly rows: readonly string[];
  readonly reads: readonly string[];
}

function tableOf(table: Table, index: number, ground: Ground): MadeTable {
  const name = `${table.name.replace(/"$/, '')}_${index}${table.name.endsWith('"') ? '"' : ''}`;
  const isPartitioned = table.partition !== 'none' && !ground.isShared;
  const key = keyOf(table, isPartitioned);
  const columns = [
    ...(isPartitioned ? ['part int not null'] : []),
    ...key.definitions,
    ...(table.dropped ? ['gone text'] : []),
    ...table.columns.map(
      ({ type, isNotNull, hasDefault }, at) =>
        `c${at} ${type}${hasDefault ? ` default ${defaultOf(type)}` : ''}${isNotNull ? ' not null' : ''}`,
    ),
    `u ${table.uniqueType}`,
    't text',
    ...(table.generated === 'none' ? [] : [`g int generated always as (length(t) * 2) ${table.generated}`]),
    ...(table.exclusion ? ['e daterange'] : []),
  ];
  const inKey = isPartitioned ? 'part, ' : '';
  const constraints = [
    ...(key.names.length > 0 ? [`primary key (${inKey}${key.names.join(', ')})`] : []),
    ...(table.check ? [`constraint "check ${index}" check (t is null or length(t) > 0)`] : []),
    ...(table.exclusion && !isPartitioned ? ['exclude using gist (e with &&)'] : []),
    ...(table.unique === 'plain' ? [`unique (${inKey}u)`] : []),
    ...(table.unique === 'deferrable' ? [`unique (${inKey}u) deferrable`] : []),
    ...(table.unique === 'nulls not distinct' ? [`unique nulls not distinct (${inKey}u)`] : []),
  ];
  const migrations = [
    `create table ${name} (${[...columns, ...constraints].join(', ')})${isPartitioned ? ` partition by ${table.partition} (part)` : ''}`,
    ...(isPartitioned ? partitionsOf(name, index, table.partition) : []),
    ...(table.dropped ? [`alter table ${name} drop gone`] : []),
    ...(table.unique === 'partial' && !isPartitioned
      ? [`create unique index on ${name} (u) where t is not null`]
      : []),
    ...(table.unique === 'expression' && !isPartitioned ? [`create unique index on ${name} (lower(t))`] : []),
    ...triggersOf(name, index, table, ground),
    ...(ground.isShared ? wall(name, ground) : []),
  ];
  const child = `"child ${index}"`;
  // A child does not inherit an identity.
  const hasChild =
    table.hasChild && !isPartitioned && !ground.isShared && !['always', 'by default'].includes(table.key);
  if (hasChild) migrations.push(`create table ${child} (extra int default 5) inherits (${name})`);
  const view = `"view ${index}"`;
  if (table.view !== 'none' && !ground.isShared)
    migrations.push(
      `create ${table.view === 'view' ? '' : 'materialized '}view ${view} as select t, count(*) as n from ${name} group by t`,
    );
  const rows = Array.from({ length: table.rows }, (_, n) => insertOf(name, n, table, key, isPartitioned));
  if (hasChild) rows.push(...rows.map((text) => text.replace(name, child)));
  if (table.view === 'materialized' && !ground.isShared)
    rows.push(`--owner refresh materialized view ${view}`);
  const selected = [
    ...(isPartitioned ? ['part'] : []),
    ...key.names,
    ...table.columns.map((_, at) => `c${at}`),
    ...['u', 't', ...(table.generated === 'none' ? [] : ['g']), ...(table.exclusion ? ['e'] : [])],
  ];
  const list = selected.map((column) => `${column}::text`).join(', ');
  return {
    name,
    key:
      key.names.length === 0
        ? []
        : [
            ...(isPartitioned ? [{ name: 'part', type: 'int' }] : []),
            ...key.names.map((one, at) => ({ name: one, type: key.types[at] as string })),
          ],
    isPartitioned,
    migrations,
    rows,
    reads: [
      `select ${list} from ${isPartitioned ? '' : 'only '}${name}`,
      ...(isPartitioned ? [`select tableoid::regclass::text as place, part from ${name}`] : []),
      ...(hasChild ? [`select extra, ${list} from ${child}`] : []),
      ...(table.view !== 'none' && !ground.isShared ? [`select t, n from ${view}`] : []),
    ],
  };
}

function keyOf({ key }: Table, isPartitioned: boolean) {
  switch (key) {
    case 'none':
      return { definitions: [], names: [], types: [] };
    case 'always':
    case 'by default':
      return { definitions: [`id int generated ${key} as identity`], names: ['id'], types: ['int'] };
    case 'serial':
      return {
        definitions: [isPartitioned ? 'id bigint not null' : 'id bigserial'],
        names: ['id'],
        types: ['bigint'],
      };
    case 'uuid':
      return { definitions: ['id uuid not null'], names: ['id'], types: ['uuid'] };
    case 'natural':
      return { definitions: ['code text not null'], names: ['code'], types: ['text'] };
    case 'composite':
      return {
        definitions: ['a int not null', '"b b" varchar(20) not null'],
        names: ['a', '"b b"'],
        types: ['int', 'varchar(20)'],
      };
  }
}

function partitionsOf(name: string, index: number, kind: Table['partition']): string[] {
  const [one, other] = [`"part ${index} a"`, `"part ${index} b"`];
  if (kind === 'hash')
    return [
      `create table ${one} partition of ${name} for values with (modulus 2, remainder 0)`,
      `create table ${other} partition of ${name} for values with (modulus 2, remainder 1)`,
    ];
  const bounds = kind === 'list' ? 'in (0, 1)' : 'from (0) to (2)';
  return [
    `create table ${one} partition of ${name} for values ${bounds}`,
    `create table ${other} partition of ${name} default`,
  ];
}

/** Each would be seen if it ran twice. */
function triggersOf(name: string, index: number, { trigger }: Table, { isShared }: Ground): string[] {
  if (trigger === 'none' || isShared) return [];
  const made = [
    `create trigger "trigger ${index}" after insert on ${name} for each row execute function note()`,
  ];
  if (trigger === 'origin') return made;
  const state = trigger === 'disabled' ? 'disable' : `enable ${trigger}`;
  return [...made, `alter table ${name} ${state} trigger "trigger ${index}"`];
}

function wall(name: string, { systemRole }: Ground): string[] {
  return [
    `alter table ${name} add tenant_id uuid not null
       default uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))`,
    `create policy rowhouse_tenant on ${name}
       using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`,
    `create policy rowhouse_system on ${name} to ${systemRole} using (true)`,
    `alter table ${name} enable row level security, force row level security`,
  ];
}

function defaultOf(type: string): string {
  return TYPES[type]?.(1) ?? 'null';
}

function insertOf(
  name: string,
  n: number,
  table: Table,
  key: ReturnType<typeof keyOf>,
  isPartitioned: boolean,
): string {
  const values: [string, string][] = [];
  if (isPartitioned) values.push(['part', String(n % 3)]);
  for (const [at, column] of key.names.entries())
    if (!['always', 'by default', 'serial'].includes(table.key) || (isPartitioned && table.key === 'serial'))
      values.push([column, keyValue(key.types[at] as string, n)]);
  for (const [at, { type, isNotNull, nulls }] of table.columns.entries())
    values.push([`c${at}`, !isNotNull && n === nulls ? 'null' : (TYPES[type]?.(n) ?? 'null')]);
  values.push(['u', n === 5 ? 'null' : (TYPES[table.uniqueType]?.(n) ?? 'null')]);
  values.push(['t', n === 4 ? 'null' : `'text ${n}'`]);
  if (table.exclusion) values.push(['e', TYPES['daterange']?.(n) ?? 'null']);
  return `insert into ${name} (${values.map(([column]) => column).join(', ')}) values (${values.map(([, value]) => value).join(', ')})`;
}

function keyValue(type: string, n: number): string {
  if (type === 'uuid') return TYPES['uuid']?.(n + 100) ?? '';
  return type === 'int' || type === 'bigint' ? String(n) : `'key ${n}'`;
}
