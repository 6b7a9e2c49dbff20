import fc from 'fast-check';
import { EntitySchema, type EntitySchemaColumnOptions, type EntitySchemaOptions } from 'typeorm';

/** A column without its nullability, and what may stand beside it. */
type ColumnModel = EntitySchemaColumnOptions;

const raw = (expression: string) => () => expression;

/** Defaults that TypeORM and PostgreSQL take, by type: as values, and as expressions. */
const DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  int: [0, -7, '12', raw('1 + 2'), raw('abs(-4)')],
  int2: [0, 5],
  int4: [0, '3'],
  int8: ['9007199254740993', 1],
  smallint: [1],
  integer: [-1, 0],
  bigint: [0, '42', raw('extract(epoch from now())::bigint')],
  decimal: [0, '1.5', 2.25],
  numeric: [0, '1.50', raw('round(1.234, 2)')],
  real: [0, 1.5],
  float: [0.5],
  float4: [0],
  float8: ['1e3'],
  'double precision': [0, raw('pi()')],
  money: ['12.50', 0],
  varchar: ['', 'a b', 'UPPER', "it''s", '12', raw("upper('x')"), raw("'a' || 'b'"), raw('CURRENT_USER')],
  'character varying': ['x', 'NULL', raw("concat('A', 'b')")],
  char: ['x'],
  character: ['y'],
  text: [
    '',
    'Some Text',
    'a::b',
    '(x)',
    'true',
    raw("to_char(now(), 'YYYY-MM')"),
    raw("coalesce(null, 'X')"),
  ],
  citext: ['Word'],
  hstore: ['a=>1', raw("hstore('a', 'b')")],
  bytea: ['\\x00ff'],
  bit: ['1', raw("B'0'")],
  varbit: ['101'],
  'bit varying': ['11'],
  date: ['2020-01-02', raw('CURRENT_DATE'), raw('now()'), raw("now() + interval '1 day'")],
  time: ['10:00', raw('LOCALTIME')],
  timetz: ['10:00+02', raw('CURRENT_TIME')],
  'time without time zone': ['23:59:59'],
  'time with time zone': ['08:00+00'],
  timestamp: ['2020-01-02 03:04:05', raw('now()'), raw('CURRENT_TIMESTAMP'), raw("timezone('utc', now())")],
  timestamptz: [
    raw("now() + interval '30 days'"),
    raw("now() - INTERVAL '1 Hour'"),
    raw('CURRENT_TIMESTAMP'),
    'now()',
  ],
  'timestamp without time zone': [raw('LOCALTIMESTAMP'), raw("date_trunc('day', now())")],
  'timestamp with time zone': [raw('statement_timestamp()'), '2020-01-02T00:00:00Z'],
  interval: ['1 day', '01:00', raw("interval '2 weeks'"), raw("INTERVAL '1' YEAR")],
  bool: [true, 'false', 'true'],
  boolean: [false, 'false', 'true', 't', raw('(NOT true)')],
  point: ['(1,2)'],
  line: ['{1,2,3}'],
  lseg: ['[(0,0),(1,1)]'],
  box: ['((1,1),(0,0))'],
  path: ['[(0,0),(1,1)]'],
  polygon: ['((0,0),(1,1),(1,0))'],
  circle: ['<(0,0),1>'],
  cidr: ['10.0.0.0/8'],
  inet: ['127.0.0.1'],
  macaddr: ['08:00:2b:01:02:03'],
  macaddr8: ['08:00:2b:01:02:03:04:05'],
  tsvector: ['a b', raw("to_tsvector('simple', 'A b')")],
  tsquery: ['a & b'],
  uuid: ['00000000-0000-0000-0000-000000000000', raw('gen_random_uuid()'), raw('uuid_generate_v4()')],
  xml: ['<a/>'],
  json: [{}, [], { a: 1, b: ['x'] }, { "it's": "it's" }, raw("'{}'"), raw("'[]'::json"), '{"a": 1}'],
  jsonb: [
    {},
    [],
    { b: 1, aa: 2 },
    { a: { c: [1, null, true] } },
    raw("'{}'::jsonb"),
    raw("jsonb_build_object('A', 1)"),
    '{"b":1, "aa":2}',
    1,
  ],
  jsonpath: ['$.a'],
  int4range: ['[1,3)', '[1,3]'],
  int8range: ['empty'],
  numrange: ['[1.5,2)'],
  tsrange: ['[2020-01-01,2020-02-01)'],
  tstzrange: ['empty'],
  daterange: ['[2020-01-01,2020-01-31]'],
  int4multirange: ['{[1,3),[5,7)}'],
  datemultirange: ['{}'],
  cube: ['(1,2)'],
  ltree: ['Top.Science'],
  'simple-array': ['a,b'],
  'simple-json': [{ a: 1 }],
};

