/** @suite browser */
import { until } from '../support/until.js';
import { AdminPages, screenshot } from './admin-pages.fixture.js';
import { checkPages } from './check-pages.fixture.js';

let pages: AdminPages;

beforeAll(async () => {
  pages = await AdminPages.open();
  await pages.tenant({ slug: 'acme', name: 'Acme Ltd', plan: 'pro' });
  await pages.tenant({ slug: 'globex', name: 'Globex', isolation: 'row' });
  await pages.app.call('POST', 'tenants/globex/suspend');
}, 120_000);
afterEach(async () => expect(await pages.closeVisits()).toEqual([]));
afterAll(() => pages?.close());

const visit: AdminPages['visit'] = (...request) => pages.visit(...request);

const PAGES = [
  ['fleet', '', 'Fleet'],
  ['tenants', '/tenants', 'Tenants'],
  ['create', '/create', 'Create tenant'],
  ['operations', '/operations', 'Operations'],
  ['migrations', '/migrations', 'Migrations'],
  ['backups', '/backups', 'Backups'],
  ['migration-plan', '/migrations/plan', 'Plan of a run'],
  ['jobs', '/jobs', 'Jobs'],
  ['load', '/load', 'Load'],
  ['usage', '/usage', 'Usage'],
  ['transfers', '/transfers', 'Transfers'],
  ['webhooks', '/webhooks', 'Webhooks'],
  ['doctor', '/doctor', 'Doctor'],
  ['drift', '/drift', 'Drift'],
  ['instance', '/instance', 'Instance'],
  ['audit', '/audit', 'Audit'],
] as const;

checkPages(() => pages, PAGES);

it('offers pages and tenants by keyboard', async () => {
  const { page } = await visit('');
  await page.getByRole('heading', { name: 'Fleet' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByLabel('A page or a tenant').fill('acm');
  await page.getByRole('button', { name: /Acme Ltd/ }).waitFor();
  await screenshot(page, 'palette');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Acme Ltd' }).waitFor();
});

it('speaks German', async () => {
  const { page } = await visit('/tenants', { locale: 'de-DE' });
  await page.getByRole('heading', { name: 'Mandanten' }).waitFor();
  await screenshot(page, 'tenants-german');
});

it('cannot be framed by another page', async () => {
  const { page, complaints } = await visit('', { role: 'nobody' });
  await page.goto('about:blank');
  await page.setContent(`<iframe src="${pages.app.url}/ui"></iframe>`);
  await until(() => page.frames().some((frame) => frame.url().startsWith('chrome-error:')));
  complaints.splice(0);
});
