/** @suite browser */
import { AdminPages, screenshot } from './admin-pages.fixture.js';

let pages: AdminPages;

beforeAll(async () => {
  pages = await AdminPages.open();
  await pages.tenant({ slug: 'acme' });
}, 120_000);
afterEach(async () => expect(await pages.closeVisits()).toEqual([]));
afterAll(() => pages?.close());

const visit: AdminPages['visit'] = (...request) => pages.visit(...request);

it('lets an operator sign in, and keeps the token out of the URL', async () => {
  const { page, complaints } = await visit('/tenants', { role: 'nobody' });
  await page.getByLabel(/^Token/).fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('does not accept this token').waitFor();
  await screenshot(page, 'sign-in-refused');
  // The browser notes each answer of this kind.
  expect(complaints.splice(0)).toEqual([expect.stringContaining('401')]);
  await page.getByLabel(/^Token/).fill('operator');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'acme' }).waitFor();
  expect(page.url()).not.toContain('operator');
  await page.reload();
  await page.getByRole('link', { name: 'acme' }).waitFor();
});

it('asks for a new token over the page, and keeps what was typed', async () => {
  const { page, complaints } = await visit('/create');
  await page.getByLabel('Slug').fill('typed');
  await page.route('**/admin/tenants', async (route) => {
    const headers = { ...route.request().headers(), authorization: 'Bearer expired' };
    await route.continue({ headers });
  });
  await page.getByRole('button', { name: 'Create tenant' }).click();
  await page.getByRole('heading', { name: 'Sign in again' }).waitFor();
  await screenshot(page, 'sign-in-again');
  await page.unrouteAll();
  await page.getByLabel(/^Token/).fill('operator');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  expect(await page.getByLabel('Slug').inputValue()).toBe('typed');
  expect(complaints.splice(0)).toEqual([expect.stringContaining('401')]);
});
