import { Fleet, ROWS, TABLES } from './fleet.mjs';
import { slugOf } from './tenants.mjs';

/** The schema of the tables that all tenants share: `pool.homeSchema` of the apps. */
export const ROW_SCHEMA = 'rows';

const FILL = (tables, from, to) => `do $do$
declare tenant record;
begin
  for tenant in select id, slug from rowhouse.tenants where slug between '${slugOf(from)}' and '${slugOf(to)}' loop
    perform set_config('rowhouse.tenant_id', tenant.id::text, true);
${tables
  .map(
    (table) => `
    execute format($fill$${TABLES[table].fill(ROW_SCHEMA, '%1$L')}$fill$, tenant.slug);`,
  )
  .join('')}
  end loop;
end $do$`;

/** Tenants that are rows: in shared tables, as `@TenantEntity` and `rowSecurityMigration` make them. */
export class RowFleet extends Fleet {
  isolation = 'row';

  get schemas() {
    return [ROW_SCHEMA];
  }

  async prepare() {
    await super.prepare();
    const { ROW_POLICIES } = await import('@rowhouse/core/internal');
    await this.admin.query(
      `create schema ${ROW_SCHEMA}; grant usage on schema ${ROW_SCHEMA} to ${this.group}`,
    );
    for (const name of this.tables) {
      const table = `${ROW_SCHEMA}.${name}`;
      await this.admin.query(`create table ${table} (like public.${name} including all);
        alter table ${table} add column tenant_id uuid not null
          default nullif(current_setting('rowhouse.tenant_id', true), '')::uuid;
        create index on ${table} (tenant_id, id);
        create policy ${ROW_POLICIES.tenant} on ${table} using (${ROW_POLICIES.isOwnRow}) with check (${ROW_POLICIES.isOwnRow});
        alter table ${table} enable row level security, force row level security;
        grant select, insert, update, delete on ${table} to ${this.group}`);
    }
  }

  makeHomes(client, from, to) {
    return client.query(FILL(this.tables, from, to));
  }

  async expectOwnRows() {
    const { rows } = await this.admin.query(
      `select slug, sku from ${ROW_SCHEMA}.products join rowhouse.tenants t on t.id = tenant_id
        where not starts_with(sku, slug || '-') limit 1`,
    );
    if (rows[0]) throw new Error(`Tenant ${rows[0].slug} has a row of another one: ${rows[0].sku}.`);
  }

  async expect(size) {
    const { rows } = await this.admin.query(
      `select count(*)::int as rows from ${ROW_SCHEMA}.products where starts_with(sku, $1)`,
      [`${slugOf(size)}-`],
    );
    if (rows[0].rows !== ROWS) throw new Error(`Tenant ${slugOf(size)} has ${rows[0].rows} products.`);
  }
}
