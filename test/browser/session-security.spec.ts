/** @suite browser */
import type { Page, Response } from 'playwright-core';
import { AdminPages } from './admin-pages.fixture.js';
import { startForeignSite } from './foreign-site.fixture.js';
import { startIdentityProvider } from './identity-provider.fixture.js';
import { startPrefixProxy } from './prefix-proxy.fixture.js';

let proxy: Awaited<ReturnType<typeof startPrefixProxy>>;
let provider: Awaited<ReturnType<typeof startIdentityProvider>>;
let foreign: Awaited<ReturnType<typeof startForeignSite>>;
let pages: AdminPages;
let api: string;

beforeAll(async () => {
  proxy = await startPrefixProxy('/ops');
  api = `${proxy.url}/admin`;
  provider = await startIdentityProvider([`${api}/auth/callback`]);
  foreign = await startForeignSite();
  pages = await AdminPages.open({ oidc: { ...provider.oidc, url: api } });
  proxy.leadTo(pages.app.url);
  await pages.tenant({ slug: 'acme', name: 'Acme Ltd' });
}, 120_000);
afterAll(async () => {
  await pages?.close();
  await foreign?.close();
  await provider?.close();
  await proxy?.close();
});

/** A page of an owner who has signed in with the provider. */
async function signedIn(): Promise<Page> {
  const context = await pages.browser.newContext({ locale: 'en-GB', timezoneId: 'UTC' });
  const page = await context.newPage();
  await page.goto(`${proxy.url}/ui`);
  await page.getByText(/^Sign in with localhost/).click();
  await page.locator('input[name=login]').fill('ada-owner');
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('navigation').waitFor();
  return page;
}

const state = async () =>
  Promise.all(
    ['tenants', 'tenants/acme', 'operations', 'webhooks'].map(
      async (path) => (await pages.app.call('GET', path)).body,
    ),
  );

const TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'] as const;
/** What needs no body either, and what a form can say. */
const PATHS = ['tenants', 'tenants/acme/suspend', 'cache/flush', 'auth/logout'] as const;

it.each(['sameSite', 'crossSite'] as const)(
  'a page of another origin (%s) can neither change nor read anything with the session of an operator',
  async (site) => {
    const page = await signedIn();
    const before = await state();
    const evil = await page.context().newPage();
    const answered: Response[] = [];
    evil.on('response', (response) => {
      if (response.url().startsWith(api)) answered.push(response);
    });
    await evil.goto(foreign[site]);
    for (const path of PATHS)
      for (const type of TYPES) {
        const answer = evil.waitForResponse(`${api}/${path}`);
        // Sent as text it is JSON.
        await evil.evaluate(`(() => {
          const form = document.createElement('form');
          Object.assign(form, ${JSON.stringify({ method: 'post', action: `${api}/${path}`, enctype: type, target: 'sink' })});
          const input = document.createElement('input');
          Object.assign(input, { name: '{"slug":"evil","x":"', value: '"}' });
          form.append(input);
          document.body.append(form);
          form.submit();
        })()`);
        await answer;
      }
    const read = await evil.evaluate(
      async ({ base, paths, types }) => {
        const body = JSON.stringify({ slug: 'evil' });
        for (const path of paths)
          for (const type of types)
            await fetch(`${base}/${path}`, {
              method: 'POST',
              mode: 'no-cors',
              credentials: 'include',
              headers: { 'content-type': type },
              body,
            }).catch(() => {});
        for (const method of ['POST', 'PATCH', 'DELETE', 'PUT'])
          await fetch(`${base}/tenants/acme`, {
            method,
            credentials: 'include',
            headers: { 'content-type': 'application/json', 'x-rowhouse-csrf': 'guessed' },
            body,
          }).catch(() => {});
        const answers: string[] = [];
        for (const path of ['tenants', 'auth/session', 'auth/methods', 'me'])
          answers.push(
            await fetch(`${base}/${path}`, { credentials: 'include' }).then(
              (response) => response.text(),
              () => 'unread',
            ),
          );
        return answers;
      },
      { base: api, paths: [...PATHS], types: [...TYPES] },
    );
    expect(read).toEqual(['unread', 'unread', 'unread', 'unread']);
    const refused = answered.filter((response) => response.request().method() !== 'OPTIONS');
    expect(refused.length).toBeGreaterThan(PATHS.length * TYPES.length);
    // On the same site the cookie came along, and was of no use; from another one it did not come.
    const posts = refused.filter((response) => response.request().method() === 'POST');
    expect([...new Set(posts.map((response) => response.status()))]).toEqual([
      site === 'sameSite' ? 403 : 401,
    ]);
    expect(await state()).toEqual(before);
    // The operator is signed in still.
    await page.reload();
    await page.getByRole('navigation').waitFor();
    await page.context().close();
  },
);

it('no page of another origin can show the pages in a frame', async () => {
  const page = await signedIn();
  for (const site of [foreign.sameSite, foreign.crossSite])
    for (const path of ['ui', 'ui/tenants', 'ui/create']) {
      await page.goto(site);
      const frame = page.frame({ name: 'sink' });
      await frame?.goto(`${proxy.url}/${path}`).catch(() => {});
      expect(await frame?.locator('#root, main').count()).toBe(0);
      expect(frame?.url()).toMatch(/^(?:chrome-error:|about:blank)/);
    }
  await page.context().close();
});

it('a session, copied before the sign-out, and a session or token of another deployment are nothing', async () => {
  const page = await signedIn();
  const cookies = (await page.context().cookies(api)).filter(({ name }) => name.includes('rowhouse'));
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const statusAt = async (url: string, headers: Record<string, string>) =>
    (await fetch(`${url}/admin/tenants`, { headers })).status;
  expect(await statusAt(pages.app.url, { cookie })).toBe(200);
  const other = await pages.deployment.start({
    oidc: { ...provider.oidc, url: 'http://127.0.0.1:1/admin' },
  });
  expect(await statusAt(other.url, { cookie })).toBe(401);
  expect(await statusAt(pages.app.url, { authorization: 'Bearer of-another-deployment' })).toBe(401);
  await page.getByRole('button', { name: 'Account and appearance' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in to Rowhouse' }).waitFor();
  expect(await statusAt(pages.app.url, { cookie })).toBe(401);
  await page.context().close();
});

it('a sign-in leads to no other host', async () => {
  const context = await pages.browser.newContext();
  const page = await context.newPage();
  const hosts = [
    `${foreign.crossSite}/`,
    `//${new URL(foreign.crossSite).host}/`,
    '/\\evil.example',
    'javascript:alert(1)',
  ];
  for (const returnTo of hosts) {
    const answer = await page.goto(`${api}/auth/login?${new URLSearchParams({ returnTo })}`);
    expect([returnTo, answer?.status(), new URL(page.url()).host]).toEqual([
      returnTo,
      400,
      new URL(api).host,
    ]);
  }
  await context.close();
});
