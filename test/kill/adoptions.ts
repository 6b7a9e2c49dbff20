import { nobodys, sentences, unfinished, withoutWalls } from './agreement.js';
import type { Lane } from './lane.js';
import type { Random } from './random.js';
import type { Strikes } from './strikes.js';

/** An app without tenants. */
const OLD_APP = `
  create type mood as enum ('calm', 'wild');
  create sequence numbers;
  create table customers (id serial primary key, name text not null, mood mood not null default 'calm');
  create table orders (
    id serial primary key, customer int not null references customers, number bigint not null default nextval('numbers'));
  create index orders_number on orders (number);
  create view wild as select * from customers where mood = 'wild';
  create function size() returns bigint language sql as $$ select count(*) from orders $$;
  create table migrations (id serial primary key, "timestamp" bigint not null, name varchar not null);
  insert into customers (name, mood) select n, 'wild' from generate_series(1, 50) n;
  insert into orders (customer) select n from generate_series(1, 50) n;
  insert into migrations ("timestamp", name) values (1757000000001, 'First1757000000001')`;

/** All objects of the app, and their row counts, as the owner sees them. */
const THE_APP = `
  select i.type || ' ' || i.name || coalesce(' ' || (
           select string_agg(a.attname || ' ' || a.atttypid::regtype || coalesce(' ' || pg_get_expr(d.adbin, a.attrelid), ''), ', '
                             order by a.attnum)
             from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where o.classid = 'pg_class'::regclass and a.attrelid = o.objid and a.attnum > 0 and not a.attisdropped), '')
         || coalesce(' secured' || (select '' from pg_class c where o.classid = 'pg_class'::regclass and c.oid = o.objid and c.relrowsecurity), '')
    from pg_depend o cross join lateral pg_identify_object(o.classid, o.objid, 0) i
   where o.refclassid = 'pg_namespace'::regclass and o.refobjid = 'public'::regnamespace and o.deptype = 'n'
   order by 1`;

/** Kills processes that adopt a database, or undo an adoption. */
export async function killAdoptions(lane: Lane, strikes: Strikes, random: Random): Promise<void> {
  const { server, fleet, catalog } = lane;
  // Its owner is the deployment's.
  await catalog.query(OLD_APP);
  const before = await sentences(server, THE_APP);
  const slug = lane.slug;
  const check = () => adoptionDisagreements(lane, before);
  while (!strikes.isOver) {
    const [adopted] = await lane.tenants();
    const isolation = random() < 0.5 ? 'schema' : 'row';
    if (adopted)
      await strikes.on({
        label: `undo adoption (${adopted.isolation})`,
        act: { do: 'undo adoption', slug },
        check,
      });
    else await strikes.on({ label: `adopt (${isolation})`, act: { do: 'adopt', isolation, slug }, check });
    const [now] = await lane.tenants();
    // Few of the killed processes finish their work.
    if (random() < 0.5) continue;
    if (now) await fleet.undoAdoption(slug);
    else await fleet.adopt({ tenant: { slug, isolation } });
    await mustAgree(check);
  }
}

async function mustAgree(check: () => Promise<readonly string[]>): Promise<void> {
  const found = await check();
  if (found.length > 0) throw new Error(`Without a kill: ${found.join(' ')}`);
}

async function adoptionDisagreements(lane: Lane, before: readonly string[]): Promise<readonly string[]> {
  const { server } = lane;
  const [tenant] = await lane.tenants();
  const found = [...(await unfinished(lane)), ...(await nobodys(lane)), ...(await withoutWalls(lane))];
  const inPublic = await sentences(server, THE_APP);
  if (!tenant) {
    if (inPublic.join('\n') !== before.join('\n')) found.push(`The app is not as it was: ${inPublic}`);
    return [...found, ...(await wrongRows((text) => server.query(text).then(({ rows }) => rows)))];
  }
  if (tenant.isolation === 'schema' && inPublic.length > 0) found.push(`In public is still: ${inPublic}`);
  const app = lane.registry.for(tenant);
  try {
    await app.query(`insert into customers (name) values ('written')`);
    await app.query(`delete from customers where name = 'written'`);
    return [...found, ...(await wrongRows((text) => app.query(text)))];
  } catch (error) {
    return [...found, `The application cannot work for the adopted tenant: ${error}`];
  }
}

async function wrongRows(query: (text: string) => Promise<{ rows: number }[]>): Promise<readonly string[]> {
  const found: string[] = [];
  for (const table of ['customers', 'orders', 'wild']) {
    const [row] = await query(`select count(*)::int as rows from ${table}`);
    if (row?.rows !== 50) found.push(`There are ${row?.rows} rows in ${table}, and should be 50.`);
  }
  return found;
}
