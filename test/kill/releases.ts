import { rolesOf } from '@rowhouse/core/internal';
import { ROW_SECURITY_PARTS, rowSecurityChange } from '@rowhouse/typeorm/internal';
import type { MigrationInterface, QueryRunner } from 'typeorm';

type MigrationClass = new () => MigrationInterface;

/** Which migrations an app has. */
export interface Release {
  /** `homes`: for tenants with a schema or database of their own; `rows`: for those that share tables. */
  readonly kind: 'homes' | 'rows';
  /** From 0, no migrations, to {@link LATEST}. */
  readonly level: number;
  /** Tables beside the products. */
  readonly parts: number;
}

export const LATEST = { homes: 3, rows: 2 } as const;

/** The migrations of a release, in order. @param prefix - of the deployment's roles. */
export function migrationsOf({ kind, level, parts }: Release, prefix: string): readonly MigrationClass[] {
  const levels = kind === 'homes' ? homes(parts) : rows(parts, rolesOf(prefix).system);
  return levels.slice(0, level).flat();
}

export function namesOf(release: Release, prefix: string): readonly string[] {
  return migrationsOf(release, prefix).map(({ name }) => name);
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

const SHOP = (parts: number) => [
  'create table products (id serial primary key, name text not null, price int not null default 0)',
  ...numbers(parts).map(
    (n) =>
      `create table part_${n} (id serial primary key, product int references products on delete cascade)`,
  ),
];
const NO_SHOP = (parts: number) => [
  ...numbers(parts).map((n) => `drop table part_${n}`),
  'drop table products',
];
const NOTES = [
  'create table notes (id serial primary key, text text not null)',
  'alter table products add column weight int',
  'update products set weight = 1',
];
const NO_NOTES = ['alter table products drop column weight', 'drop table notes'];

/** The last level begins with one that runs outside of transactions. */
function homes(parts: number): readonly (readonly MigrationClass[])[] {
  return [
    [
      migration('Shop1757000000001', SHOP(parts), NO_SHOP(parts)),
      migration('Sample1757000000002', ["insert into products (name) values ('sample')"], []),
    ],
    [migration('Notes1757000000003', NOTES, NO_NOTES)],
    [
      migration(
        'Names1757000000004',
        ['create index concurrently products_name on products (name)'],
        ['drop index concurrently products_name'],
        { transaction: false },
      ),
      migration(
        'Cheap1757000000005',
        ['create view cheap as select * from products where price < 10'],
        ['drop view cheap'],
      ),
    ],
  ];
}

function rows(parts: number, systemRole: string): readonly (readonly MigrationClass[])[] {
  const behindPolicies = (name: string) =>
    ROW_SECURITY_PARTS.map((part) => {
      const table = { name, schema: undefined, indexName: `${name}_tenant_id`, isJoinTable: false };
      return rowSecurityChange(part, table, systemRole).up;
    });
  const tables = ['products', ...numbers(parts).map((n) => `part_${n}`)];
  return [
    [
      migration('Shop1757000000001', [...SHOP(parts), ...tables.flatMap(behindPolicies)], NO_SHOP(parts)),
      migration('Prices1757000000002', ['create index products_price on products (price)'], []),
    ],
    [migration('Notes1757000000003', [...NOTES, ...behindPolicies('notes')], NO_NOTES)],
  ];
}

function migration(
  name: string,
  up: readonly string[],
  down: readonly string[],
  { transaction }: { readonly transaction?: boolean } = {},
): MigrationClass {
  const named = {
    [name]: class implements MigrationInterface {
      transaction = transaction;
      async up(runner: QueryRunner) {
        for (const text of up) await runner.query(text);
      }
      async down(runner: QueryRunner) {
        for (const text of down) await runner.query(text);
      }
    },
  };
  return named[name] as MigrationClass;
}
