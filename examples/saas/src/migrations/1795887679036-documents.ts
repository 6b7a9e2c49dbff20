import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Documents1795887679036 implements MigrationInterface {
  name = 'Documents1795887679036';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "tenant_files" ("id" uuid NOT NULL, "module" text NOT NULL, "name" text NOT NULL, "content_type" text NOT NULL, "size_bytes" bigint NOT NULL, "description" text, "state" text NOT NULL, "reason" text, "sha256" text, "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, "upload_expires_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, "claim" uuid, "claimed_until" TIMESTAMP(3) WITH TIME ZONE, "deleted_at" TIMESTAMP(3) WITH TIME ZONE, "tenant_id" uuid NOT NULL DEFAULT uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+'))), CONSTRAINT "PK_e3431afe5695622818237c9deab" PRIMARY KEY ("id"))`,
    );
    await queryRunner.query(
      `CREATE INDEX "IDX_c4eab5f23c4e73c9ea9e68fcce" ON "tenant_files"  ("tenant_id", "created_at", "id") `,
    );
    await queryRunner.query(
      `CREATE INDEX "IDX_679e49e57d84a0522c567d8e9a" ON "tenant_files"  ("tenant_id") `,
    );
    await queryRunner.query(
      `CREATE TABLE "documents" ("id" uuid NOT NULL DEFAULT gen_random_uuid(), "title" text NOT NULL, "file_id" uuid NOT NULL, "created_by" text, "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), "tenant_id" uuid NOT NULL DEFAULT uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+'))), CONSTRAINT "UQ_6943a9e5b09d822b995707d198a" UNIQUE ("tenant_id", "file_id"), CONSTRAINT "PK_ac51aa5181ee2036f5ca482857c" PRIMARY KEY ("id"))`,
    );
    await queryRunner.query(`CREATE INDEX "IDX_5109a94ccfd3f39bf4a7a1e1fa" ON "documents"  ("tenant_id") `);
    await queryRunner.query(`create policy "rowhouse_tenant" on "tenant_files" for all to public
        using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))
        with check (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`);
    await queryRunner.query(`create policy "rowhouse_system" on "tenant_files" for all to "rowhouse_system"
        using (true)
        with check (true)`);
    await queryRunner.query(`alter table "tenant_files" enable row level security, force row level security`);
    await queryRunner.query(`create policy "rowhouse_tenant" on "documents" for all to public
        using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))
        with check (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`);
    await queryRunner.query(`create policy "rowhouse_system" on "documents" for all to "rowhouse_system"
        using (true)
        with check (true)`);
    await queryRunner.query(`alter table "documents" enable row level security, force row level security`);

    // Where many tenants share these tables, each row belongs to a tenant of the catalog.
    // A run for one tenant, in its own schema or database, needs no such key.
    const [{ catalog }] = await queryRunner.query(
      `select case when nullif(current_setting('rowhouse.tenant_id', true), '') is null
                   then to_regclass('rowhouse.tenants') end as catalog`,
    );
    if (catalog) {
      await queryRunner.query(
        `alter table "tenant_files" add constraint "rowhouse_tenant" foreign key ("tenant_id") references rowhouse.tenants (id) on delete restrict`,
      );
      await queryRunner.query(
        `alter table "documents" add constraint "rowhouse_tenant" foreign key ("tenant_id") references rowhouse.tenants (id) on delete restrict`,
      );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `alter table "documents" no force row level security, disable row level security`,
    );
    await queryRunner.query(`drop policy "rowhouse_system" on "documents"`);
    await queryRunner.query(`drop policy "rowhouse_tenant" on "documents"`);
    await queryRunner.query(`alter table "documents" drop constraint if exists "rowhouse_tenant"`);
    await queryRunner.query(
      `alter table "tenant_files" no force row level security, disable row level security`,
    );
    await queryRunner.query(`drop policy "rowhouse_system" on "tenant_files"`);
    await queryRunner.query(`drop policy "rowhouse_tenant" on "tenant_files"`);
    await queryRunner.query(`alter table "tenant_files" drop constraint if exists "rowhouse_tenant"`);
    await queryRunner.query(`DROP INDEX "IDX_5109a94ccfd3f39bf4a7a1e1fa"`);
    await queryRunner.query(`DROP TABLE "documents"`);
    await queryRunner.query(`DROP INDEX "IDX_679e49e57d84a0522c567d8e9a"`);
    await queryRunner.query(`DROP INDEX "IDX_c4eab5f23c4e73c9ea9e68fcce"`);
    await queryRunner.query(`DROP TABLE "tenant_files"`);
  }
}
