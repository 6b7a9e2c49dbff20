/** @suite browser */
import { readFileSync } from 'node:fs';
import { Catalog } from '@rowhouse/core';
import type { Page } from 'playwright-core';
import { until } from '../support/until.js';
import { AdminPages, screenshot, seriousFindings } from './admin-pages.fixture.js';

/** More rows than a screen has. */
const MANY = 300;
/** How many the page asks for at the same time. */
const AT_ONCE = 4;

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

it('finds tenants by what is typed, and keeps the view in the URL', async () => {
  const { page } = await visit('/tenants');
  await page.getByRole('searchbox').fill('glo');
  await page.getByRole('link', { name: 'acme' }).waitFor({ state: 'hidden' });
  await page.getByRole('combobox', { name: 'Any isolation' }).selectOption('row');
  expect(new URL(page.url()).search).toBe('?search=glo&isolation=row');
  await page.reload();
  await page.getByRole('link', { name: 'globex' }).waitFor();
  expect(await page.getByRole('searchbox').inputValue()).toBe('glo');
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

/** Asks for something with all tenants that fit the filters of a page, and types how many those are. */
async function askForAll(page: Page, action: string, count: number) {
  await page.getByRole('button', { name: 'All that fit the filters' }).click();
  await page.getByRole('menuitem', { name: action }).click();
  const question = page.getByRole('dialog', { name: action });
  await question.getByLabel(`Type ${count} to confirm`).fill(`${count}`);
  await page.getByRole('menu').waitFor({ state: 'hidden' });
  return question;
}

it('migrates all that fit the filters when the run begins, also one that came after the question', async () => {
  const { app, call, ended } = pages.app;
  await ended(await call('POST', 'migrations/runs', { body: { direction: 'down' } }));
  const { page } = await visit('/tenants?isolation=row&sort=-name', { role: 'operator' });
  const question = await askForAll(page, 'Migrate tenants', MANY + 2);
  await question.getByText('It migrates those that fit the filters when it begins.').waitFor();
  await screenshot(page, 'tenants-bulk-filter');
  await pages.tenant({ slug: 'newcomer', isolation: 'row' });
  await question.getByRole('button', { name: 'Migrate tenants' }).click();
  await page.getByRole('heading', { name: 'migrations.run' }).waitFor();
  await page.getByText('Succeeded').first().waitFor();
  expect((await call('GET', 'tenants/acme')).body.health).toBe('ok');
  const { rows } = await app
    .get(Catalog)
    .query(
      `select pg_catalog.jsonb_array_length(input -> 'tenants') as named from rowhouse.operations where id = $1`,
      [new URL(page.url()).pathname.split('/').at(-1)],
    );
  expect(rows).toEqual([{ named: MANY + 3 }]);
});

it('says so where no tenant fits the filters any more when the run begins', async () => {
  await pages.tenant({ slug: 'leaving', isolation: 'row' });
  const { page, complaints } = await visit('/tenants?search=leaving', { role: 'operator' });
  const question = await askForAll(page, 'Migrate tenants', 1);
  await pages.app.call('DELETE', 'tenants/leaving?retentionDays=0');
  const purge = { confirm: 'leaving' };
  await pages.app.ended(await pages.app.call('POST', 'tenants/leaving/purge', { body: purge }));
  await question.getByRole('button', { name: 'Migrate tenants' }).click();
  await question.getByRole('alert').getByText('expected to fit a tenant; it fits none').waitFor();
  expect(complaints.splice(0)).toEqual([expect.stringContaining('400')]);
});

it('leaves the rest as they were when it is stopped, and finishes what is under way', async () => {
  const { page } = await visit('/tenants?search=many', { role: 'operator' });
  const underWay: (() => void)[] = [];
  await page.route('**/activate', async (route) => {
    await new Promise<void>((resolve) => underWay.push(resolve));
    await route.continue();
  });
  const question = await askForAll(page, 'Activate tenants', MANY);
  await question.getByRole('button', { name: 'Activate tenants' }).click();
  await until(() => underWay.length === AT_ONCE);
  await page.getByRole('button', { name: 'Stop the rest' }).click();
  await screenshot(page, 'tenants-bulk-stopping');
  for (const goOn of underWay) goOn();
  await page
    .getByText(`${AT_ONCE} done, 0 refused, ${MANY - AT_ONCE} left as they were`, { exact: true })
    .waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the report (CSV)' }).click();
  const report = readFileSync(await (await download).path(), 'utf8');
  expect(report.match(/"left"/g)).toHaveLength(MANY - AT_ONCE);
  const { body } = await pages.app.call('GET', 'tenants?search=many&status=active');
  expect(body.items).toHaveLength(AT_ONCE);
  expect(underWay).toHaveLength(AT_ONCE);
});

it('offers a viewer nothing to choose', async () => {
  const { page } = await visit('/tenants', { role: 'viewer' });
  await page.getByRole('link', { name: 'acme' }).waitFor();
  expect(await page.getByRole('checkbox').count()).toBe(0);
});
