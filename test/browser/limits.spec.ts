/** @suite browser */
import { until } from '../support/until.js';
import { AdminPages, screenshot, seriousFindings } from './admin-pages.fixture.js';

let pages: AdminPages;

beforeAll(async () => {
  pages = await AdminPages.open();
  await pages.tenant({ slug: 'acme', name: 'Acme Ltd', plan: 'free' });
  await pages.tenant({ slug: 'globex', name: 'Globex', plan: 'free' });
}, 120_000);
afterEach(async () => expect(await pages.closeVisits()).toEqual([]));
afterAll(() => pages?.close());

const visit: AdminPages['visit'] = (...request) => pages.visit(...request);

const overrides = async (slug: string) =>
  (await pages.app.call('GET', `tenants/${slug}/limits`)).body.overrides;

it('overrides limits, the throttle, quotas, rates and features, and takes them back', async () => {
  const { page } = await visit('/tenants/acme/limits', { role: 'operator' });
  await page.getByLabel('limits.noisyConcurrency', { exact: true }).fill('1');
  await page.getByLabel('limits.concurrency', { exact: true }).fill('8');
  await page.getByLabel('quotas.orders', { exact: true }).fill('unlimited');
  await page.getByLabel('rates.requests', { exact: true }).fill('50/second');
  await page.getByLabel('features.exports', { exact: true }).selectOption('Yes');
  await screenshot(page, 'limits-typed');
  await page.getByRole('button', { name: 'Save limits of acme' }).dblclick();
  const back = page.getByRole('button', { name: /^Take back: / });
  await back.nth(4).waitFor();
  expect(await overrides('acme')).toEqual({
    limits: { concurrency: 8, noisyConcurrency: 1 },
    quotas: { orders: 'unlimited' },
    rates: { requests: '50/second' },
    features: { exports: true },
  });
  await screenshot(page, 'limits-overridden');
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Take back: limits.concurrency' }).click();
  await page.getByRole('button', { name: 'Take back: features.exports' }).click();
  await page.getByLabel('quotas.orders', { exact: true }).fill('');
  await page.getByRole('button', { name: 'Save limits of acme' }).click();
  // What was typed is gone when it is saved.
  const concurrency = page.getByLabel('limits.concurrency', { exact: true });
  await until(async () => (await concurrency.inputValue()) === '2');
  expect(await overrides('acme')).toEqual({
    limits: { noisyConcurrency: 1 },
    rates: { requests: '50/second' },
  });
});

it('says which value is wrong, and changes nothing', async () => {
  const { page, complaints } = await visit('/tenants/globex/limits', { role: 'operator' });
  await page.getByLabel('rates.requests', { exact: true }).fill('often');
  await page.getByLabel('limits.concurrency', { exact: true }).fill('-1');
  await page.getByRole('button', { name: 'Save limits of globex' }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('OVERRIDES_INVALID').waitFor();
  expect(await alert.textContent()).toMatch(/rates\.requests/);
  expect(await alert.textContent()).toMatch(/limits\.concurrency/);
  expect(await overrides('globex')).toEqual({});
  expect(complaints.splice(0)).toEqual([expect.stringContaining('400')]);
});

it('asks which of two changes holds', async () => {
  const { page, complaints } = await visit('/tenants/globex/limits', { role: 'operator' });
  await page.getByLabel('quotas.orders', { exact: true }).fill('7');
  await pages.app.call('PATCH', 'tenants/globex/limits', { body: { limits: { concurrency: 5 } } });
  await page.getByRole('button', { name: 'Save limits of globex' }).click();
  await page.getByRole('alert').getByText('limits.concurrency: 5').waitFor();
  await screenshot(page, 'limits-conflict');
  await page.getByRole('button', { name: 'Save mine all the same' }).click();
  await page.getByRole('button', { name: 'Take back: quotas.orders' }).waitFor();
  expect(await overrides('globex')).toEqual({ limits: { concurrency: 5 }, quotas: { orders: 7 } });
  expect(complaints.splice(0)).toEqual([expect.stringContaining('412')]);
});
