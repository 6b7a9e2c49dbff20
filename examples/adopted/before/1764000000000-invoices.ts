import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As TypeORM's `migration:generate` writes it. */
export class Invoices1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TYPE "public"."invoice_status" AS ENUM('open', 'paid')`);
    await runner.query(
      `CREATE TABLE "invoices" ("id" SERIAL PRIMARY KEY, "customer" character varying NOT NULL, "amount_cents" integer NOT NULL, "status" "public"."invoice_status" NOT NULL DEFAULT 'open')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "invoices"`);
    await runner.query(`DROP TYPE "public"."invoice_status"`);
  }
}
