import { type AttackRow, attacks } from '../attack.js';

const inRows = (rows: readonly AttackRow[]): readonly AttackRow[] =>
  rows.map(([name, steps, stoppedBy, more]) => [name, steps, stoppedBy, { ...more, modes: ['row'] }]);

/** Attacks on shared tables, where only row-level security separates the tenants. */
export const rows = attacks(
  ...inRows([
    [
      'a condition on the tenant',
      ({ victim }) => `select * from products where tenant_id = '${victim.tenant.id}'`,
      'nobody',
    ],
    [
      'a condition that is always true',
      'select * from products where tenant_id = tenant_id or true',
      'nobody',
    ],
    [
      'a key of the victim',
      ({ victim }) => `select * from products where id = ${victim.productId}`,
      'nobody',
    ],
    [
      'an insert for the victim',
      ({ victim }) => `insert into orders (secret, tenant_id) values ('planted', '${victim.tenant.id}')`,
      'postgres',
    ],
    ['an insert for nobody', "insert into orders (secret, tenant_id) values ('planted', null)", 'postgres'],
    [
      'an insert for a tenant that does not exist',
      "insert into orders (secret, tenant_id) values ('planted', gen_random_uuid())",
      'postgres',
    ],
    [
      'an update that gives a row to the victim',
      ({ victim }) => `update orders set tenant_id = '${victim.tenant.id}'`,
      'postgres',
    ],
    [
      'an update that takes rows of the victim',
      ({ victim, attacker }) =>
        `update orders set tenant_id = '${attacker.tenant.id}' where tenant_id = '${victim.tenant.id}' returning *`,
      'nobody',
    ],
    [
      'a delete by key',
      ({ victim }) => `delete from products where id = ${victim.productId} returning *`,
      'nobody',
    ],
    [
      'a common table expression that inserts for the victim',
      ({ victim }) =>
        `with new as (insert into orders (secret, tenant_id) values ('planted', '${victim.tenant.id}') returning *) select * from new`,
      'postgres',
    ],
    [
      "an upsert onto the victim's key",
      ({ victim }) =>
        `insert into products (id, sku, secret) values (${victim.productId}, 'mine', 'mine') on conflict (id) do update set secret = 'taken' returning *`,
      'postgres',
    ],
    [
      "an upsert onto the victim's key that returns it",
      ({ victim }) =>
        `insert into products (id, sku, secret) values (${victim.productId}, 'mine', 'mine') on conflict (id) do update set secret = products.secret returning products.*`,
      'postgres',
    ],
    [
      "an insert of the victim's key that does nothing",
      ({ victim }) =>
        `insert into products (id, sku, secret) values (${victim.productId}, 'mine', 'mine') on conflict do nothing returning *`,
      'nobody',
    ],
    [
      'a unique value of the victim',
      ({ victim }) => `insert into products (sku, secret) values ('${victim.tenant.slug}-sku', 'mine')`,
      'postgres',
    ],
    [
      'MERGE with the rows of the victim',
      ({ victim }) =>
        `merge into products p using (select ${victim.productId} as id) s on s.id = p.id when matched then delete when not matched then do nothing`,
      'nobody',
    ],
    ['a reference to nothing', 'insert into orders (secret, "productId") values (\'probe\', -1)', 'postgres'],
    ['the system columns of all rows', 'select ctid, xmin, tableoid, * from products', 'nobody'],
    ['a row of the victim by its place', "select * from products where ctid = '(0,1)'", 'nobody'],
    ['min, max and count', 'select min(secret), max(secret), count(*) from products', 'nobody'],
    ['a histogram', "select * from pg_stats where tablename = 'products'", 'nobody'],
    [
      'row estimates',
      ({ victim }) => `explain select * from products where tenant_id = '${victim.tenant.id}'`,
      'nobody',
    ],
    ['rows removed by the policy', 'explain (analyze, buffers, verbose) select * from products', 'nobody'],
    ['a self-join', 'select * from products a right join products b on a.tenant_id <> b.tenant_id', 'nobody'],
    [
      'a temporary copy',
      "create temp table c on commit drop as select * from products; select * from c where secret not like 'mark-attacker%'",
      'nobody',
    ],
    [
      'a serializable transaction',
      ['begin isolation level serializable', 'select * from products', 'commit'],
      'nobody',
    ],
    ['a table that carries tenants and has no policy', 'select * from unprotected', 'guard'],
    [
      'a table that carries tenants and has no policy, qualified',
      'select * from public.unprotected',
      'guard',
    ],
    ['a sequence of all, set back', "select setval('products_id_seq', 1, false)", 'postgres'],
    ['a partition, past its table', 'select * from partition_of_all', 'guard'],
    [
      'a comparison that fails for rows of others',
      "select * from products where secret !~ '^mark-attacker' and secret::xml is not null",
      'nobody',
    ],
    [
      'a case that counts rows of others',
      "select sum(case when secret !~ '^mark-attacker' then 1 / (id - id) else 0 end) from products",
      'nobody',
    ],
    [
      'row_security asked for',
      "select row_security_active('products'), current_setting('row_security')",
      'nobody',
    ],
    [
      'a lock of rows that are not there',
      ({ victim }) => `select * from products where id = ${victim.productId} for update nowait`,
      'nobody',
    ],
    [
      'a value of the victim in an error',
      ({ victim }) => `update products set id = ${victim.productId}`,
      'postgres',
    ],
  ]),
);
