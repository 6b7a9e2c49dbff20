import { jest } from '@jest/globals';
import { Catalog, PostgresTenantStore, TenantStoreUnavailableError } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { until } from '../../../../test/support/until.js';
import { MemberDirectory } from './member-directory.js';
import { Members } from './members.js';

const user = (subject: string) => ({ issuer: 'https://id.example.com', subject });
const ROLES = { roles: ['owner', 'member'], ownerRole: 'owner' };

let database: TestDatabase;
let catalog: Catalog;
let members: Members;
let tenantId: string;
let now: number;
let directory: MemberDirectory;

beforeAll(async () => {
  database = await createTestDatabase();
  catalog = new Catalog({ url: database.url });
  await catalog.migrate();
  members = new Members(catalog, ROLES);
  tenantId = (await new PostgresTenantStore({ pool: catalog }).create({ slug: 'acme' })).id;
});
afterAll(async () => {
  await catalog.close();
  await database.drop();
});
beforeEach(async () => {
  await catalog.query('truncate rowhouse.members');
  now = 0;
  directory = new MemberDirectory(catalog, { max: 3, now: () => now });
});
afterEach(() => directory.close());

const add = (subject: string) =>
  members.add(tenantId, { ...user(subject), email: `${subject}@example.com`, roles: ['member'] });

async function countingQueries<T>(work: () => Promise<T>): Promise<number> {
  const spy = jest.spyOn(catalog, 'query');
  await work();
  const { length } = spy.mock.calls.filter(([text]) => String(text).startsWith('select m.id'));
  spy.mockRestore();
  return length;
}

describe('MemberDirectory', () => {
  it('without notifications, lets nobody stay for longer than 30 seconds, nor be kept out for longer than 5', async () => {
    const { id } = await add('ada');
    expect(await directory.find(tenantId, user('ada'))).toMatchObject({ id });
    expect(await directory.find(tenantId, user('bob'))).toBeUndefined();
    await members.remove(tenantId, id);
    await add('bob');
    now = 4_999;
    expect(await directory.find(tenantId, user('bob'))).toBeUndefined();
    now = 5_000;
    expect(await directory.find(tenantId, user('bob'))).toBeDefined();
    now = 29_999;
    expect(await directory.find(tenantId, user('ada'))).toBeDefined();
    now = 30_000;
    expect(await directory.find(tenantId, user('ada'))).toBeUndefined();
  });

  it('does not prolong what it holds by use', async () => {
    const { id } = await add('ada');
    for (now = 0; now < 30_000; now += 1_000) await directory.find(tenantId, user('ada'));
    await members.remove(tenantId, id);
    expect(await directory.find(tenantId, user('ada'))).toBeUndefined();
  });

  it('hears of what was missed when the connection for notifications comes back', async () => {
    await directory.start();
    const { id } = await add('ada');
    expect(await directory.find(tenantId, user('ada'))).toBeDefined();
    await catalog.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rowhouse-listener' and datname = current_database()",
    );
    await members.remove(tenantId, id);
    await until(async () => !(await directory.find(tenantId, user('ada'))));
  });

  it('does not keep an answer that was under way when a change came in', async () => {
    const { id } = await add('ada');
    const asked = directory.find(tenantId, user('ada'));
    directory.drop(tenantId);
    await asked;
    await members.remove(tenantId, id);
    expect(await directory.find(tenantId, user('ada'))).toBeUndefined();
  });

  it('asks once for those who ask at the same time', async () => {
    await add('ada');
    const asked = await countingQueries(() =>
      Promise.all(Array.from({ length: 20 }, () => directory.find(tenantId, user('ada')))),
    );
    expect(asked).toBe(1);
  });

  it('holds no more than it may, and forgets the least recently used', async () => {
    for (const name of ['a', 'b', 'c']) await directory.find(tenantId, user(name));
    await directory.find(tenantId, user('a'));
    await directory.find(tenantId, user('d'));
    const asksFor = (name: string) => countingQueries(() => directory.find(tenantId, user(name)));
    expect(await asksFor('a')).toBe(0);
    expect(await asksFor('d')).toBe(0);
    expect(await asksFor('b')).toBe(1);
  });

  it('keeps issuers and subjects apart that read alike when joined', async () => {
    await add('ada');
    const { issuer } = user('ada');
    await directory.find(tenantId, user('ada'));
    for (const other of [
      { issuer: `${issuer}","ada`, subject: '' },
      { issuer: `${issuer}ada`, subject: '' },
      { issuer, subject: 'ada\u0000' },
    ])
      expect(await directory.find(tenantId, other)).toBeUndefined();
  });

  it('lets nobody in while the catalog does not answer, and holds nothing against them', async () => {
    await add('ada');
    const spy = jest.spyOn(catalog, 'query').mockRejectedValueOnce(new Error('down') as never);
    await expect(directory.find(tenantId, user('ada'))).rejects.toThrow(TenantStoreUnavailableError);
    spy.mockRestore();
    expect(await directory.find(tenantId, user('ada'))).toBeDefined();
  });
});
