import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { migration, type TransferDeployment } from '../transfer.fixture.js';

export const ISOLATIONS: readonly TenantIsolation[] = ['schema', 'row', 'database'];

/** Every pair of isolations. */
export const PAIRS = ISOLATIONS.flatMap((from) => ISOLATIONS.map((to) => [from, to] as const));

/** What makes a table one of many tenants: the column, its policies, and the enforcement. */
export function walls(table: string, roles: string): string[] {
  return [
    `alter table ${table} add tenant_id uuid not null
       default uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))`,
    `create policy rowhouse_tenant on ${table}
       using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`,
    `create policy rowhouse_system on ${table} to ${roles}_system using (true)`,
    `alter table ${table} enable row level security, force row level security`,
  ];
}

/** Tables whose keys are the tenant's own, whatever the isolation. */
export function shopOf({ roles }: TransferDeployment) {
  const tables = ['customers', '"Weird Orders"', 'lines', 'log'];
  return migration('Shop1757000000001', [
    `create type mood as enum ('good', 'bad')`,
    `create table customers (id bigserial, email text, mood mood, primary key (id))`,
    `create table "Weird Orders" (id int generated always as identity primary key, customer_id bigint references customers (id) on delete cascade,
       "parent Id" int references "Weird Orders" (id), total numeric(12, 2), twice numeric generated always as (total * 2) stored)`,
    `create table lines (order_id int references "Weird Orders" (id) on delete cascade, "no" int, moods mood[], primary key (order_id, "no"))`,
    `create table log (line text)`,
    ...tables.flatMap((table) => walls(table, roles)),
    // Keys of the tenant's own.
    `alter table lines drop constraint lines_order_id_fkey`,
    `alter table "Weird Orders" drop constraint "Weird Orders_customer_id_fkey", drop constraint "Weird Orders_parent Id_fkey"`,
    `alter table customers drop constraint customers_pkey, add primary key (tenant_id, id), add unique (tenant_id, email)`,
    `alter table "Weird Orders" drop constraint "Weird Orders_pkey", add primary key (tenant_id, id),
       add foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete cascade,
       add foreign key (tenant_id, "parent Id") references "Weird Orders" (tenant_id, id)`,
    `alter table lines drop constraint lines_pkey, add primary key (tenant_id, order_id, "no"),
       add foreign key (tenant_id, order_id) references "Weird Orders" (tenant_id, id) on delete cascade`,
  ]);
}

export const CONTENT = [
  `insert into customers (email, mood) values ('ada', 'good'), ('bob', null), (E'tab\\t', 'bad')`,
  `insert into "Weird Orders" (customer_id, "parent Id", total) values (1, null, 1.5), (1, 1, 2), (null, 2, null)`,
  `insert into lines (order_id, "no", moods) values (1, 1, '{good,bad}'), (1, 2, null), (2, 1, '{}')`,
  `insert into log values ('one'), ('one'), (null)`,
];

export async function fill(deployment: TransferDeployment, fleet: Fleet, tenant: Tenant): Promise<void> {
  for (const text of CONTENT) await deployment.query(fleet, tenant, text);
}

const READ: Readonly<Record<string, string>> = {
  customers: 'select id::int, email, mood::text from customers order by id',
  orders: `select id, customer_id::int, "parent Id", total::text, twice::text from "Weird Orders" order by id`,
  lines: 'select order_id, "no", moods::text from lines order by order_id, "no"',
  log: 'select line from log order by line',
};

/** All rows of a tenant. */
export async function contentOf(
  deployment: TransferDeployment,
  fleet: Fleet,
  tenant: Tenant,
): Promise<Record<string, Record<string, unknown>[]>> {
  const content: Record<string, Record<string, unknown>[]> = {};
  for (const [name, text] of Object.entries(READ))
    content[name] = await deployment.query(fleet, tenant, text);
  return content;
}

export const EMPTY = { customers: [], orders: [], lines: [], log: [] };