const ENUMS: readonly (readonly string[])[] = [
  ['draft', 'live'],
  ['A', 'b b', "it's"],
  ['1', '2', '3'],
];

/** Types with a length, and those with a precision. */
const LENGTHS: ReadonlySet<string> = new Set([
  'varchar',
  'character varying',
  'char',
  'character',
  'bit',
  'varbit',
  'bit varying',
]);
const PRECISIONS: ReadonlySet<string> = new Set(['decimal', 'numeric']);
const TIME_PRECISIONS = /^(?:time|interval)/;
const TEXTS: ReadonlySet<string> = new Set(['varchar', 'text', 'character varying']);

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const plainColumn: fc.Arbitrary<ColumnModel> = fc.constantFrom(...Object.keys(DEFAULTS)).chain((type) =>
  fc
    .record({
      default: optional(fc.constantFrom(...(DEFAULTS[type] ?? []), null)),
      length:
        LENGTHS.has(type) && type !== 'bit' ? optional(fc.constantFrom(40, '64')) : fc.constant(undefined),
      precision: PRECISIONS.has(type)
        ? optional(fc.constantFrom(8, 20))
        : TIME_PRECISIONS.test(type)
          ? optional(fc.constantFrom(0, 3, 6))
          : fc.constant(undefined),
      collation: TEXTS.has(type) ? optional(fc.constantFrom('C', 'POSIX')) : fc.constant(undefined),
      comment: optional(fc.constantFrom('plain', "the column's", 'back\\slash', '')),
    })
    .map((options) => {
      const scale = PRECISIONS.has(type) && options.precision ? 2 : undefined;
      const nullable = options.default === null ? true : undefined;
      return columnOf({ type, scale, nullable, ...options });
    }),
);

const arrayColumn: fc.Arbitrary<ColumnModel> = fc
  .constantFrom(
    ['int', [1, 2], '{}'],
    ['text', ['a', 'b'], '{}', raw("'{a,B}'"), raw("ARRAY['x']::text[]"), []],
    ['varchar', ['x'], '{}', []],
    ['jsonb', '{}', []],
    ['uuid', '{}', []],
    ['numeric', '{1.5}', [1.5]],
    ['boolean', '{}', [true]],
    ['timestamptz', '{}'],
    ['date', '{2020-01-01}'],
    ['inet', '{}'],
  )
  .chain(([type, ...defaults]) =>
    optional(fc.constantFrom(...(defaults as unknown[]))).map((value) =>
      columnOf({ type, array: true, default: value }),
    ),
  );

const enumColumn: fc.Arbitrary<ColumnModel> = fc
  .record({
    type: fc.constantFrom('enum', 'simple-enum'),
    labels: fc.constantFrom(...ENUMS),
    array: fc.boolean(),
    name: fc.constantFrom(undefined, 'automatic', 'own', 'Mixed Case'),
    hasDefault: fc.boolean(),
  })
  .map(({ type, labels, array, name, hasDefault }) => {
    const [first] = labels as [string];
    const value = array ? [first] : first;
    return columnOf({
      type,
      enum: [...labels],
      array: array || undefined,
      enumName: name,
      default: hasDefault ? value : undefined,
    });
  });

const generatedColumn: fc.Arbitrary<ColumnModel> = fc.constantFrom(
  { type: 'text', asExpression: "lower(coalesce(label, ''))", generatedType: 'STORED', nullable: true },
  { type: 'int', asExpression: 'amount * 2', generatedType: 'STORED' },
  { type: 'int', asExpression: ' ( amount + 1 ) ', generatedType: 'STORED', nullable: true },
  {
    type: 'tsvector',
    asExpression: "to_tsvector('english', LABEL)",
    generatedType: 'STORED',
    nullable: true,
  },
  { type: 'boolean', asExpression: 'amount IN (1, 2, 3)', generatedType: 'STORED', nullable: true },
) as fc.Arbitrary<ColumnModel>;

