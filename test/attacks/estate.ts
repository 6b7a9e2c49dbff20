/** Shared tables, and tables with rows of tenants without a policy. */
export const PUBLIC_TABLES = `
  create table public.countries (code text primary key);
  insert into public.countries values ('DE'), ('FR');
  create table public.unprotected (secret text, tenant_id uuid);
  create table public.all_partitions (secret text, tenant_id uuid) partition by list (tenant_id);
  create table public.partition_of_all partition of public.all_partitions default;
  create extension if not exists dblink schema public;
  create extension if not exists tablefunc schema public;
  create extension if not exists postgres_fdw schema public;
  create extension if not exists pg_stat_statements schema public;
  create server loopback foreign data wrapper postgres_fdw options (dbname 'postgres');
  create foreign table public.elsewhere (secret text) server loopback`;

/** The objects of a home besides the tables of the entities. */
export function homeOf(schema: string): string {
  return `
    set check_function_bodies = off;
    create sequence ${schema}.tickets;
    create type ${schema}.mood as enum ('calm', 'cross');
    create domain ${schema}.price as int constraint price_check check (value > 0);
    create function ${schema}.product_secrets() returns setof text language sql stable as 'select secret from products';
    create view ${schema}.product_names with (security_invoker) as select sku, secret from ${schema}.products;
    comment on table ${schema}.products is 'What this tenant sells'`;
}

/** Dangerous objects in the shared schema: functions and views that run with the privileges of their owner. */
export const LEFT_IN_PUBLIC = `
  create function public.count_products() returns bigint language sql security definer as 'select count(*) from countries';
  create function public.list_products() returns setof text language plpgsql security definer
    as $$ begin return query execute 'select secret::text from products'; end $$;
  create function public.count_countries() returns bigint language sql security definer set search_path = public
    as 'select count(*) from countries';
  create procedure public.commit_inside() language plpgsql as $$ begin commit; end $$;
  create view public.all_names with (security_invoker) as select id, sku, secret from public.products;
  create view public.all_secrets as select id, secret from public.products;
  create materialized view public.kept_secrets as select id, secret from public.products`;
