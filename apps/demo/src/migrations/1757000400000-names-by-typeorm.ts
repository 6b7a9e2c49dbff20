import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As `rowhouse migration generate` wrote it: names that the entities give, where the tables were made by hand. */
export class NamesByTypeOrm1757000400000 implements MigrationInterface {
  name = 'NamesByTypeOrm1757000400000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "customers" DROP CONSTRAINT "customers_country_code_fkey"`);
    await queryRunner.query(`ALTER TABLE "order_lines" DROP CONSTRAINT "order_lines_order_id_fkey"`);
    await queryRunner.query(`ALTER TABLE "order_lines" DROP CONSTRAINT "order_lines_product_id_fkey"`);
    await queryRunner.query(`ALTER TABLE "orders" DROP CONSTRAINT "orders_customer_id_fkey"`);
    await queryRunner.query(`DROP INDEX "customers_tenant_id_idx"`);
    await queryRunner.query(`DROP INDEX "products_tenant_id_idx"`);
    await queryRunner.query(`DROP INDEX "order_lines_tenant_id_idx"`);
    await queryRunner.query(`DROP INDEX "orders_tenant_id_idx"`);
    await queryRunner.query(`ALTER TABLE "customers" DROP CONSTRAINT "customers_email_key"`);
    await queryRunner.query(`ALTER TABLE "products" DROP CONSTRAINT "products_sku_key"`);
    await queryRunner.query(`ALTER TABLE "orders" DROP CONSTRAINT "orders_number_key"`);
    await queryRunner.query(`CREATE INDEX "IDX_97913f35ac2e435a4463fb50a0" ON "customers"  ("tenant_id") `);
    await queryRunner.query(`CREATE INDEX "IDX_9c365ebf78f0e8a6d9e4827ea7" ON "products"  ("tenant_id") `);
    await queryRunner.query(`CREATE INDEX "IDX_4e81d71c9f223de74ba25df221" ON "order_lines"  ("tenant_id") `);
    await queryRunner.query(`CREATE INDEX "IDX_527dd6efd5f3402f729c6b3e82" ON "orders"  ("tenant_id") `);
    await queryRunner.query(
      `ALTER TABLE "customers" ADD CONSTRAINT "UQ_f0f24702e9c3ce808ff5dbb6a9b" UNIQUE ("tenant_id", "email")`,
    );
    await queryRunner.query(
      `ALTER TABLE "products" ADD CONSTRAINT "UQ_a4c7f7b62f3a50d5b71720ef03f" UNIQUE ("tenant_id", "sku")`,
    );
    await queryRunner.query(
      `ALTER TABLE "orders" ADD CONSTRAINT "UQ_9a7fc95827448ad9f528fce8350" UNIQUE ("tenant_id", "number")`,
    );
    await queryRunner.query(
      `ALTER TABLE "customers" ADD CONSTRAINT "FK_56a8ec9f051efdc4910f4c74b16" FOREIGN KEY ("country_code") REFERENCES "public"."countries"("code") ON DELETE NO ACTION ON UPDATE NO ACTION`,
    );
    await queryRunner.query(
      `ALTER TABLE "order_lines" ADD CONSTRAINT "FK_6a619803439ea92778cafc8fb54" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
    );
    await queryRunner.query(
      `ALTER TABLE "order_lines" ADD CONSTRAINT "FK_c33a737fbeb5050911ca729aaed" FOREIGN KEY ("product_id") REFERENCES "products"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`,
    );
    await queryRunner.query(
      `ALTER TABLE "orders" ADD CONSTRAINT "FK_772d0ce0473ac2ccfa26060dbe9" FOREIGN KEY ("customer_id") REFERENCES "customers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "orders" DROP CONSTRAINT "FK_772d0ce0473ac2ccfa26060dbe9"`);
    await queryRunner.query(`ALTER TABLE "order_lines" DROP CONSTRAINT "FK_c33a737fbeb5050911ca729aaed"`);
    await queryRunner.query(`ALTER TABLE "order_lines" DROP CONSTRAINT "FK_6a619803439ea92778cafc8fb54"`);
    await queryRunner.query(`ALTER TABLE "customers" DROP CONSTRAINT "FK_56a8ec9f051efdc4910f4c74b16"`);
    await queryRunner.query(`ALTER TABLE "orders" DROP CONSTRAINT "UQ_9a7fc95827448ad9f528fce8350"`);
    await queryRunner.query(`ALTER TABLE "products" DROP CONSTRAINT "UQ_a4c7f7b62f3a50d5b71720ef03f"`);
    await queryRunner.query(`ALTER TABLE "customers" DROP CONSTRAINT "UQ_f0f24702e9c3ce808ff5dbb6a9b"`);
    await queryRunner.query(`DROP INDEX "IDX_527dd6efd5f3402f729c6b3e82"`);
    await queryRunner.query(`DROP INDEX "IDX_4e81d71c9f223de74ba25df221"`);
    await queryRunner.query(`DROP INDEX "IDX_9c365ebf78f0e8a6d9e4827ea7"`);
    await queryRunner.query(`DROP INDEX "IDX_97913f35ac2e435a4463fb50a0"`);
    await queryRunner.query(
      `ALTER TABLE "orders" ADD CONSTRAINT "orders_number_key" UNIQUE ("number", "tenant_id")`,
    );
    await queryRunner.query(
      `ALTER TABLE "products" ADD CONSTRAINT "products_sku_key" UNIQUE ("sku", "tenant_id")`,
    );
    await queryRunner.query(
      `ALTER TABLE "customers" ADD CONSTRAINT "customers_email_key" UNIQUE ("email", "tenant_id")`,
    );
    await queryRunner.query(`CREATE INDEX "orders_tenant_id_idx" ON "orders" USING btree ("tenant_id") `);
    await queryRunner.query(
      `CREATE INDEX "order_lines_tenant_id_idx" ON "order_lines" USING btree ("tenant_id") `,
    );
    await queryRunner.query(`CREATE INDEX "products_tenant_id_idx" ON "products" USING btree ("tenant_id") `);
    await queryRunner.query(
      `CREATE INDEX "customers_tenant_id_idx" ON "customers" USING btree ("tenant_id") `,
    );
    await queryRunner.query(
      `ALTER TABLE "orders" ADD CONSTRAINT "orders_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`,
    );
    await queryRunner.query(
      `ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "products"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`,
    );
    await queryRunner.query(
      `ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
    );
    await queryRunner.query(
      `ALTER TABLE "customers" ADD CONSTRAINT "customers_country_code_fkey" FOREIGN KEY ("country_code") REFERENCES "public"."countries"("code") ON DELETE NO ACTION ON UPDATE NO ACTION`,
    );
  }
}
