import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['products', 'customers', 'orders', 'order_lines'];
const UNIQUES = [
  ['products', 'sku'],
  ['customers', 'email'],
  ['orders', 'number'],
];

/** Each row says whose it is, and what was unique is so for each tenant: shops may share their tables. */
export class TenantColumns1757000200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await runner.query(
        `alter table ${table} add tenant_id uuid not null
           default uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))`,
      );
      await runner.query(`create index ${table}_tenant_id_idx on ${table} (tenant_id)`);
    }
    for (const [table, column] of UNIQUES)
      await runner.query(
        `alter table ${table} add constraint ${table}_${column}_key unique (tenant_id, ${column})`,
      );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`alter table ${table} drop column tenant_id`);
  }
}
