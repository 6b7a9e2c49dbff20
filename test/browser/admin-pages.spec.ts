/** @suite browser */
import { until } from '../support/until.js';
import { AdminPages, type OpenPage, screenshot, seriousFindings } from './admin-pages.fixture.js';

let pages: AdminPages;
let opened: OpenPage[] = [];

beforeAll(async () => {
  pages = await AdminPages.open();
  await pages.tenant({ slug: 'acme', name: 'Acme Ltd', plan: 'pro' });
  await pages.tenant({ slug: 'globex', name: 'Globex', isolation: 'row' });
  await pages.app.call('POST', 'tenants/globex/suspend');
}, 120_000);
afterEach(async () => {
  const complaints = opened.flatMap((each) => each.complaints);
  await Promise.all(opened.map(({ page }) => page.context().close()));
  opened = [];
  expect(complaints).toEqual([]);
});
afterAll(() => pages?.close());

async function visit(...[path, options]: Parameters<AdminPages['visit']>): Promise<OpenPage> {
  const one = await pages.visit(path, options);
  opened.push(one);
  return one;
}

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
  ...[
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
  ].map((tab) => [`tenant-${tab}`, `/tenants/acme/${tab}`, 'Acme Ltd'] as const),
] as const;

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  it.each(PAGES)('the page %s has nothing serious for axe', async (name, path, title) => {
    const { page } = await visit(path, { colorScheme });
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    await screenshot(page, `${name}-${colorScheme}`);
    expect(await seriousFindings(page)).toEqual([]);
  });
});

it.each(PAGES)('the page %s fits a phone', async (name, path, title) => {
  const { page } = await visit(path, { viewport: { width: 390, height: 844 } });
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
  await screenshot(page, `${name}-phone`);
  const width = await page.evaluate('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(390);
});

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

it('runs migrations, and shows each home', async () => {
  await pages.app.ended(
    await pages.app.call('POST', 'migrations/runs', { body: { direction: 'down', steps: 1 } }),
  );
  const { page } = await visit('/migrations', { role: 'operator' });
  await page.getByRole('button', { name: 'Start a run' }).click();
  await page.getByLabel('Canary').fill('50');
  await page.getByRole('dialog').getByRole('button', { name: 'Start a run' }).click();
  await page.getByRole('heading', { name: 'migrations.run' }).waitFor();
  await page.getByText('Succeeded').first().waitFor();
  await page.getByRole('row', { name: /acme.*Done/ }).waitFor();
  await screenshot(page, 'run');
});

it('examines the deployment when it is asked to', async () => {
  const { page } = await visit('/doctor', { role: 'operator' });
  await page.getByRole('button', { name: 'Examine now' }).click();
  await page.getByText('pins.hold').waitFor();
  await screenshot(page, 'examined');
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

it('shows a viewer no button that changes anything, and the API refuses those requests', async () => {
  for (const [, path, title] of PAGES) {
    if (path === '/create' || path.endsWith('/danger')) continue;
    const { page } = await visit(path, { role: 'viewer' });
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    const names = await page.getByRole('main').getByRole('button').allTextContents();
    const changing = names.filter((name) =>
      /\b(create|add|save|suspend|delete|remove|revoke|invite|start|examine|compare|flush|pause|resume|rotate|change|default)\b/i.test(
        name,
      ),
    );
    expect([path, changing]).toEqual([path, []]);
    await page.context().close();
  }
  for (const path of ['suspend', 'archive', 'keys', 'domains', 'invitations'])
    expect((await pages.app.call('POST', `tenants/acme/${path}`, { role: 'viewer', body: {} })).status).toBe(
      403,
    );
});

it('cannot be framed by another page', async () => {
  const { page, complaints } = await visit('', { role: 'nobody' });
  await page.goto('about:blank');
  await page.setContent(`<iframe src="${pages.app.url}/ui"></iframe>`);
  await until(() => page.frames().some((frame) => frame.url().startsWith('chrome-error:')));
  complaints.splice(0);
});
