import type { MigrationInterface, QueryRunner } from 'typeorm';

const SYSTEM_ROLE = `${process.env.ROWHOUSE_ROLES ?? 'rowhouse'}_system`;

/** PostgreSQL's row-level security for the rows of tenants. */
export class RowSecurity1757000300000 implements MigrationInterface {
  name = 'RowSecurity1757000300000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`create policy "rowhouse_tenant" on "customers" for all to public
        using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))
        with check (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`);
    await queryRunner.query(`create policy "rowhouse_system" on "customers" for all to "${SYSTEM_ROLE}"
        using (true)
        with check (true)`);
    await queryRunner.query(`alter table "customers" enable row level security, force row level security`);
    await queryRunner.query(`create policy "rowhouse_tenant" on "products" for all to public
        using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))
        with check (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`);
    await queryRunner.query(`create policy "rowhouse_system" on "products" for all to "${SYSTEM_ROLE}"
        using (true)
        with check (true)`);
    await queryRunner.query(`alter table "products" enable row level security, force row level security`);
    await queryRunner.query(`create policy "rowhouse_tenant" on "order_lines" for all to public
        using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))
        with check (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`);
    await queryRunner.query(`create policy "rowhouse_system" on "order_lines" for all to "${SYSTEM_ROLE}"
        using (true)
        with check (true)`);
    await queryRunner.query(`alter table "order_lines" enable row level security, force row level security`);
    await queryRunner.query(`create policy "rowhouse_tenant" on "orders" for all to public
        using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))
        with check (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`);
    await queryRunner.query(`create policy "rowhouse_system" on "orders" for all to "${SYSTEM_ROLE}"
        using (true)
        with check (true)`);
    await queryRunner.query(`alter table "orders" enable row level security, force row level security`);

    // Where many tenants share these tables, each row belongs to a tenant of the catalog.
    // A run for one tenant, in its own schema or database, needs no such key.
    const [{ catalog }] = await queryRunner.query(
      `select case when nullif(current_setting('rowhouse.tenant_id', true), '') is null
                   then to_regclass('rowhouse.tenants') end as catalog`,
    );
    if (catalog) {
      await queryRunner.query(
        `alter table "customers" add constraint "rowhouse_tenant" foreign key ("tenant_id") references rowhouse.tenants (id) on delete restrict`,
      );
      await queryRunner.query(
        `alter table "products" add constraint "rowhouse_tenant" foreign key ("tenant_id") references rowhouse.tenants (id) on delete restrict`,
      );
      await queryRunner.query(
        `alter table "order_lines" add constraint "rowhouse_tenant" foreign key ("tenant_id") references rowhouse.tenants (id) on delete restrict`,
      );
      await queryRunner.query(
        `alter table "orders" add constraint "rowhouse_tenant" foreign key ("tenant_id") references rowhouse.tenants (id) on delete restrict`,
      );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`alter table "orders" no force row level security, disable row level security`);
    await queryRunner.query(`drop policy "rowhouse_system" on "orders"`);
    await queryRunner.query(`drop policy "rowhouse_tenant" on "orders"`);
    await queryRunner.query(`alter table "orders" drop constraint if exists "rowhouse_tenant"`);
    await queryRunner.query(
      `alter table "order_lines" no force row level security, disable row level security`,
    );
    await queryRunner.query(`drop policy "rowhouse_system" on "order_lines"`);
    await queryRunner.query(`drop policy "rowhouse_tenant" on "order_lines"`);
    await queryRunner.query(`alter table "order_lines" drop constraint if exists "rowhouse_tenant"`);
    await queryRunner.query(`alter table "products" no force row level security, disable row level security`);
    await queryRunner.query(`drop policy "rowhouse_system" on "products"`);
    await queryRunner.query(`drop policy "rowhouse_tenant" on "products"`);
    await queryRunner.query(`alter table "products" drop constraint if exists "rowhouse_tenant"`);
    await queryRunner.query(
      `alter table "customers" no force row level security, disable row level security`,
    );
    await queryRunner.query(`drop policy "rowhouse_system" on "customers"`);
    await queryRunner.query(`drop policy "rowhouse_tenant" on "customers"`);
    await queryRunner.query(`alter table "customers" drop constraint if exists "rowhouse_tenant"`);
  }
}
