import { migration } from '../transfer.fixture.js';

/** Tables for each isolation: one with a key of its own for every tenant, one without any key, one with an odd name. */
export const SHOP = migration('Shop1757000000001', [
  'create table products (id uuid primary key default gen_random_uuid(), name text not null, price numeric)',
  'create table visits (at timestamptz not null default now(), page text)',
  'create table "Weird Name" (n int, "Odd ""Column""" jsonb)',
  ...['products', 'visits', '"Weird Name"'].flatMap((table) => [
    `alter table ${table} add tenant_id uuid not null
       default uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))`,
    `create policy rowhouse_tenant on ${table}
       using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`,
    `alter table ${table} enable row level security, force row level security`,
  ]),
]);

export const ROWS = [
  `insert into products (name, price) select 'product ' || n, n / 3.0 from generate_series(1, 50) n`,
  `insert into visits (page) select '/' || n from generate_series(1, 20) n`,
  `insert into "Weird Name" values (1, '{"a": 1.0}'), (1, '{"a": 1.0}'), (null, null)`,
];
