/** @suite browser */
import { Fleet } from '@rowhouse/migrations';
import { PRETENDED_WORKERS, PretendedWorkers } from '../../libs/admin/src/workers/workers.fixture.js';
import { AdminPages, screenshot, seriousFindings } from './admin-pages.fixture.js';

const [ONE, TWO] = PRETENDED_WORKERS;

let pages: AdminPages;

beforeAll(async () => {
  pages = await AdminPages.open();
  for (const slug of ['acme', 'globex']) await pages.tenant({ slug });
}, 120_000);
afterEach(async () => expect(await pages.closeVisits()).toEqual([]));
afterAll(() => pages?.close());

it('shows nothing of workers without Citus', async () => {
  const { page } = await pages.visit('/tenants');
  await page.getByRole('link', { name: 'acme' }).waitFor();
  expect(await page.getByRole('link', { name: 'Workers' }).count()).toBe(0);
  expect(await page.getByRole('columnheader', { name: 'Worker' }).count()).toBe(0);
  await page.getByRole('link', { name: 'acme' }).click();
  await page.getByRole('rowheader', { name: 'Placement' }).waitFor();
  expect(await page.getByRole('rowheader', { name: 'Worker' }).count()).toBe(0);
});

it('shows the worker of each tenant on Citus, moves one while its progress is shown, and evens them out', async () => {
  const workers = new PretendedWorkers(pages.app.app.get(Fleet));
  const { page } = await pages.visit('/tenants', { role: 'operator' });
  await page.getByRole('row', { name: new RegExp(`acme.*${ONE}`) }).waitFor();
  await screenshot(page, 'tenants-workers');
  await page.getByRole('link', { name: 'acme' }).click();
  await page.getByRole('row', { name: new RegExp(`Worker ${ONE}`) }).waitFor();
  const release = workers.hold();
  await page.getByRole('button', { name: 'Move to worker' }).click();
  const form = page.getByRole('dialog', { name: 'Move acme to another worker' });
  await screenshot(page, 'worker-choice');
  await form.getByRole('button', { name: 'Move', exact: true }).click();
  await page.getByText(/2 MB of 8 MB · products/).waitFor();
  await screenshot(page, 'worker-moving');
  release();
  await page.getByRole('row', { name: new RegExp(`Worker ${TWO}`) }).waitFor();
  await page.getByRole('link', { name: 'Workers' }).click();
  const table = page.getByRole('table', { name: 'Workers' });
  await table.getByRole('row', { name: new RegExp(`${TWO} 1 8 MB`) }).waitFor();
  await page.getByRole('row', { name: new RegExp(`globex ${ONE} ${TWO} 8 MB`) }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await screenshot(page, 'workers');
  await page.getByRole('button', { name: 'Rebalance' }).click();
  await page
    .getByRole('dialog', { name: 'Rebalance: 1 tenant' })
    .getByRole('button', { name: 'Rebalance' })
    .click();
  await page.getByText('None: the workers hold about the same.').waitFor();
  await table.getByRole('row', { name: new RegExp(`${TWO} 2 16 MB`) }).waitFor();
});
