/** @suite browser */
import type { Page, Request } from 'playwright-core';
import { AdminPages } from './admin-pages.fixture.js';

let pages: AdminPages;

beforeAll(async () => {
  pages = await AdminPages.open({ breakGlass: true });
  await pages.tenant({ slug: 'acme', name: 'Acme Ltd', plan: 'free' });
}, 120_000);
afterAll(() => pages?.close());

const READ = [
  'tenants',
  ...['', '/limits', '/keys', '/entries', '/settings', '/domains', '/members', '/invitations'].map(
    (part) => `tenants/acme${part}`,
  ),
  'webhooks',
  'exports',
  'backups',
];

const stateOf = async () => Promise.all(READ.map(async (path) => (await pages.app.call('GET', path)).body));

/** Makes a change of each kind as somebody who works with the pages does. */
async function changeAll(page: Page): Promise<void> {
  const go = (path: string) => page.goto(`${pages.app.url}/ui${path}`);
  const confirm = async (label: string) => {
    await page.getByRole('button', { name: label, exact: true }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: label, exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  };
  await go('/tenants/acme/limits');
  await page.getByLabel('quotas.orders', { exact: true }).fill('7');
  await page.getByRole('button', { name: 'Save limits of acme' }).click();
  await page.getByRole('button', { name: 'Take back: quotas.orders' }).waitFor();
  await page.getByRole('tab', { name: 'API keys' }).click();
  await page.getByLabel('New key of acme').fill('reporting');
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.getByText('It is not shown again.').waitFor();
  await page.getByRole('button', { name: 'I have it' }).click();
  await confirm('Revoke key');
  await go('/tenants/acme/settings');
  await page.getByLabel('theme').selectOption('dark');
  await page.getByRole('button', { name: 'Save settings of acme' }).click();
  await page.getByRole('button', { name: 'Use default' }).first().waitFor();
  await go('/tenants/acme/domains');
  await page.getByLabel('Add a domain of acme').fill('shop.example.com');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Add this TXT record at the DNS provider:').waitFor();
  await go('/tenants/acme/danger');
  await confirm('Suspend');
  await confirm('Activate');
  await page.getByRole('button', { name: 'Suspend' }).waitFor();
  await go('/tenants/acme/backups');
  await confirm('Back up now');
  await page.getByRole('region', { name: 'Begun here' }).getByText('Succeeded').waitFor();
  await go('/tenants/acme/transfers');
  await confirm('Export');
  await page.getByRole('region', { name: 'Begun here' }).getByText('Succeeded').waitFor();
  await go('/create');
  await page.getByLabel('Slug').fill('umbrella');
  await page.getByRole('button', { name: 'Create tenant' }).click();
  await page.getByText('The tenant is in service').waitFor();
  await go('/tenants/acme/entries');
  await page.getByRole('tab', { name: 'Break-glass' }).click();
  await page.getByLabel('Reason').fill('Ticket 4711: totals are wrong');
  await page.getByRole('button', { name: 'Enter acme' }).click();
  await page.getByText(/^Rowhouse-Entry: /).waitFor();
}

it('a viewer who sends again what an owner has sent is refused, and nothing changes', async () => {
  const { page } = await pages.visit('/tenants/acme/limits', { role: 'owner' });
  const sent: Request[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'GET') sent.push(request);
  });
  await changeAll(page);
  expect(sent.length).toBeGreaterThanOrEqual(11);
  const before = await stateOf();
  for (const request of sent) {
    const { 'idempotency-key': _key, ...headers } = request.headers();
    const again = await fetch(request.url(), {
      method: request.method(),
      headers: { ...headers, authorization: 'Bearer viewer' },
      body: request.postData(),
    });
    expect([request.method(), request.url(), again.status]).toEqual([request.method(), request.url(), 403]);
  }
  expect(await stateOf()).toEqual(before);
  await page.context().close();
});
