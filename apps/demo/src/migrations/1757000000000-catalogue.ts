import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Names no schema, so it makes the tables of whichever tenant it runs for; `countries` is found in `public`. */
export class Catalogue1757000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table products (
        id          uuid primary key default gen_random_uuid(),
        sku         varchar not null,
        name        varchar not null,
        description varchar not null default '',
        price_cents integer not null check (price_cents >= 0),
        stock       integer not null default 0 check (stock >= 0),
        created_at  timestamptz not null default now()
      )`);
    await runner.query(`
      create table customers (
        id           uuid primary key default gen_random_uuid(),
        name         varchar not null,
        email        varchar not null,
        country_code char(2) not null references countries (code)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table customers');
    await runner.query('drop table products');
  }
}
