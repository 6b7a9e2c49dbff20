import fc from 'fast-check';

type KeyKind = 'serial' | 'identity' | 'uuid' | 'composite';

interface AnyReference {
  /** The table that is referred to, by its index. */
  readonly to: number;
  readonly onDelete: string;
}

export interface AnyTable {
  readonly key: KeyKind;
  /** Of a composite key: the table whose key is a part of it; it comes before. */
  readonly parent: number;
  readonly references: readonly AnyReference[];
  /** For each row: its parent, and what it refers to, as numbers to be taken modulo the rows that there are. */
  readonly rows: readonly { readonly parent: number; readonly refers: readonly (number | null)[] }[];
}

/** Tables with keys of all kinds, which refer to each other in any way, and their rows. */
export const anySchema: fc.Arbitrary<readonly AnyTable[]> = fc.integer({ min: 2, max: 4 }).chain((count) =>
  fc.tuple(
    ...Array.from({ length: count }, (_, index) =>
      fc.record({
        key: fc.constantFrom<KeyKind>(
          'serial',
          'identity',
          'uuid',
          ...(index > 0 ? ['composite' as const] : []),
        ),
        parent: fc.integer({ min: 0, max: Math.max(0, index - 1) }),
        references: fc.array(
          fc.record({
            to: fc.integer({ min: 0, max: count - 1 }),
            onDelete: fc.constantFrom('no action', 'restrict', 'cascade', 'set null'),
          }),
          { maxLength: 3 },
        ),
        rows: fc.array(
          fc.record({
            parent: fc.nat(100),
            refers: fc.array(fc.option(fc.nat(100)), { minLength: 3, maxLength: 3 }),
          }),
          { maxLength: 5 },
        ),
      }),
    ),
  ),
);

/** The columns of a table's key, with their types. */
function keyOf(
  tables: readonly AnyTable[],
  index: number,
): readonly (readonly [name: string, type: string])[] {
  const { key, parent } = tables[index] as AnyTable;
  if (key === 'uuid') return [['id', 'uuid']];
  if (key !== 'composite') return [['id', 'int']];
  return [...keyOf(tables, parent).map(([name, type]) => [`parent_${name}`, type] as const), ['no', 'int']];
}

const GENERATED: Readonly<Record<KeyKind, string>> = {
  serial: 'serial',
  identity: 'int generated always as identity',
  uuid: 'uuid default gen_random_uuid()',
  composite: '',
};

/** Columns of a table that refer: of its reference with this number. */
const referring = (tables: readonly AnyTable[], number: number, to: number) =>
  keyOf(tables, to).map(([name, type]) => [`r${number} ${name}`, type] as const);

const list = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');
const namesIn = (columns: readonly (readonly [string, string])[]) => columns.map(([name]) => name);

/** The statements that make the tables, named with the prefix. */
export function tablesOf(tables: readonly AnyTable[], prefix: string): readonly string[] {
  const made = tables.map((table, index) => {
    const key = keyOf(tables, index);
    const columns =
      table.key === 'composite'
        ? key.map(([name, type]) => `"${name}" ${type}`)
        : [`id ${GENERATED[table.key]}`];
    const refers = table.references.flatMap(({ to }, number) =>
      referring(tables, number, to).map(([name, type]) => `"${name}" ${type}`),
    );
    return `create table "${prefix}${index}" (label text, code text unique, mood "${prefix} mood",
      len int generated always as (length(label)) stored, ${[...columns, ...refers].join(', ')}, primary key (${list(namesIn(key))}))`;
  });
  const foreign = tables.flatMap((table, index) => [
    ...(table.key === 'composite'
      ? [
          `alter table "${prefix}${index}" add foreign key (${list(namesIn(keyOf(tables, index).slice(0, -1)))})
             references "${prefix}${table.parent}" on delete cascade`,
        ]
      : []),
    ...table.references.map(
      ({ to, onDelete }, number) =>
        `alter table "${prefix}${index}" add foreign key (${list(namesIn(referring(tables, number, to)))})
           references "${prefix}${to}" on delete ${onDelete}`,
    ),
  ]);
  return [`create type "${prefix} mood" as enum ('good', 'bad')`, ...made, ...foreign];
}

/** The key of a row, as SQL; `undefined` where its parent has no rows. */
function keyValues(tables: readonly AnyTable[], index: number, row: number): readonly string[] | undefined {
  const { key, parent, rows } = tables[index] as AnyTable;
  if (key === 'uuid') return [`'00000000-0000-4000-8000-${String(index * 1_000 + row).padStart(12, '0')}'`];
  if (key !== 'composite') return [String(row + 1)];
  const above = existing(tables, parent);
  const chosen = above[(rows[row]?.parent ?? 0) % above.length];
  return chosen === undefined ? undefined : [...(keyValues(tables, parent, chosen) ?? []), String(row)];
}

/** The rows of a table that can be. */
function existing(tables: readonly AnyTable[], index: number): readonly number[] {
  const rows = tables[index]?.rows ?? [];
  return [...rows.keys()].filter((row) => keyValues(tables, index, row) !== undefined);
}

/** The statements that fill the tables. */
export function rowsOf(tables: readonly AnyTable[], prefix: string): readonly string[] {
  const inserts: string[] = [];
  const updates: string[] = [];
  for (const [index, table] of tables.entries()) {
    const key = namesIn(keyOf(tables, index));
    for (const row of existing(tables, index)) {
      const values = keyValues(tables, index, row) ?? [];
      const label = `t${index} r${row}`;
      inserts.push(
        `insert into "${prefix}${index}" (label, code, mood, ${list(key)}) overriding system value
         values ('${label}', '${label}', '${row % 2 ? 'good' : 'bad'}', ${values.join(', ')})`,
      );
      for (const [number, { to }] of table.references.entries()) {
        const others = existing(tables, to);
        const refers = table.rows[row]?.refers[number];
        if (refers === null || refers === undefined || others.length === 0) continue;
        const found = keyValues(tables, to, others[refers % others.length] as number) ?? [];
        const set = namesIn(referring(tables, number, to)).map((name, at) => `"${name}" = ${found[at]}`);
        updates.push(`update "${prefix}${index}" set ${set.join(', ')} where label = '${label}'`);
      }
    }
  }
  return [...inserts, ...updates];
}

/** Queries of each table: its rows by their labels, with the labels of what they refer to. Keys are not in them. */
export function graphQueries(tables: readonly AnyTable[], prefix: string): readonly string[] {
  return tables.map((table, index) => {
    const labelOf = (to: number, own: readonly string[]) => {
      const key = namesIn(keyOf(tables, to));
      const same = key.map((name, at) => `p."${name}" = t."${own[at]}"`).join(' and ');
      return `(select p.label from "${prefix}${to}" p where ${same})`;
    };
    const parents = [
      ...(table.key === 'composite'
        ? [labelOf(table.parent, namesIn(keyOf(tables, index).slice(0, -1)))]
        : []),
      ...table.references.map(({ to }, number) => labelOf(to, namesIn(referring(tables, number, to)))),
    ];
    return `select label, code, mood::text, len, array[${['null::text', ...parents].join(', ')}] as refers
              from "${prefix}${index}" t order by label, code`;
  });
}

/** The statements that remove the tables. */
export function dropsOf(tables: readonly AnyTable[], prefix: string): readonly string[] {
  return [
    `drop table ${tables.map((_, index) => `"${prefix}${index}"`).join(', ')} cascade`,
    `drop type "${prefix} mood"`,
  ];
}
