import { Catalog } from '@rowhouse/core';
import { AdminDeployment } from '../../admin-app.fixture.js';

let deployment: AdminDeployment;
let app: Awaited<ReturnType<AdminDeployment['start']>>;

beforeAll(async () => {
  deployment = await AdminDeployment.open();
  app = await deployment.start();
  for (const slug of ['ailing', 'bare', 'covered'])
    await app.ended(await app.call('POST', 'tenants', { body: { slug } }));
});
afterAll(() => deployment.close());

const backUp = async (slug: string) => app.ended(await app.call('POST', `tenants/${slug}/backups`));

it('lists what failed first, then tenants without a backup, page by page', async () => {
  await backUp('covered');
  const { id } = await backUp('ailing');
  await app.app.get(Catalog).query(
    `update rowhouse.backup_files f set proof_error = 'It has other rows.' from rowhouse.backups b
      where b.file_id = f.id and b.id = $1`,
    [id],
  );
  const read = async (query: string) =>
    (await app.call('GET', `backups/tenants${query}`, { role: 'viewer' })).body;
  const first = await read('?limit=2');
  expect(first.items).toMatchObject([
    { slug: 'ailing', hasFailed: true, last: { id, error: 'It has other rows.' } },
    { slug: 'bare', hasFailed: false, last: null, lastGoodAt: null },
  ]);
  expect(await read(`?limit=2&cursor=${first.next}`)).toMatchObject({
    items: [
      {
        slug: 'covered',
        hasFailed: false,
        schedule: null,
        nextAt: null,
        keep: { daily: 7, weekly: 4, monthly: 12 },
        last: { state: 'complete' },
      },
    ],
    next: null,
  });
  expect(first.items[0].last).not.toHaveProperty('key');
});

it('names what transfers can choose from, and the tables of a tenant', async () => {
  expect((await app.call('GET', 'transfers', { role: 'viewer' })).body).toMatchObject({
    include: ['settings', 'domains', 'members'],
    masks: [],
    hasBackups: true,
  });
  expect((await app.call('GET', 'tenants/covered/tables', { role: 'viewer' })).body).toEqual({
    items: [{ name: 'products', rows: expect.any(Number) }],
  });
});
