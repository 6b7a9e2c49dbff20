import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Notes1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'create table notes (id serial primary key, text varchar not null, created_at timestamptz not null default now())',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table notes');
  }
}
