/** @suite browser */
import { Fleet } from '@rowhouse/migrations';
import { DataSourceRegistry } from '@rowhouse/nestjs';
import { until } from '../support/until.js';
import { AdminPages, screenshot } from './admin-pages.fixture.js';

let pages: AdminPages;

beforeAll(async () => {
  pages = await AdminPages.open();
}, 120_000);
afterEach(async () => expect(await pages.closeVisits()).toEqual([]));
afterAll(() => pages?.close());

const visit: AdminPages['visit'] = (...request) => pages.visit(...request);

async function query(slug: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const { app } = pages.app;
  const tenant = await app.get(Fleet).tenants.find(slug);
  return app.get(DataSourceRegistry).for(tenant).query(text);
}

const productsOf = async (slug: string) =>
  (await query(slug, 'select name from products order by id')).map(({ name }) => name);

/** A tenant with products. */
async function tenantWith(slug: string, ...names: readonly string[]): Promise<void> {
  await pages.tenant({ slug });
  for (const name of names) await query(slug, `insert into products (name) values ('${name}')`);
}

it('backs a tenant up, proves the backup, and restores it beside the tenant', async () => {
  await tenantWith('bakery', 'bread', 'cake');
  const { page } = await visit('/tenants/bakery/backups', { role: 'operator' });
  await page.getByRole('button', { name: 'Back up now' }).click();
  await page
    .getByRole('dialog', { name: 'Back up now: bakery' })
    .getByRole('button', { name: 'Back up now' })
    .click();
  const begun = page.getByRole('region', { name: 'Begun here' });
  await begun.getByText('Succeeded').waitFor();
  const row = page.getByRole('table', { name: 'All backups' }).getByRole('row', { name: /2 rows/ });
  await row.getByText('Not proven').waitFor();
  await row.getByRole('button', { name: 'Prove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Prove' }).click();
  await begun.getByRole('link', { name: 'backup.prove' }).waitFor();
  await row.getByText('Not proven').waitFor({ state: 'hidden' });
  await screenshot(page, 'backups-proven');
  await query('bakery', 'delete from products');
  await row.getByRole('button', { name: 'Restore' }).click();
  const question = page.getByRole('dialog', { name: /^Restore: bakery/ });
  await question.getByLabel('Slug of the new tenant').fill('bakery-before');
  await screenshot(page, 'backups-restore');
  await question.getByRole('button', { name: 'Restore' }).click();
  await page.getByText('The tenant bakery-before is there.').waitFor();
  await screenshot(page, 'backups-restored');
  expect(await productsOf('bakery-before')).toEqual(['bread', 'cake']);
  expect((await pages.app.call('GET', 'tenants/bakery-before')).body.status).toBe('suspended');
  await page.reload();
  await page.getByText('The tenant bakery-before is there.').waitFor();
});

