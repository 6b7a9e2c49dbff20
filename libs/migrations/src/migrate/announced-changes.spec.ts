/** @suite postgres15 */
import type { MigrationInterface } from 'typeorm';
import { until } from '../../../../test/support/until.js';
import { type Deployment, migration, openDeployment } from '../deployment.fixture.js';
import { type Home, homeOf } from '../homes/home.js';
import { HomeMigrator } from './home-migrator.js';

/** Hears the announcement in the middle of its work. */
class Slow1757000000001 implements MigrationInterface {
  async up() {
    await until(() => heard.length === 1);
  }
  async down() {
    await until(() => heard.length === 1);
    throw new Error('cannot be undone');
  }
}

const second = migration('Second1757000000002', ['create table notes (id serial primary key)']);
const [slow, notes] = [Slow1757000000001.name, second.name] as const;
const options = { lockTimeoutMs: 5_000, useScripts: true };

let heard: string[];
let deployment: Deployment;
let migrator: HomeMigrator;

beforeAll(async () => {
  deployment = await openDeployment({ migrations: [Slow1757000000001, second] });
  migrator = new HomeMigrator(deployment.parts());
  await deployment.catalog.listen('rowhouse_tenants', {
    notified: (tenantId) => heard.push(tenantId),
    missed: () => {},
  });
});
beforeEach(() => {
  heard = [];
});
afterAll(() => deployment.close());

async function makeHome(slug: string, isolation: 'schema' | 'row' | 'database' = 'schema'): Promise<Home> {
  heard = [];
  const home = homeOf(await deployment.tenant(slug, { isolation }));
  // A tenant that is made is announced too.
  await until(() => heard.length > 0);
  heard = [];
  return home;
}

describe('A change of a home', () => {
  it.each(['schema', 'database'] as const)(
    'is announced before and after, with isolation %s',
    async (isolation) => {
      const home = await makeHome(`own-${isolation}`, isolation);
      await migrator.migrate(home, { base: [], direction: 'up', names: [slow] }, options);
      await until(() => heard.length === 2);
      expect(heard).toEqual([home.id, home.id]);
    },
  );

  it('is announced after it has failed', async () => {
    const home = await makeHome('failing');
    await migrator.migrate(home, { base: [], direction: 'up', names: [slow] }, options);
    await until(() => heard.length === 2);
    heard = [];
    const failing = migrator.migrate(home, { base: [slow], direction: 'down', names: [slow] }, options);
    await expect(failing).rejects.toThrow('cannot be undone');
    await until(() => heard.length === 2);
    expect(heard).toEqual([home.id, home.id]);
  });

  it('is announced for each home of a group', async () => {
    const homes: Home[] = [];
    for (const slug of ['a', 'b', 'c', 'd']) {
      const home = await makeHome(slug);
      await migrator.migrate(home, { base: [], direction: 'up', names: [slow] }, options);
      await until(() => heard.length === 2);
      homes.push(home);
    }
    heard = [];
    const change = { base: [slow], direction: 'up', names: [notes] } as const;
    for (const home of homes.slice(0, 2)) await migrator.migrate(home, change, options);
    await until(() => heard.length === 4);
    heard = [];
    const group = homes.slice(2);
    expect(await migrator.migrateTogether(group, change, options)).toBe(true);
    await until(() => heard.length === 4);
    const ids = group.map(({ id }) => id).sort();
    expect([heard.slice(0, 2).sort(), heard.slice(2).sort()]).toEqual([ids, ids]);
  });

  it('is announced for all tenants where they share the tables', async () => {
    const home = await makeHome('shared', 'row');
    await migrator.migrate(home, { base: [], direction: 'up', names: [slow] }, options);
    await until(() => heard.length === 2);
    expect(heard).toEqual(['', '']);
  });
});