const specialColumn: fc.Arbitrary<ColumnModel> = fc.constantFrom(
  { type: 'timestamptz', createDate: true },
  { type: 'timestamp', updateDate: true, precision: 3 },
  { type: 'timestamp', deleteDate: true, nullable: true },
  { type: 'int', version: true },
  { type: 'uuid', generated: 'uuid' },
  { type: 'int', generated: 'increment' },
  { type: 'bigint', generated: 'identity', generatedIdentity: 'ALWAYS' },
) as fc.Arbitrary<ColumnModel>;

/** Columns of one type that differ in what gives their values, so that a later release changes the kind and nothing else. */
const countedColumn: fc.Arbitrary<ColumnModel> = fc
  .record({
    generated: fc.constantFrom(undefined, 'increment', 'identity'),
    generatedIdentity: fc.constantFrom(undefined, 'ALWAYS', 'BY DEFAULT'),
    nullable: fc.constantFrom(undefined, true),
    default: fc.constantFrom(undefined, 7),
  })
  .map(({ generated, generatedIdentity, nullable, default: value }) =>
    columnOf({
      type: 'int',
      generated,
      nullable,
      ...(generated === 'identity' ? { generatedIdentity } : {}),
      ...(generated === undefined ? { default: value } : {}),
    }),
  );

const keyColumn: fc.Arbitrary<ColumnModel> = fc.constantFrom(
  { type: 'int', generated: 'increment' },
  { type: 'bigint', generated: 'increment' },
  { type: 'uuid', generated: 'uuid' },
  { type: 'int', generated: 'identity' },
  { type: 'bigint', generated: 'identity', generatedIdentity: 'BY DEFAULT' },
  { type: 'varchar', length: 5 },
  { type: 'uuid', default: raw('gen_random_uuid()') },
  { type: 'int', primaryKeyConstraintName: 'own_key' },
) as fc.Arbitrary<ColumnModel>;

interface TableModel {
  readonly key: ColumnModel;
  readonly counted: ColumnModel;
  readonly columns: readonly ColumnModel[];
  readonly marks: readonly ('nullable' | 'unique' | 'index' | 'none')[];
  readonly indices: readonly number[];
  readonly hasComposite: boolean;
  readonly check: number;
  readonly relation: number;
  readonly comment: string | undefined;
}

const tableModel: fc.Arbitrary<TableModel> = fc.record({
  key: keyColumn,
  counted: countedColumn,
  columns: fc.array(
    fc.oneof(
      { arbitrary: plainColumn, weight: 8 },
      { arbitrary: arrayColumn, weight: 2 },
      { arbitrary: enumColumn, weight: 2 },
      { arbitrary: generatedColumn, weight: 1 },
      { arbitrary: specialColumn, weight: 1 },
    ),
    { minLength: 2, maxLength: 9 },
  ),
  marks: fc.array(fc.constantFrom('nullable', 'unique', 'index', 'none'), { minLength: 9, maxLength: 9 }),
  indices: fc.subarray([0, 1, 2, 3, 4, 5]),
  hasComposite: fc.boolean(),
  check: fc.nat(3),
  relation: fc.nat(6),
  comment: fc.constantFrom(undefined, 'plain', "it's", ''),
});

const INDICES = [
  { columns: ['label'] },
  { name: 'Own Index', columns: ['amount', 'label'], unique: true },
  { columns: ['amount'], where: 'amount > 3 AND label IS NOT NULL' },
  { name: 'by_words', columns: ['words'], type: 'gin' },
  { name: 'by_span', columns: ['span'], type: 'gist' },
  { name: 'by_place', columns: ['place'], spatial: true },
] as const;

const CHECKS = [
  { expression: 'amount > 0' },
  { name: 'own_check', expression: "label <> '' OR amount BETWEEN 1 AND 5" },
  { expression: '"amount" IN (1,2,3)' },
];

