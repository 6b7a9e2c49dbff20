import type { DeploymentRoles } from '@rowhouse/core/internal';

/** The tables of a tenant that has a schema, or a database, of its own. */
export function tablesOfHome(schema: string): string {
  return `
    create type ${schema}.books_kind_enum as enum ('paper', 'audio');
    create table ${schema}.authors (id serial primary key, name text not null unique);
    create table ${schema}.books (id serial primary key, title text not null,
      kind ${schema}.books_kind_enum not null default 'paper', "authorId" int references ${schema}.authors);
    create table ${schema}.reviews (id serial primary key, text text not null,
      "bookId" int references ${schema}.books on delete cascade);
    create table ${schema}.counters (key text primary key, value int not null, text text not null);
    create sequence ${schema}.tickets;
    create function ${schema}.next_ticket() returns int language sql return nextval('${schema}.tickets')::int;
    create table ${schema}."query-result-cache" (id serial primary key, identifier varchar, "time" bigint not null,
      duration integer not null, query text not null, result text not null);`;
}

const TENANT = "nullif(current_setting('rowhouse.tenant_id', true), '')::uuid";

/**
 * The same tables for tenants that share them, with row-level security. Every tenant has its own sequences, so that a value
 * of the wrong tenant is noticed.
 */
export function tablesOfRows(tenantIds: readonly string[], roles: DeploymentRoles): string {
  const sequences = ['authors_id_seq', 'books_id_seq', 'reviews_id_seq', 'tickets'];
  const tenantId = `tenant_id uuid not null default ${TENANT}`;
  const tables = ['authors', 'books', 'reviews', 'counters', '"query-result-cache"'];
  return `
    create schema sequences;
    ${tenantIds.flatMap((id) => sequences.map((name) => `create sequence sequences."${name}_${id}";`)).join('')}
    grant usage on schema sequences to ${roles.row};
    grant usage, select, update on all sequences in schema sequences to ${roles.row};
    create function public.draw(name text) returns int language sql volatile
      as $$ select nextval(format('sequences.%I', name || '_' || current_setting('rowhouse.tenant_id')))::int $$;
    create function public.next_ticket() returns int language sql volatile as $$ select public.draw('tickets') $$;
    create type public.books_kind_enum as enum ('paper', 'audio');
    create table public.authors (id int primary key default public.draw('authors_id_seq'), name text not null unique, ${tenantId});
    create table public.books (id int primary key default public.draw('books_id_seq'), title text not null,
      kind public.books_kind_enum not null default 'paper', "authorId" int references public.authors, ${tenantId});
    create table public.reviews (id int primary key default public.draw('reviews_id_seq'), text text not null,
      "bookId" int references public.books on delete cascade, ${tenantId});
    create table public.counters (key text primary key, value int not null, text text not null, ${tenantId});
    create table public."query-result-cache" (id serial primary key, identifier varchar, "time" bigint not null,
      duration integer not null, query text not null, result text not null, ${tenantId});
    ${tables.map((table) => wallOf(`public.${table}`, roles)).join('')}`;
}

function wallOf(table: string, { system }: DeploymentRoles): string {
  return `
    create index on ${table} (tenant_id);
    alter table ${table} enable row level security, force row level security;
    create policy rowhouse_tenant on ${table} using (tenant_id = (select ${TENANT})) with check (tenant_id = (select ${TENANT}));
    create policy rowhouse_system on ${table} to ${system} using (true) with check (true);`;
}
