/**
 * Makes tenants in the catalog alone, without tables: `t00001` and so on, half of them with the plan `pro`, all with these migrations.
 *
 * @param {import('@rowhouse/core').Catalog} catalog
 * @param {number} count
 * @param {readonly string[]} migrations
 */
export async function insertTenants(catalog, count, migrations) {
  await catalog.query(
    `insert into rowhouse.tenants (id, slug, name, plan, created_at)
       select gen_random_uuid(), 't' || lpad(n::text, 5, '0'), 'Tenant t' || lpad(n::text, 5, '0'), case when n % 2 = 0 then 'pro' else 'free' end, now() - n * interval '1 minute'
         from generate_series(1, $1::int) n`,
    [count],
  );
  await catalog.query(`insert into rowhouse.schema_histories (hash, names) values ('h', $1)`, [migrations]);
  await catalog.query(`insert into rowhouse.homes (id, history) select id, 'h' from rowhouse.tenants`);
  await catalog.query('analyze rowhouse.tenants, rowhouse.homes');
}
