import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Helpdesk1700000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`create type tickets_state_enum as enum ('open', 'closed')`);
    await queryRunner.query('create table agents (id serial primary key, email varchar not null unique)');
    await queryRunner.query(
      `create table tickets (
        id serial primary key,
        subject varchar not null,
        state tickets_state_enum not null default 'open',
        "openedAt" timestamptz not null default now(),
        "assigneeId" integer references agents
      )`,
    );
    await queryRunner.query(
      `create table comments (
        id serial primary key,
        text varchar not null,
        "ticketId" integer references tickets on delete cascade
      )`,
    );
    await queryRunner.query('create table activities (id serial primary key, what varchar not null)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table activities, comments, tickets, agents');
    await queryRunner.query('drop type tickets_state_enum');
  }
}
