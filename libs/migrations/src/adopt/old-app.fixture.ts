import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import type pg from 'pg';
import type { Deployment } from '../deployment.fixture.js';

/** The database of an old single-tenant app, with every kind of object that an adoption may find. */
export const OLD_APP = `
  create extension pg_trgm;
  create type mood as enum ('calm', 'wild');
  create type span as range (subtype = float8);
  create domain price as numeric(10, 2) check (value >= 0);
  create type address as (street text, moods mood[]);
  create sequence numbers;
  create table countries (code text primary key, name text not null);
  create table "Mixed Case" (id int generated always as identity primary key, "A b" mood[] not null default '{calm}');
  create table customers (
    id serial primary key, email text not null unique, address address, country text references countries,
    favourite int, number bigint not null default nextval('numbers'), reach span);
  create table orders (
    id serial primary key, customer int not null references customers, total price, number bigint default nextval('numbers'));
  alter table customers add constraint customers_favourite_fkey foreign key (favourite) references orders
    deferrable initially deferred;
  create index customers_email_trgm on customers using gin (email gin_trgm_ops);
  create unique index orders_number on orders (number) where total > 0;
  create table events (at date not null, what text) partition by range (at);
  create table events_old partition of events for values from ('2000-01-01') to ('2020-01-01');
  create table events_new partition of events for values from ('2020-01-01') to ('2040-01-01');
  create view rich as select c.id, c.email, sum(o.total) as total from customers c join orders o on o.customer = c.id group by 1, 2;
  create view richest as select * from rich where total > 100;
  create materialized view by_country as select country, count(*) from customers group by 1;
  create statistics customer_stats on email, country from customers;
  create function mood_of(customers) returns mood language sql as $$ select (($1).address).moods[1] $$;
  create function totals() returns numeric language sql as $$ select sum(total) from public.orders $$;
  create procedure tidy(m mood) language sql as $$ delete from "Mixed Case" where m = any("A b") $$;
  create aggregate product(int) (sfunc = int4mul, stype = int, initcond = '1');
  create function stamp() returns trigger language plpgsql as $$ begin new.what := upper(new.what); return new; end $$;
  create trigger stamped before insert on events for each row execute function stamp();
  create table migrations (id serial primary key, "timestamp" bigint not null, name varchar not null);
  create table typeorm_metadata (type varchar not null, database varchar, schema varchar, "table" varchar, name varchar, value text);

  insert into countries values ('ch', 'Switzerland'), ('pt', 'Portugal');
  insert into "Mixed Case" ("A b") values ('{wild}'), ('{calm,wild}');
  insert into customers (email, address, country, reach) values
    ('a@x.test', row('Lane 1', '{wild}'), 'ch', '[1,2]'), ('b@x.test', row('Lane 2', '{}'), 'pt', '[3,4]');
  insert into orders (customer, total) values (1, 150), (2, 20);
  update customers set favourite = id;
  insert into events values ('2010-01-01', 'old'), ('2030-01-01', 'new');
  refresh materialized view by_country;
  insert into migrations ("timestamp", name) values (1757000000001, 'First1757000000001'), (1757000000002, 'Second1757000000002');
  insert into typeorm_metadata values ('VIEW', null, 'public', null, 'rich', 'select 1');
  grant select on countries, customers to public;`;

/** The objects of a schema with their owners and privileges. */
export async function describeSchema(client: Pick<pg.Pool, 'query'>, schema: string): Promise<unknown[]> {
  const { rows } = await client.query(
    `select i.type, i.identity, a.reloptions, a.acl::text, a.owner::text, a.security,
            (select jsonb_agg(jsonb_build_array(t.attname, t.atttypid::regtype::text, pg_get_expr(f.adbin, f.adrelid)) order by t.attnum)
               from pg_attribute t left join pg_attrdef f on f.adrelid = t.attrelid and f.adnum = t.attnum
              where t.attrelid = a.oid and t.attnum > 0 and not t.attisdropped) as columns,
            (select jsonb_agg(pg_get_constraintdef(k.oid) order by k.conname) from pg_constraint k where k.conrelid = a.oid) as constraints,
            (select jsonb_agg(pg_get_indexdef(x.indexrelid) order by x.indexrelid) from pg_index x where x.indrelid = a.oid) as indexes,
            (select jsonb_agg(p.polname order by p.polname) from pg_policy p where p.polrelid = a.oid) as policies
       from pg_depend d cross join lateral pg_identify_object(d.classid, d.objid, 0) i
       left join lateral (select c.oid, (select array_agg(e order by e) from (select unnest(coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner)))::text e) e) as acl, c.relowner::regrole as owner,
                                 c.relrowsecurity or c.relforcerowsecurity as security, c.reloptions
                            from pg_class c where d.classid = 'pg_class'::regclass and c.oid = d.objid) a on true
      where d.refclassid = 'pg_namespace'::regclass and d.deptype = 'n'
        and d.refobjid = (select oid from pg_namespace where nspname = $1)
        and not exists (select from pg_depend e where e.classid = d.classid and e.objid = d.objid and e.deptype = 'e')
      order by 1, 2`,
    [schema],
  );
  return rows;
}

/** A login that may create homes and is not a superuser, in a database whose tables belong to another role. */
export async function ordinaryOwner(deployment: Deployment) {
  const { catalog, prefix, database } = deployment;
  const [login, former, roles] = [`${prefix}_owner`, `${prefix}_former`, `${prefix}_o`];
  await catalog.query(`
    create role ${login} login createrole password 'owner'; create role ${former};
    grant create on database "${database.name}" to ${login};
    grant usage on schema rowhouse to ${login} with grant option;
    grant all on all tables in schema rowhouse to ${login} with grant option;
    grant create on database "${database.name}" to ${former};
    drop schema public cascade; create schema public; grant usage on schema public to public; grant all on schema public to ${login}, ${former};
    set role ${former}; ${OLD_APP}; reset role`);
  const url = Object.assign(new URL(database.url), { username: login, password: 'owner' }).href;
  const tenancy = { roles };
  const ambient = await openTenantDataSource({ type: 'postgres', url, poolSize: 2 }, tenancy);
  const registry = new DataSourceRegistry({ ambient, directUrl: url, tenancy });
  return {
    login,
    former,
    registry,
    async [Symbol.asyncDispose]() {
      await registry.close();
      await ambient.destroy();
      const { rows: made } = await catalog.query<{ rolname: string }>(
        `select rolname from pg_roles where starts_with(rolname::text, '${prefix}_o')`,
      );
      await catalog.query(
        `reassign owned by ${made.map(({ rolname }) => rolname).join(', ')} to current_user`,
      );
      await catalog.query(`drop owned by ${made.map(({ rolname }) => rolname).join(', ')}`);
      for (const { rolname } of made.filter((role) => role.rolname !== login))
        await catalog.query(`drop role ${rolname}`);
    },
  };
}

/** Waits until the adoption waits for a lock. @returns the id of its server process. */
export async function whenWaitingForLock(
  { catalog }: Deployment,
  adoption: Promise<unknown>,
): Promise<number> {
  let isOver = false;
  adoption.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  while (!isOver) {
    const { rows } = await catalog.query<{ pid: number }>(
      "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rows[0]) return rows[0].pid;
  }
  throw new Error('It did not wait for a lock.');
}
