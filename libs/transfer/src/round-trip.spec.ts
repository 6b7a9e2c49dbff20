import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { importTenant } from './import/import-tenant.js';
import { migration, TransferDeployment } from './transfer.fixture.js';

const ISOLATIONS: readonly TenantIsolation[] = ['schema', 'row', 'database'];

/** The same tables for each isolation. */
const shopOf = ({ roles }: TransferDeployment) =>
  migration('Shop1757000000001', [
    `create table customers (id bigserial primary key, name text not null, born date, note text)`,
    `create table orders (id int generated always as identity primary key, customer_id bigint references customers (id),
     parent_id int references orders (id), placed timestamptz not null default now(), paid boolean default false,
     lines jsonb not null default '[]', total numeric(12, 2), twice numeric generated always as (total * 2) stored,
     tags text[] not null default '{}', raw bytea)`,
    ...['customers', 'orders'].flatMap((table) => [
      `alter table ${table} add tenant_id uuid not null
       default uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))`,
      `create policy rowhouse_tenant on ${table}
       using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`,
      `create policy rowhouse_system on ${table} to ${roles}_system using (true)`,
      `alter table ${table} enable row level security, force row level security`,
    ]),
  ]);

let source: TransferDeployment;
let target: TransferDeployment;
beforeEach(async () => {
  [source, target] = [await TransferDeployment.open(), await TransferDeployment.open()];
});
afterEach(async () => {
  await source.close();
  await target.close();
});

const CONTENT = `
  insert into customers (name, born, note) values ('Ada', '1815-12-10', null), (E'tab\\tand\\nline\\\\', 'infinity', ''), ('Zoë 🐘', '0044-03-15 BC', '\\N');
  insert into orders (customer_id, parent_id, total, tags, raw, lines) values
    (1, null, 1.50, '{a,"b c",null}', '\\x00ff', '[{"a": 1e400}]'), (1, 1, 'NaN', '{}', null, 'null'), (null, 2, null, '{"{}"}', '', '"x"')`;

async function rowsOf(deployment: TransferDeployment, fleet: Fleet, tenant: Tenant) {
  const customers = await deployment.query(
    fleet,
    tenant,
    'select id, name, born::text, note from customers order by id',
  );
  const orders = await deployment.query(
    fleet,
    tenant,
    `select id, customer_id, parent_id, placed::text, paid, lines::text, total::text, twice::text, tags::text, raw from orders order by id`,
  );
  return { customers, orders };
}

describe.each(ISOLATIONS)('from isolation %s', (from) => {
  it.each(ISOLATIONS)('to isolation %s every row arrives as it was', async (to) => {
    const [there, here] = [await source.fleet([shopOf(source)]), await target.fleet([shopOf(target)])];
    const acme = await there.tenants.create({ slug: 'acme', isolation: from, metadata: { a: 1 } });
    for (const text of CONTENT.split(';')) await source.query(there, acme, text);
    await source.asOwner(there, acme, "select setval('customers_id_seq', 41)");
    const { tenant, rows } = await importTenant(here, await source.archive(there, acme), {
      slug: 'copy',
      isolation: to,
    });
    expect(rows).toBe(6);
    expect(tenant).toMatchObject({ status: 'active', isolation: to, metadata: { a: 1 } });
    expect(await rowsOf(target, here, tenant)).toEqual(await rowsOf(source, there, acme));
    const owners = await target.query(
      here,
      tenant,
      'select distinct tenant_id from customers union select tenant_id from orders',
    );
    expect(owners).toEqual([{ tenant_id: tenant.id }]);
    const [next] = await target.query(
      here,
      tenant,
      "insert into customers (name) values ('new') returning id",
    );
    // Row tenants share a sequence: it is moved well past the highest value.
    expect(next).toEqual({ id: to === 'row' ? '1004' : from === 'row' ? '4' : '42' });
  });
});
