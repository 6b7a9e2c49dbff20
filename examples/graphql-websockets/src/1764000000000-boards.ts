import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Names no schema: it makes the tables of whichever team it runs for. */
export class Boards1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table cards (
      id serial primary key, title text not null, "column" text not null default 'todo')`);
    await runner.query(`create table comments (
      id serial primary key, card_id integer not null references cards (id), text text not null)`);
    await runner.query('create index comments_card_id_idx on comments (card_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table comments');
    await runner.query('drop table cards');
  }
}
