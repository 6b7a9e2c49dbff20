/** @suite postgres15 */
import {
  Check,
  Column,
  Entity,
  Exclusion,
  Index,
  ManyToOne,
  type MigrationInterface,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
} from 'typeorm';
import { type Deployment, openDeployment } from '../deployment.fixture.js';
import { type Entities, releasesOf } from './releases.fixture.js';

let deployment: Deployment;
const { generateTwice } = releasesOf(() => deployment);

beforeAll(async () => {
  deployment = await openDeployment();
});
afterAll(() => deployment.close());

type Decorate = ClassDecorator | undefined;

function rooms(decorate: Decorate, reference: object): Entities {
  @Entity('houses')
  class House {
    @PrimaryGeneratedColumn() id!: number;
  }
  @Entity('rooms')
  class Room {
    @PrimaryGeneratedColumn() id!: number;
    @Column('int') number!: number;
    @Column('text') floor!: string;
    @Column('int4range', { nullable: true }) span!: string;
    @ManyToOne(() => House, reference as object) house!: Relation<House>;
  }
  decorate?.(Room);
  return [House, Room];
}

describe('what the entities define otherwise under the same name', () => {
  it.each<[string, Decorate, Decorate, RegExp]>([
    ['a check', Check('same', 'number > 0'), Check('same', 'number > 1'), /ADD CONSTRAINT "same" CHECK/],
    [
      'an exclusion',
      Exclusion('same', 'USING gist (span WITH &&)'),
      Exclusion('same', 'USING gist (span WITH =)'),
      /ADD CONSTRAINT "same" EXCLUDE/,
    ],
    [
      'the condition of an index',
      Index('same', ['number'], { where: 'number > 0' }),
      Index('same', ['number'], { where: 'number > 1' }),
      /CREATE INDEX "same".+> 1/,
    ],
    [
      'the order of an index',
      Index('same', ['number', 'floor']),
      Index('same', ['floor', 'number']),
      /CREATE INDEX "same"/,
    ],
    [
      'when a unique constraint is checked',
      Unique('same', ['number', 'floor']),
      Unique('same', ['number', 'floor'], { deferrable: 'INITIALLY DEFERRED' }),
      /ADD CONSTRAINT "same" UNIQUE .+ DEFERRABLE/,
    ],
  ])('is made anew: %s', async (_, before, after, text) => {
    const migrations: MigrationInterface[] = [];
    await generateTwice(rooms(before, {}), migrations);
    const { first, rest } = await generateTwice(rooms(after, {}), migrations);
    expect(first?.up).toHaveLength(2);
    expect(first?.up.at(-1)?.text).toMatch(text);
    expect(first?.downError).toBeUndefined();
    expect(rest).toBeUndefined();
  });

  it.each<[object, object]>([
    [{ onDelete: 'CASCADE' }, {}],
    [{}, { onUpdate: 'CASCADE' }],
    [{}, { deferrable: 'INITIALLY DEFERRED' }],
    [{ deferrable: 'INITIALLY IMMEDIATE' }, {}],
  ])('is made anew: a foreign key with %j that becomes one with %j', async (before, after) => {
    const migrations: MigrationInterface[] = [];
    await generateTwice(rooms(undefined, before), migrations);
    const { first, rest } = await generateTwice(rooms(undefined, after), migrations);
    expect(first?.up.map(({ text }) => text)).toEqual([
      expect.stringMatching(/DROP CONSTRAINT/),
      expect.stringMatching(/ADD CONSTRAINT .+ FOREIGN KEY/),
    ]);
    expect(first?.downError).toBeUndefined();
    expect(rest).toBeUndefined();
  });

  it('keeps what decorators cannot say of an index', async () => {
    const byHand: MigrationInterface = {
      name: 'ByHand1757000000002',
      async up(runner) {
        await runner.query('create index same on rooms (number desc nulls last)');
      },
      async down() {},
    };
    const migrations: MigrationInterface[] = [];
    await generateTwice(rooms(undefined, {}), migrations);
    const { first } = await generateTwice(rooms(Index('same', ['number']), {}), [...migrations, byHand]);
    expect(first).toBeUndefined();
  });
});
