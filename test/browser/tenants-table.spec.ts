/** @suite browser */
import { readFileSync } from 'node:fs';
import { Catalog } from '@rowhouse/core';
import { AdminPages, screenshot, seriousFindings } from './admin-pages.fixture.js';

/** More rows than a screen has. */
const MANY = 300;

let pages: AdminPages;

beforeAll(async () => {
  pages = await AdminPages.open();
  await pages.tenant({ slug: 'acme', name: 'Acme Ltd', isolation: 'row' });
  await pages.tenant({ slug: 'globex', name: 'Globex', isolation: 'row' });
  await pages.app.call('POST', 'tenants/globex/suspend');
  // Entries of the catalog are enough for a table.
  await pages.app.app.get(Catalog).query(
    `insert into rowhouse.tenants (id, slug, name, status, isolation, placement, plan)
     select gen_random_uuid(), 'many-' || lpad(n::text, 5, '0'), 'Shop ' || n, 'archived', 'row', placement, plan
       from generate_series(1, ${MANY}) n, rowhouse.tenants where slug = 'acme'`,
  );
}, 120_000);
afterEach(async () => expect(await pages.closeVisits()).toEqual([]));
afterAll(() => pages?.close());

const visit: AdminPages['visit'] = (...request) => pages.visit(...request);

it('loads further rows while one scrolls, and has only those in sight', async () => {
  const { page } = await visit('/tenants');
  await page.getByRole('link', { name: 'acme' }).waitFor();
  const end = page.getByRole('link', { name: `many-${String(MANY).padStart(5, '0')}` });
  while (!(await end.isVisible())) await page.mouse.wheel(0, 4_000);
  expect(await page.getByRole('row').count()).toBeLessThan(60);
});

it('keeps the choice of columns in the URL, and views under names', async () => {
  const { page } = await visit('/tenants?search=glo');
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByLabel('Plan').click();
  await page.getByLabel('Last migration').click();
  await screenshot(page, 'tenants-columns');
  await page.keyboard.press('Escape');
  await page.getByRole('columnheader', { name: 'Last migration' }).waitFor();
  expect(await page.getByRole('columnheader', { name: 'Plan' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByLabel('Name of this view').fill('Of Globex');
  await page.getByRole('button', { name: 'Save' }).click();
  await screenshot(page, 'tenants-views');
  await page.goto(`${pages.app.url}/ui/tenants`);
  await page.getByRole('link', { name: 'acme' }).waitFor();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('button', { name: 'Of Globex', exact: true }).click();
  await page.getByRole('columnheader', { name: 'Last migration' }).waitFor();
  expect(await page.getByRole('searchbox').inputValue()).toBe('glo');
  await page.getByRole('link', { name: 'acme' }).waitFor({ state: 'hidden' });
});

it('goes from row to row by keyboard', async () => {
  const { page } = await visit('/tenants');
  await page.getByRole('link', { name: 'acme' }).focus();
  await page.keyboard.press('ArrowDown');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('globex');
});

it('suspends those that are chosen when their number is typed, and reports what came of each', async () => {
  const { page, complaints } = await visit('/tenants', { role: 'operator' });
  await page.getByLabel('Choose acme').check();
  await page.getByLabel('Choose globex').check();
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Suspend tenants' }).click();
  const question = page.getByRole('dialog', { name: 'Suspend tenants' });
  const suspend = question.getByRole('button', { name: 'Suspend tenants' });
  expect(await suspend.isDisabled()).toBe(true);
  await question.getByLabel('Type 2 to confirm').fill('2');
  await page.getByRole('menu').waitFor({ state: 'hidden' });
  await screenshot(page, 'tenants-bulk');
  expect(await seriousFindings(page)).toEqual([]);
  await suspend.click();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the report (CSV)' }).click();
  const report = readFileSync(await (await download).path(), 'utf8');
  await screenshot(page, 'tenants-bulk-report');
  expect(report).toMatch(/"acme","[\w-]+","done"/);
  expect((await pages.app.call('GET', 'tenants/acme')).body.status).toBe('suspended');
  // The browser notes each answer that refuses.
  complaints.splice(0);
});

it('offers a viewer nothing to choose', async () => {
  const { page } = await visit('/tenants', { role: 'viewer' });
  await page.getByRole('link', { name: 'acme' }).waitFor();
  expect(await page.getByRole('checkbox').count()).toBe(0);
});