it('starts a journal, and rewinds a tenant to a moment of it', async () => {
  await tenantWith('grocery', 'apples');
  const { page } = await visit('/tenants/grocery/backups');
  await page.getByText('There is neither a backup nor a journal').waitFor();
  expect(await page.getByLabel('A moment of grocery').isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Start the journal' }).click();
  const question = page.getByRole('dialog', { name: 'Start the journal: grocery' });
  await question.getByText('the journal grows until it is pruned').waitFor();
  await question.getByRole('button', { name: 'Start the journal' }).click();
  await page.getByText(/^On since/).waitFor();
  const moment = page.getByLabel('A moment of grocery');
  // A moment is past when a second of the clock has ended.
  const at = new Date(Math.ceil(Date.now() / 1_000) * 1_000);
  await until(() => Date.now() > at.getTime());
  await query('grocery', 'delete from products');
  await moment.fill(at.toISOString().slice(0, 19));
  await page.getByText('By the journal: exactly as it was').waitFor();
  await screenshot(page, 'backups-moment');
  await page.getByRole('button', { name: 'Rewind' }).click();
  await page.getByRole('dialog').getByLabel('Slug of the new tenant').fill('grocery-then');
  await page.getByRole('dialog').getByRole('button', { name: 'Rewind' }).click();
  await page.getByText('The tenant grocery-then is there.').waitFor();
  expect(await productsOf('grocery-then')).toEqual(['apples']);
});

it('shows how the backups of all tenants stand, what failed first', async () => {
  await tenantWith('fragile', 'glass');
  await pages.app.ended(await pages.app.call('POST', 'tenants/fragile/backups'));
  const { page } = await visit('/backups', { role: 'viewer' });
  const table = page.getByRole('table', { name: 'How tenants stand' });
  await table.getByRole('link', { name: 'fragile' }).waitFor();
  await screenshot(page, 'backups-all');
  expect(
    await page
      .getByRole('main')
      .getByRole('button', { name: /restore|prove|delete/i })
      .count(),
  ).toBe(0);
});

it('shows which rows differ before they are taken back, takes some back, and undoes that', async () => {
  await tenantWith('deli', 'ham', 'brie', 'olives');
  await pages.app.ended(
    await pages.app.call('POST', 'tenants/deli/clones', { body: { slug: 'deli-then', unmasked: true } }),
  );
  await query('deli', "delete from products where name = 'ham'");
  await query('deli', "update products set name = 'mould' where name = 'brie'");
  await query('deli', "insert into products (name) values ('tuna')");
  const { page } = await visit('/tenants/deli/compare', { role: 'operator' });
  await page.getByRole('combobox', { name: 'Compare deli with' }).fill('deli-then');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  const tables = page.getByRole('table', { name: 'Tables that differ' });
  await tables.getByRole('row', { name: /products 1 1 1/ }).waitFor();
  await page.getByText('Choose tables or rows to take back.').waitFor();
  await page.getByRole('button', { name: 'Show rows' }).click();
  const rows = page.getByRole('table', { name: 'Rows of products that differ' });
  await rows.getByRole('row', { name: /2 Changed name: mould name: brie/ }).waitFor();
  await rows.getByLabel('Choose the row 1 of products').check();
  await screenshot(page, 'compare-rows');
  await page.getByRole('button', { name: 'Take back', exact: true }).click();
  const question = page.getByRole('dialog', { name: 'Take back: deli-then → deli' });
  await question.getByText('In deli: 1 row.').waitFor();
  await question.getByRole('button', { name: 'Take back' }).click();
  const changed = page.getByRole('table', { name: 'What was changed' });
  await changed.getByRole('row', { name: 'products 1 0 0' }).waitFor();
  await tables.getByRole('row', { name: /products 0 1 1/ }).waitFor();
  await screenshot(page, 'compare-taken');
  expect(await productsOf('deli')).toEqual(['ham', 'mould', 'olives', 'tuna']);
  await page.getByRole('button', { name: 'Undo the last take back' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo the last take back' }).click();
  await tables.getByRole('row', { name: /products 1 1 1/ }).waitFor();
  expect(await productsOf('deli')).toEqual(['mould', 'olives', 'tuna']);
  await page.getByLabel('Choose all tables').check();
  await page.getByRole('button', { name: 'Take back', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await page.getByText('deli and deli-then have the same rows.').waitFor();
  expect(await productsOf('deli')).toEqual(['ham', 'brie', 'olives']);
});

it('exports a tenant, downloads the archive by a link, and uploads it as another tenant', async () => {
  await tenantWith('florist', 'roses', 'tulips');
  const { page } = await visit('/tenants/florist/transfers', { role: 'operator', acceptDownloads: true });
  await page.getByRole('button', { name: 'Export' }).click();
  const question = page.getByRole('dialog', { name: 'Export: florist' });
  await question.getByLabel('Members').check();
  await screenshot(page, 'transfers-export');
  await question.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('region', { name: 'Begun here' }).getByText('Succeeded').waitFor();
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('button', { name: 'Make a link' }).click();
  await page.getByText(/^Whoever has this link/).waitFor();
  await screenshot(page, 'transfers-link');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: /^Download/ }).click(),
  ]);
  const path = await download.path();
  const { page: imports } = await visit('/transfers', { role: 'operator' });
  await imports.locator('input[type=file]').setInputFiles(path);
  await imports.getByRole('button', { name: 'Upload', exact: true }).click();
  await imports.getByLabel('Slug of the new tenant').fill('florist-two');
  await imports.getByRole('button', { name: 'Import as a tenant' }).click();
  await imports.getByRole('dialog').getByRole('button', { name: 'Import as a tenant' }).click();
  await imports.getByText('The tenant florist-two is there.').waitFor();
  await screenshot(imports, 'transfers-uploaded');
  expect(await productsOf('florist-two')).toEqual(['roses', 'tulips']);
  await imports.getByRole('button', { name: 'Remove archive' }).first().click();
  await imports.getByRole('dialog').getByRole('button', { name: 'Remove archive' }).click();
  await imports.getByRole('dialog').waitFor({ state: 'hidden' });
  expect((await pages.app.call('GET', 'exports')).body.items).toEqual([]);
});

it('imports an archive that is kept into a tenant that is there, as the policy for conflicts says', async () => {
  await tenantWith('butcher', 'veal');
  await tenantWith('grill', 'steak');
  const { result } = await pages.app.ended(
    await pages.app.call('POST', 'tenants/butcher/exports', { body: {} }),
  );
  const { page } = await visit(`/transfers?export=${result.exportId}`, { role: 'operator' });
  await page.getByText('A tenant that is there', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Tenant that gets the rows' }).fill('grill');
  await page.keyboard.press('Escape');
  const policy = page.getByLabel('Where a row there has the same key');
  expect(await policy.locator('option').allTextContents()).toEqual(['Stop', 'Skip', 'New keys']);
  await policy.selectOption('remap');
  await page.getByRole('button', { name: 'Count only' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Count only' }).click();
  await page.getByText('Rows that would be written: 1. Nothing was changed.').waitFor();
  expect(await productsOf('grill')).toEqual(['steak']);
  await page.getByRole('button', { name: 'Import rows' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Import rows' }).click();
  await page.getByText('Rows written: 1').waitFor();
  await screenshot(page, 'transfers-imported');
  expect(await productsOf('grill')).toEqual(['steak', 'veal']);
});

it('clones a tenant with masks, and copies and moves rows to another', async () => {
  await tenantWith('cafe', 'espresso', 'mocha');
  await pages.tenant({ slug: 'kiosk' });
  const { page } = await visit('/tenants/cafe/transfers');
  await page.getByLabel('Slug of the clone').fill('cafe-staging');
  expect(await page.getByLabel('Masks').inputValue()).toBe('staging');
  await page.getByLabel('Days until it is removed').fill('7');
  await page.getByRole('button', { name: 'Clone' }).click();
  const question = page.getByRole('dialog', { name: 'Clone: cafe → cafe-staging' });
  await question.getByText('goes through the masks staging').waitFor();
  await question.getByRole('button', { name: 'Clone' }).click();
  await page.getByText('The tenant cafe-staging is there.').waitFor();
  await screenshot(page, 'transfers-cloned');
  expect(await productsOf('cafe-staging')).not.toContain('espresso');
  await page.getByRole('combobox', { name: 'To which tenant rows of cafe go' }).fill('kiosk');
  await page.keyboard.press('Escape');
  await page.getByLabel('products').check();
  await page.getByRole('button', { name: 'Copy rows' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Copy rows' }).click();
  await page.getByText('Rows written: 2').waitFor();
  expect(await productsOf('kiosk')).toEqual(['espresso', 'mocha']);
  await page.getByRole('button', { name: 'Move rows' }).click();
  const move = page.getByRole('dialog', { name: 'Move rows: cafe → kiosk' });
  await move.getByLabel('Type cafe to confirm').fill('cafe');
  await screenshot(page, 'transfers-move');
  await move.getByRole('button', { name: 'Move rows' }).click();
  await page.getByRole('link', { name: 'move' }).waitFor();
  await page.getByRole('region', { name: 'Begun here' }).getByText('Succeeded').waitFor();
  expect(await productsOf('cafe')).toEqual([]);
});

it('says how backups and transfers are declared where a deployment has none', async () => {
  await tenantWith('plain');
  const { page, complaints } = await visit('/tenants/plain/backups');
  await page.getByRole('heading', { name: 'Backups' }).waitFor();
  const choices = { include: [], masks: [], identities: [], maxUploadBytes: 1, hasBackups: false };
  await page.route('**/admin/transfers', (route) => route.fulfill({ json: choices }));
  await page.reload();
  await page.getByText('This deployment declares no backups.').waitFor();
  await page.getByText("backups: { storage: '/var/backups/app', schedule: '0 3 * * *' },").waitFor();
  await screenshot(page, 'backups-undeclared');
  await page.unrouteAll();
  const problem = { status: 404, code: 'NOT_FOUND', detail: 'There is no such route.' };
  await page.route('**/admin/transfers', (route) => route.fulfill({ status: 404, json: problem }));
  await page.getByRole('link', { name: 'Transfers', exact: true }).click();
  await page.reload();
  await page.getByText('This deployment declares no transfers.').waitFor();
  await page.getByText("transfers: { folder: '/var/lib/rowhouse/archives' },").waitFor();
  expect(complaints.splice(0)).toEqual([expect.stringContaining('404')]);
});
