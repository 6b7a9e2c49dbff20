/** @suite browser */
import { AdminPages, screenshot } from './admin-pages.fixture.js';

let pages: AdminPages;

beforeAll(async () => {
  pages = await AdminPages.open();
  await pages.tenant({ slug: 'globex', name: 'Globex' });
}, 120_000);
afterEach(async () => expect(await pages.closeVisits()).toEqual([]));
afterAll(() => pages?.close());

const visit: AdminPages['visit'] = (...request) => pages.visit(...request);

it('makes a tenant, shows its steps, and sends the request once', async () => {
  const { page } = await visit('/create', { role: 'operator' });
  const keys: (string | undefined)[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') keys.push(request.headers()['idempotency-key']);
  });
  await page.getByLabel('Slug').fill('umbrella');
  await page.getByLabel('Name').fill('Umbrella');
  await page.getByLabel('Plan').selectOption('pro');
  await page.getByRole('button', { name: 'Create tenant' }).dblclick();
  await page.getByText('The tenant is in service').waitFor();
  await screenshot(page, 'created');
  await page.getByRole('link', { name: 'Open the tenant' }).click();
  await page.getByRole('heading', { name: 'Umbrella' }).waitFor();
  expect(keys).toEqual([expect.stringMatching(/^"\w+"$/)]);
});

it('shows why something was refused, and the id of the request', async () => {
  const { page, complaints } = await visit('/create');
  await page.getByLabel('Slug').fill('Not A Slug');
  await page.getByRole('button', { name: 'Create tenant' }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('REQUEST_INVALID').waitFor();
  expect(await alert.textContent()).toMatch(/slug.*Request \w{32}/);
  await screenshot(page, 'refused');
  expect(complaints.splice(0)).toEqual([expect.stringContaining('400')]);
});

it('suspends a tenant and takes it back', async () => {
  await pages.tenant({ slug: 'paused' });
  const { page } = await visit('/tenants/paused/danger', { role: 'operator' });
  await page.getByRole('button', { name: 'Suspend' }).click();
  const question = page.getByRole('dialog', { name: 'Suspend: paused' });
  await question.getByRole('button', { name: 'Suspend' }).click();
  await page.getByRole('button', { name: 'Activate' }).click();
  await page
    .getByRole('dialog', { name: 'Activate: paused' })
    .getByRole('button', { name: 'Activate' })
    .click();
  await page.getByRole('button', { name: 'Suspend' }).waitFor();
  expect((await pages.app.call('GET', 'tenants/paused')).body.status).toBe('active');
});

it('deletes and purges a tenant only when its slug is typed', async () => {
  await pages.tenant({ slug: 'doomed' });
  const { page } = await visit('/tenants/doomed/danger');
  await page.getByRole('button', { name: 'Delete tenant' }).click();
  const remove = page.getByRole('dialog').getByRole('button', { name: 'Delete tenant' });
  expect(await remove.isDisabled()).toBe(true);
  await page.getByLabel('Type doomed to confirm').fill('doome');
  expect(await remove.isDisabled()).toBe(true);
  await page.getByLabel('Type doomed to confirm').fill('doomed');
  await screenshot(page, 'delete');
  await remove.click();
  await page.getByRole('button', { name: 'Purge tenant' }).click();
  await page.getByLabel('Also when its retention has not ended yet').check();
  await page.getByLabel('Type doomed to confirm').fill('doomed');
  await page.getByRole('dialog').getByRole('button', { name: 'Purge tenant' }).click();
  await page.getByRole('heading', { name: 'tenant.purge' }).waitFor();
  await page.getByText('Succeeded').waitFor();
  await screenshot(page, 'purged');
});

it('asks which of two changes holds', async () => {
  const { page, complaints } = await visit('/tenants/globex', { role: 'operator' });
  await page.getByRole('button', { name: 'Change name or plan' }).click();
  await pages.app.call('PATCH', 'tenants/globex', { body: { name: 'Globex of theirs' } });
  await page.getByRole('textbox', { name: 'Name' }).fill('Globex of mine');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Globex of theirs, free').waitFor();
  await screenshot(page, 'conflict');
  await page.getByRole('button', { name: 'Save mine all the same' }).click();
  await page.getByRole('heading', { name: 'Globex of mine' }).waitFor();
  expect(complaints.splice(0)).toEqual([expect.stringContaining('412')]);
});