const RELATIONS = [
  { type: 'many-to-one', onDelete: 'CASCADE' },
  { type: 'many-to-one', nullable: true, onDelete: 'SET NULL', onUpdate: 'CASCADE' },
  { type: 'one-to-one', joinColumn: true, onDelete: 'RESTRICT' },
  { type: 'many-to-one', nullable: true, deferrable: 'INITIALLY DEFERRED' },
  { type: 'many-to-many', joinTable: { name: 'joined' } },
] as const;

/** Types that PostgreSQL has no ordering for, and those whose columns can be neither unique nor indexed here. */
const UNORDERED = /^(?:json|xml|point|line|lseg|box|path|polygon|circle|jsonpath|simple-json|hstore|cube)/;

const entityModel = fc.array(tableModel, { minLength: 1, maxLength: 3 });

function entitiesOf(tables: readonly TableModel[]): readonly EntitySchema[] {
  return tables.map((table, place) => new EntitySchema(entityOf(table, place, tables.length)));
}

/**
 * Entities with the column types, defaults and decorators of TypeORM, in any combination, and those of a later release. Tables
 * keep their keys: TypeORM has no way to change the key of a table that others refer to.
 */
export const releases: fc.Arbitrary<readonly (readonly EntitySchema[])[]> = fc
  .tuple(entityModel, entityModel)
  .map(([first, second]) => [
    entitiesOf(first),
    entitiesOf(second.map((table, place) => ({ ...table, key: first[place]?.key ?? table.key }))),
  ]);

function entityOf(table: TableModel, place: number, count: number): EntitySchemaOptions<unknown> {
  const name = `table_${place}`;
  const columns: Record<string, EntitySchemaColumnOptions> = {
    id: { ...table.key, primary: true },
    amount: { type: 'int' },
    counted: { ...table.counted },
    label: { type: 'text', nullable: true },
    words: { type: 'tsvector', nullable: true },
    span: { type: 'int4range', nullable: true },
    place: { type: 'point', nullable: true },
  };
  if (table.key.primaryKeyConstraintName)
    columns['id'] = { ...table.key, primary: true, primaryKeyConstraintName: `key_${place}` };
  const singles: { columns: string[]; name?: string }[] = [];
  for (const [index, column] of table.columns.entries()) {
    const key = index % 3 === 2 ? `Column ${index}` : `column_${index}`;
    const mark = table.marks[index];
    const automatic = `${name}_${key}_enum`.toLowerCase();
    const enumName =
      column.enumName === 'automatic' ? automatic : column.enumName && `${column.enumName}_${place}_${index}`;
    const mayBeKey = !UNORDERED.test(String(column.type)) && !column.generatedType;
    columns[key] = {
      ...column,
      ...(enumName ? { enumName } : {}),
      ...(mark === 'nullable' && !isMadeByDatabase(column) ? { nullable: true } : {}),
      ...(mark === 'unique' && mayBeKey ? { unique: true } : {}),
    };
    if (mark === 'index' && mayBeKey) singles.push({ columns: [key] });
  }
  const relation = RELATIONS[table.relation];
  const check = CHECKS[table.check];
  return {
    name,
    ...(table.comment === undefined ? {} : { comment: table.comment }),
    columns,
    indices: [
      ...singles,
      ...table.indices.map((index) => {
        const of = INDICES[index] as { name?: string; columns: readonly string[] };
        return { ...of, columns: [...of.columns], ...(of.name ? { name: `${of.name} ${place}` } : {}) };
      }),
    ],
    uniques: table.hasComposite
      ? [{ columns: ['amount', 'label'] }, { name: `own_${place}`, columns: ['label'] }]
      : [],
    checks: check ? [check] : [],
    relations: relation
      ? {
          other: {
            target: `table_${(place + 1) % count}`,
            ...relation,
            ...(relation.type === 'many-to-many' ? { joinTable: { name: `joined_${place}` } } : {}),
          },
        }
      : {},
  } as EntitySchemaOptions<unknown>;
}

function isMadeByDatabase({
  generated,
  createDate,
  updateDate,
  version,
}: EntitySchemaColumnOptions): boolean {
  return Boolean(generated || createDate || updateDate || version);
}

/** Without the options that are left out. */
function columnOf(options: Record<string, unknown>): ColumnModel {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as ColumnModel;
}
