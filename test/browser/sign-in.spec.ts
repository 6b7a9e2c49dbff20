/** @suite browser */
import type { BrowserContext, Page } from 'playwright-core';
import { AdminPages, screenshot, seriousFindings } from './admin-pages.fixture.js';
import { startIdentityProvider } from './identity-provider.fixture.js';
import { startPrefixProxy } from './prefix-proxy.fixture.js';

let proxy: Awaited<ReturnType<typeof startPrefixProxy>>;
let provider: Awaited<ReturnType<typeof startIdentityProvider>>;
let pages: AdminPages;
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  proxy = await startPrefixProxy('/ops');
  const url = `${proxy.url}/admin`;
  provider = await startIdentityProvider([`${url}/auth/callback`]);
  pages = await AdminPages.open({ oidc: { ...provider.oidc, url } });
  proxy.leadTo(pages.app.url);
  await pages.tenant({ slug: 'acme', name: 'Acme Ltd' });
}, 120_000);
beforeEach(async () => {
  context = await pages.browser.newContext({ locale: 'en-GB', timezoneId: 'UTC' });
  complaints = [];
  // The pages of the provider have a policy of their own, and are not looked at.
  context.on('console', (message) => {
    const isOurs = message.page()?.url().startsWith(proxy.url);
    if (isOurs && ['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});
afterAll(async () => {
  await pages?.close();
  await provider?.close();
  await proxy?.close();
});

/** Says at the provider who one is, and agrees. */
async function answerProvider(at: Page, account: string): Promise<void> {
  await at.locator('input[name=login]').fill(account);
  await at.locator('input[name=password]').fill('any');
  await at.getByRole('button', { name: 'Sign-in' }).click();
  await at.getByRole('button', { name: 'Continue' }).click();
}

const providerButton = (at: Page) => at.getByText(/^Sign in with localhost/);

async function signIn(account: string, path = ''): Promise<void> {
  await page.goto(`${proxy.url}/ui${path}`);
  await providerButton(page).click();
  await answerProvider(page, account);
  await page.getByRole('navigation').waitFor();
}

it('goes to the identity provider and back to the page where one was, behind a path of a proxy', async () => {
  await page.goto(`${proxy.url}/ui/tenants?search=acm`);
  await providerButton(page).waitFor();
  await screenshot(page, 'sign-in-provider');
  expect(await seriousFindings(page)).toEqual([]);
  await providerButton(page).click();
  await answerProvider(page, 'ada-operator');
  await page.getByRole('link', { name: 'acme' }).waitFor();
  expect(page.url()).toBe(`${proxy.url}/ui/tenants?search=acm`);
  await page.getByRole('button', { name: 'Account and appearance' }).click();
  await page.getByText('ada-operator of the provider · Operator').waitFor();
  await screenshot(page, 'account-of-provider');
  await page.reload();
  await page.getByRole('link', { name: 'acme' }).waitFor();
});

it('changes things as the one who has signed in', async () => {
  await signIn('bob-operator', '/create');
  await page.getByLabel('Slug').fill('made-by-bob');
  await page.getByRole('button', { name: 'Create tenant' }).click();
  await page.getByText('The tenant is in service').waitFor();
  const { items } = (await pages.app.call('GET', 'audit?actor=bob-operator')).body;
  expect(items).toContainEqual(expect.objectContaining({ action: 'tenant.created' }));
});

it('keeps what was typed when the session ends, and goes on after a sign-in in a window of its own', async () => {
  await signIn('eve-operator', '/create');
  const other = await context.newPage();
  await other.goto(`${proxy.url}/ui/tenants`);
  await other.getByRole('link', { name: 'acme' }).waitFor();
  await page.getByLabel('Slug').fill('typed-before');
  await context.clearCookies({ domain: '127.0.0.1' });
  await page.getByRole('button', { name: 'Create tenant' }).click();
  await page.getByRole('heading', { name: 'Sign in again' }).waitFor();
  await screenshot(page, 'sign-in-again-provider');
  const opened = context.waitForEvent('page');
  await page
    .getByRole('dialog')
    .getByText(/^Sign in with localhost/)
    .click();
  // The provider still knows who it is, and the window closes by itself.
  const popup = await opened;
  if (!popup.isClosed()) await popup.waitForEvent('close');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  expect(await page.getByLabel('Slug').inputValue()).toBe('typed-before');
  await page.getByRole('button', { name: 'Create tenant' }).click();
  await page.getByText('The tenant is in service').waitFor();
  // The other tab has the new session too.
  await other.getByRole('button', { name: 'Account and appearance' }).click();
  await other.getByRole('menuitem', { name: 'Sign out' }).click();
  await other.getByRole('heading', { name: 'Sign in to Rowhouse' }).waitFor();
  expect(complaints.splice(0)).toEqual([expect.stringContaining('401')]);
});

it('ends in every tab by signing out', async () => {
  await signIn('ada-viewer');
  const other = await context.newPage();
  await other.goto(`${proxy.url}/ui/tenants`);
  await other.getByRole('link', { name: 'acme' }).waitFor();
  await page.getByRole('button', { name: 'Account and appearance' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  for (const each of [page, other])
    await each.getByRole('heading', { name: 'Sign in to Rowhouse' }).waitFor();
  const cookies = await context.cookies(proxy.url);
  expect(cookies.filter(({ name }) => name.startsWith('rowhouse'))).toEqual([]);
  await other.reload();
  await providerButton(other).waitFor();
});

it('says so when the account has no role, or the provider was left', async () => {
  await page.goto(`${proxy.url}/ui/tenants`);
  await providerButton(page).click();
  await answerProvider(page, 'guest');
  await page.getByRole('alert').getByText('This account has no role here.').waitFor();
  await screenshot(page, 'sign-in-no-role');
  expect(page.url()).toBe(`${proxy.url}/ui/tenants`);
  await context.clearCookies({ domain: 'localhost' });
  await providerButton(page).click();
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.getByRole('alert').getByText('The sign-in was not confirmed.').waitFor();
});

it('lets a token in as well, and goes on with it beside a session', async () => {
  await page.goto(`${proxy.url}/ui/tenants`);
  await page.getByLabel(/^Token/).fill('viewer');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'acme' }).waitFor();
  const first = page;
  page = await context.newPage();
  await signIn('ada-owner');
  await first.reload();
  await first.getByRole('button', { name: 'Account and appearance' }).click();
  await first.getByText('viewer · Viewer').waitFor();
});
