import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['tenant_integrations', 'tenant_authorizations'];
const TENANT_ID = `"tenant_id" uuid NOT NULL DEFAULT uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))`;
const ENCRYPTED = `"key_id" text NOT NULL, "data_key" bytea NOT NULL, "ciphertext" bytea NOT NULL`;
const OWN_ROWS = `tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid)`;

/** The entities of `@rowhouse/integrations`. */
export class Integrations1795887679038 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE "tenant_integrations" (
      "id" uuid PRIMARY KEY, "provider" text NOT NULL, "account" text, "scope" text NOT NULL, "state" text NOT NULL,
      "expires_at" TIMESTAMP(3) WITH TIME ZONE, "version" integer NOT NULL, "created_by" text NOT NULL,
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, "claim" uuid, "claimed_until" TIMESTAMP(3) WITH TIME ZONE,
      ${ENCRYPTED}, ${TENANT_ID})`);
    await runner.query('CREATE INDEX ON "tenant_integrations" ("tenant_id", "created_at", "id")');
    await runner.query(`CREATE TABLE "tenant_authorizations" (
      "id" uuid PRIMARY KEY, "provider" text NOT NULL, "actor" text NOT NULL, "return_to" text NOT NULL,
      "integration_id" uuid, "expires_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, ${ENCRYPTED}, ${TENANT_ID})`);
    // Where many tenants share these tables, each row belongs to a tenant of the catalog.
    const [{ catalog }] = await runner.query(
      `select case when nullif(current_setting('rowhouse.tenant_id', true), '') is null
                   then to_regclass('rowhouse.tenants') end as catalog`,
    );
    for (const table of TABLES) {
      await runner.query(`CREATE INDEX ON "${table}" ("tenant_id")`);
      await runner.query(
        `create policy "rowhouse_tenant" on "${table}" for all to public using (${OWN_ROWS}) with check (${OWN_ROWS})`,
      );
      await runner.query(
        `create policy "rowhouse_system" on "${table}" for all to "rowhouse_system" using (true) with check (true)`,
      );
      await runner.query(`alter table "${table}" enable row level security, force row level security`);
      if (catalog)
        await runner.query(
          `alter table "${table}" add constraint "rowhouse_tenant" foreign key ("tenant_id") references rowhouse.tenants (id) on delete restrict`,
        );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`DROP TABLE "${table}"`);
  }
}
