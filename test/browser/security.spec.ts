/** @suite browser */
import type { Request } from 'playwright-core';
import { AdminPages } from './admin-pages.fixture.js';

let pages: AdminPages;

beforeAll(async () => {
  pages = await AdminPages.open({ breakGlass: true });
  await pages.tenant({ slug: 'acme', name: 'Acme Ltd', plan: 'free' });
}, 120_000);
afterAll(() => pages?.close());

const stateOf = async () =>
  Promise.all(
    ['tenants/acme', 'tenants/acme/limits', 'tenants/acme/keys', 'tenants/acme/entries'].map(
      async (path) => (await pages.app.call('GET', path)).body,
    ),
  );

it('a viewer who sends again what an operator has sent is refused, and nothing changes', async () => {
  const { page } = await pages.visit('/tenants/acme/limits', { role: 'operator' });
  const sent: Request[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'GET') sent.push(request);
  });
  await page.getByLabel('quotas.orders', { exact: true }).fill('7');
  await page.getByRole('button', { name: 'Save limits of acme' }).click();
  await page.getByRole('button', { name: 'Take back: quotas.orders' }).waitFor();
  await page.getByRole('tab', { name: 'API keys' }).click();
  await page.getByLabel('New key of acme').fill('reporting');
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.getByText('It is not shown again.').waitFor();
  await page.getByRole('tab', { name: 'Break-glass' }).click();
  await page.getByLabel('Reason').fill('Ticket 4711: totals are wrong');
  await page.getByRole('button', { name: 'Enter acme' }).click();
  await page.getByText(/^Rowhouse-Entry: /).waitFor();
  expect(sent.map((request) => request.method())).toEqual(['PATCH', 'POST', 'POST']);
  const before = await stateOf();
  for (const request of sent) {
    const { 'idempotency-key': _key, ...headers } = request.headers();
    const again = await fetch(request.url(), {
      method: request.method(),
      headers: { ...headers, authorization: 'Bearer viewer' },
      body: request.postData(),
    });
    expect([request.url(), again.status]).toEqual([request.url(), 403]);
  }
  expect(await stateOf()).toEqual(before);
  await page.context().close();
});
