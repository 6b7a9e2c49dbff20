import type { MigrationInterface, QueryRunner } from 'typeorm';
import { COUNTRIES } from '../../countries/countries.js';

/** Reference data, in `public` for all tenants of a database; a tenant with a database has its own. */
export class Countries1756999900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'create table if not exists public.countries (code char(2) primary key, name varchar not null)',
    );
    await runner.query(
      'insert into public.countries select * from unnest($1::text[], $2::text[]) on conflict do nothing',
      [Object.keys(COUNTRIES), Object.values(COUNTRIES)],
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table public.countries');
  }
}
