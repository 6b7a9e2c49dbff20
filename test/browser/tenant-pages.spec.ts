/** @suite browser */
import { AdminPages, screenshot } from './admin-pages.fixture.js';
import { checkPages } from './check-pages.fixture.js';

let pages: AdminPages;

beforeAll(async () => {
  pages = await AdminPages.open();
  await pages.tenant({ slug: 'acme', name: 'Acme Ltd', plan: 'pro' });
}, 120_000);
afterEach(async () => expect(await pages.closeVisits()).toEqual([]));
afterAll(() => pages?.close());

const visit: AdminPages['visit'] = (...request) => pages.visit(...request);

const TABS = [
  'overview',
  'settings',
  'limits',
  'usage',
  'domains',
  'keys',
  'members',
  'backups',
  'compare',
  'transfers',
  'operations',
  'entries',
  'audit',
  'danger',
];

checkPages(
  () => pages,
  TABS.map((tab) => [`tenant-${tab}`, `/tenants/acme/${tab}`, 'Acme Ltd'] as const),
);

it('changes settings, shows that they are overridden, and takes one back', async () => {
  const { page } = await visit('/tenants/acme/settings', { role: 'operator' });
  await page.getByLabel('theme').selectOption('dark');
  await page.getByLabel('smtp.host').fill('mail.example.com');
  await page.getByRole('button', { name: 'Save settings of acme' }).click();
  const back = page.getByRole('button', { name: 'Use default' });
  await back.first().waitFor();
  const read = async () => (await pages.app.call('GET', 'tenants/acme/settings')).body.overrides;
  expect(await read()).toEqual({ theme: 'dark', smtp: { host: 'mail.example.com' } });
  await back.first().click();
  await page.getByRole('button', { name: 'Save settings of acme' }).click();
  await page.waitForFunction("document.querySelectorAll('form select')[0].value === 'light'");
  expect(await read()).toEqual({ smtp: { host: 'mail.example.com' } });
});

it('adds a domain and shows its record, and makes a key that is shown once', async () => {
  const { page } = await visit('/tenants/acme/domains', { role: 'operator' });
  await page.getByLabel('Add a domain of acme').fill('shop.example.com');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Add this TXT record at the DNS provider:').waitFor();
  await screenshot(page, 'domain');
  await page.getByRole('tab', { name: 'API keys' }).click();
  await page.getByLabel('New key of acme').fill('reporting');
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.getByText('It is not shown again.').waitFor();
  await screenshot(page, 'key');
  await page.getByRole('button', { name: 'I have it' }).click();
  await page.getByRole('button', { name: 'Revoke key' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke key' }).click();
  await page.getByRole('cell', { name: 'Revoked' }).waitFor();
});
