import { jest } from '@jest/globals';
import { Catalog } from '@rowhouse/core';
import request from 'supertest';
import { AdminDeployment, PLATFORMS, type Platform } from '../admin-app.fixture.js';
import { Browser } from './browser.fixture.js';
import { Issuer } from './issuer.fixture.js';
import type { OidcOptions } from './oidc-options.js';

const PUBLIC_URL = 'https://ops.example.com/admin';
const ORIGIN = 'https://ops.example.com';
const SESSION = '__Host-rowhouse-session';
const SIGN_IN = '__Host-rowhouse-sign-in';

let deployment: AdminDeployment;
let issuer: Issuer;

beforeAll(async () => {
  deployment = await AdminDeployment.open();
});
beforeEach(async () => {
  issuer = await Issuer.open();
});
afterEach(async () => {
  await deployment.closeApps();
  await issuer.close();
});
afterAll(() => deployment.close());

async function start({
  platform = 'express',
  ...options
}: Partial<OidcOptions> & { platform?: Platform } = {}) {
  const app = await deployment.start({
    platform,
    oidc: {
      issuer: issuer.url,
      clientId: issuer.clientId,
      clientSecret: issuer.clientSecret,
      url: PUBLIC_URL,
      sessionKey: 'a key of sessions with more than 32 characters',
      ...options,
    },
  });
  return { ...app, browser: new Browser(app.url, PUBLIC_URL) };
}

describe.each(PLATFORMS)('a sign-in on %s', (platform) => {
  it('begins a session, whose operator is that of the ID token, and returns to where it began', async () => {
    const { browser } = await start({ platform });
    const login = await browser.send('auth/login?returnTo=/tenants?page=2');
    expect(login.status).toBe(303);
    expect(Object.fromEntries(new URL(login.location ?? '').searchParams)).toMatchObject({
      client_id: 'rowhouse',
      response_type: 'code',
      redirect_uri: `${PUBLIC_URL}/auth/callback`,
      scope: 'openid profile',
      code_challenge_method: 'S256',
      state: expect.stringMatching(/.{40}/),
      nonce: expect.stringMatching(/.{40}/),
    });
    const signedIn = await browser.signIn('/tenants?page=2');
    expect(signedIn).toMatchObject({ status: 303, location: '/tenants?page=2' });
    expect(signedIn.setCookies).toEqual([
      expect.stringMatching(
        /^__Host-rowhouse-session=[\w.-]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure$/,
      ),
      `${SIGN_IN}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure`,
    ]);
    expect((await browser.send('auth/session')).body).toEqual({
      id: 'ada',
      role: 'operator',
      name: 'Ada Lovelace',
      csrfToken: expect.stringMatching(/^[\w-]{32}$/),
      expiresAt: expect.any(String),
    });
    expect((await browser.send('tenants')).status).toBe(200);
    const made = await browser.change('tenants', { slug: `made-on-${platform}` });
    expect(made).toMatchObject({ status: 202, body: { actor: { type: 'operator', id: 'ada' } } });
  });

  it('says how people can sign in, and whether the browser has a session', async () => {
    const { browser } = await start({ platform });
    const provider = { issuer: issuer.url, loginUrl: `${PUBLIC_URL}/auth/login` };
    expect((await browser.send('auth/methods')).body).toEqual({ provider, isSignedIn: false });
    await browser.signIn();
    expect((await browser.send('auth/methods')).body).toEqual({ provider, isSignedIn: true });
  });

  it('that has failed returns to the page on which it began, with the reason', async () => {
    const { browser } = await start({ platform });
    issuer.claims = { ...issuer.claims, roles: [] };
    expect(await browser.signIn('/ui/tenants?search=a')).toMatchObject({
      status: 303,
      location: '/ui/tenants?search=a&signInFailed=SIGN_IN_FORBIDDEN',
      setCookies: [expect.stringContaining(`${SIGN_IN}=; `)],
    });
    await browser.authorize('/ui');
    expect((await browser.send('auth/callback?error=access_denied&state=x')).location).toBe(
      '/ui?signInFailed=SIGN_IN_FAILED',
    );
    expect(browser.cookies.size).toBe(0);
  });

  it('ends by a logout', async () => {
    const { browser } = await start({ platform });
    await browser.signIn();
    const ended = await browser.change('auth/logout');
    expect(ended).toMatchObject({ status: 204, setCookies: [expect.stringContaining(`${SESSION}=; `)] });
    expect((await browser.send('tenants')).status).toBe(401);
  });

  it('is over at a logout for a copy of its cookie too, in every instance; others go on', async () => {
    const { browser, url } = await start({ platform });
    const { url: elsewhere } = await start({ platform });
    await browser.signIn();
    const copies = [url, elsewhere].map((each) => new Browser(each, PUBLIC_URL));
    for (const copy of copies) copy.cookies.set(SESSION, browser.cookies.get(SESSION) as string);
    const other = new Browser(elsewhere, PUBLIC_URL);
    await other.signIn();
    for (const copy of copies) expect((await copy.send('tenants')).status).toBe(200);
    expect((await browser.change('auth/logout')).status).toBe(204);
    for (const copy of copies) {
      expect((await copy.send('tenants')).status).toBe(401);
      expect((await copy.send('auth/session')).status).toBe(401);
      expect((await copy.send('auth/methods')).body.isSignedIn).toBe(false);
    }
    expect((await other.send('tenants')).status).toBe(200);
  });

  it('leaves those who come with a token as they were', async () => {
    const { call, browser } = await start({ platform });
    await browser.signIn();
    expect((await call('GET', 'auth/session', { role: 'viewer' })).body).toEqual({
      id: 'viewer',
      role: 'viewer',
      name: null,
      csrfToken: null,
      expiresAt: null,
    });
    // The token alone counts, with its role and without a CSRF token.
    const headers = { authorization: 'Bearer viewer' };
    expect((await browser.send('tenants', { method: 'POST', headers, body: { slug: 'no' } })).status).toBe(
      403,
    );
    expect((await browser.send('tenants', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
    expect((await call('GET', 'tenants', { role: 'nobody' })).status).toBe(401);
  });

  it('is refused where it did not begin in this browser, or was answered before', async () => {
    const { browser, url } = await start({ platform });
    const failed = {
      status: 401,
      body: { code: 'SIGN_IN_FAILED', detail: 'The sign-in failed. Begin it again.' },
    };
    expect(await new Browser(url, PUBLIC_URL).send(await browser.authorize())).toMatchObject(failed);
    const callback = await browser.authorize();
    expect(await browser.send(callback.replace(/state=[^&]+/, 'state=another'))).toMatchObject(failed);
    expect(await browser.send(callback.replace(/&?state=[^&]+/, ''))).toMatchObject(failed);
    expect(await browser.send(callback.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example'))).toMatchObject(
      failed,
    );
    expect(await browser.send('auth/callback?error=access_denied&state=x')).toMatchObject(failed);
    expect(await browser.send('auth/callback')).toMatchObject(failed);
    // Nothing of these has reached the provider.
    expect(issuer.tokenRequests).toBe(0);
    const cookies = new Map(browser.cookies);
    expect((await browser.send(callback)).status).toBe(303);
    const thief = new Browser(url, PUBLIC_URL);
    for (const [name, value] of cookies) thief.cookies.set(name, value);
    expect(await thief.send(callback)).toMatchObject(failed);
    expect(thief.cookies.has(SESSION)).toBe(false);
  });
});

describe('an ID token', () => {
  const now = () => Math.floor(Date.now() / 1_000);
  it.each([
    ['with another nonce', { nonce: 'another' }],
    ['for another audience', { aud: 'another-client' }],
    ['for several audiences that was issued to another', { aud: ['rowhouse', 'another'], azp: 'another' }],
    ['of another issuer', { iss: 'https://login.example.com' }],
    ['that has expired', { exp: 1_700_000_000 }],
    ['that never expires', { exp: undefined }],
    ['of the future', { iat: 9_999_999_999, nbf: 9_999_999_999 }],
    ['without a subject', { sub: undefined }],
  ])('%s is refused', async (_, claims) => {
    const { browser } = await start();
    issuer.claims = { ...issuer.claims, ...claims };
    expect(await browser.signIn()).toMatchObject({ status: 401, body: { code: 'SIGN_IN_FAILED' } });
    expect(browser.cookies.has(SESSION)).toBe(false);
  });

  it('may be some seconds off', async () => {
    const { browser } = await start();
    issuer.claims = { ...issuer.claims, nbf: now() + 10, exp: now() - 10 };
    expect((await browser.signIn()).status).toBe(303);
  });

  it('with a key that the issuer does not publish is refused', async () => {
    const { browser } = await start();
    await issuer.forgeKey();
    expect((await browser.signIn()).status).toBe(401);
  });

  it('with a new key of the issuer is accepted at once, and sessions of before go on', async () => {
    const { browser, url } = await start();
    await browser.signIn();
    await issuer.rotateKey();
    expect((await browser.send('tenants')).status).toBe(200);
    expect((await new Browser(url, PUBLIC_URL).signIn()).status).toBe(303);
  });

  it.each([[{ roles: undefined }], [{ roles: [] }], [{ roles: 'admin' }], [{ roles: { owner: true } }]])(
    'without a role is refused: %j',
    async (claims) => {
      const { browser } = await start();
      issuer.claims = { ...issuer.claims, ...claims };
      expect(await browser.signIn()).toMatchObject({ status: 403, body: { code: 'SIGN_IN_FORBIDDEN' } });
      expect(browser.cookies.has(SESSION)).toBe(false);
    },
  );

  it('gives the highest role that its claim is mapped to', async () => {
    const { browser } = await start({
      roleClaim: 'realm_access.groups',
      roles: { support: 'viewer', 'platform-team': 'owner' },
    });
    issuer.claims = {
      ...issuer.claims,
      roles: ['operator'],
      realm_access: { groups: ['support', 'platform-team'] },
    };
    await browser.signIn();
    expect((await browser.send('auth/session')).body.role).toBe('owner');
    issuer.claims = { ...issuer.claims, realm_access: 'support' };
    expect((await browser.signIn()).status).toBe(403);
  });
});

describe('a session', () => {
  it('changes nothing for another site, nor without its token', async () => {
    const { browser } = await start();
    await browser.signIn();
    const { csrfToken } = (await browser.send('auth/session')).body;
    const token = { 'x-rowhouse-csrf': csrfToken };
    const refused = { status: 403, body: { code: 'CROSS_SITE_REQUEST' } };
    const foreign: readonly Readonly<Record<string, string>>[] = [
      {},
      token,
      { origin: ORIGIN },
      { origin: ORIGIN, 'x-rowhouse-csrf': 'another' },
      { origin: 'https://evil.example', ...token },
      { origin: 'null', ...token },
      { origin: 'http://ops.example.com', ...token },
      { 'sec-fetch-site': 'cross-site', ...token },
      { 'sec-fetch-site': 'same-site', ...token },
      { 'sec-fetch-site': 'none', ...token },
      { origin: ORIGIN, 'sec-fetch-site': 'same-site', ...token },
    ];
    for (const headers of foreign)
      for (const [method, path] of [
        ['POST', 'tenants'],
        ['PATCH', 'tenants/acme'],
        ['DELETE', 'tenants/acme'],
        ['POST', 'auth/logout'],
      ] as const)
        expect([
          headers,
          await browser.send(path, { method, headers, body: { slug: 'acme' } }),
        ]).toMatchObject([headers, refused]);
    const crossSite = { 'sec-fetch-site': 'cross-site' };
    expect(await browser.send('doctor', { headers: crossSite })).toMatchObject(refused);
    expect(await browser.send('doctor', { headers: { origin: 'https://evil.example' } })).toMatchObject(
      refused,
    );
    expect((await browser.send('tenants', { headers: { 'sec-fetch-site': 'none' } })).status).toBe(200);
    const own = { 'sec-fetch-site': 'same-origin', ...token };
    expect((await browser.send('tenants/acme', { method: 'DELETE', headers: own })).status).toBe(404);
  });

  it('is shown to a browser that the site of the provider sends there, and nothing else is', async () => {
    const { app, browser } = await start();
    await browser.signIn();
    const statusOf = async (path: string, mode: string, method: 'get' | 'post' = 'get') => {
      // `fetch` has a mode of its own.
      const answer = await request(app.getHttpServer())
        [method](`/admin/${path}`)
        .set({
          cookie: `${SESSION}=${browser.cookies.get(SESSION)}`,
          'sec-fetch-site': 'cross-site',
          'sec-fetch-mode': mode,
        });
      return answer.status;
    };
    expect(await statusOf('auth/session', 'navigate')).toBe(200);
    expect(await statusOf('auth/session', 'no-cors')).toBe(403);
    for (const path of ['tenants', 'doctor?x=/auth/session'])
      expect(await statusOf(path, 'navigate')).toBe(403);
    expect(await statusOf('auth/logout', 'navigate', 'post')).toBe(403);
  });

  it('is none when it was touched, has ended, or is of another deployment', async () => {
    const { browser } = await start();
    await browser.signIn();
    const sealed = browser.cookies.get(SESSION) as string;
    const statusWith = async (value: string, other = browser) => {
      other.cookies.set(SESSION, value);
      return (await other.send('tenants')).status;
    };
    expect(await statusWith(sealed)).toBe(200);
    const parts = sealed.split('.');
    for (const [index, part] of parts.entries()) {
      const flipped = `${part.slice(0, 5)}${part[5] === 'A' ? 'B' : 'A'}${part.slice(6)}`;
      expect(await statusWith(parts.with(index, flipped).join('.'))).toBe(401);
    }
    for (const value of ['x', '....', `${sealed}; ${SESSION}=${sealed}`, 'a.'.repeat(3_000)])
      expect(await statusWith(value)).toBe(401);
    // The cookie of a sign-in is no session.
    await browser.send('auth/login');
    expect(await statusWith(browser.cookies.get(SIGN_IN) as string)).toBe(401);
    for (const other of [
      { url: 'https://other.example.com/admin' },
      { sessionKey: 'another key of more than 32 characters' },
    ]) {
      const { url } = await start(other);
      expect(await statusWith(sealed, new Browser(url, PUBLIC_URL))).toBe(401);
    }
    const ended = Date.now() + 3_601_000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(ended);
    const RealDate = Date;
    const date = jest
      .spyOn(globalThis, 'Date')
      .mockImplementation((...given: []) => new RealDate(...(given.length > 0 ? given : ([ended] as never))));
    try {
      expect(await statusWith(sealed)).toBe(401);
    } finally {
      clock.mockRestore();
      date.mockRestore();
    }
    expect(await statusWith(sealed)).toBe(200);
  });

  it('has cookies that http can carry, where the app is reached by http on this host', async () => {
    const { url } = await start({ url: 'http://127.0.0.1:3001/admin' });
    const browser = new Browser(url, 'http://127.0.0.1:3001/admin');
    const { setCookies } = await browser.signIn();
    expect(setCookies[0]).toMatch(/^rowhouse-session=[^;]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/);
    expect((await browser.send('tenants')).status).toBe(200);
  });

  it('ends with the process where there is no key', async () => {
    const first = await start({ sessionKey: undefined });
    await first.browser.signIn();
    expect((await first.browser.send('tenants')).status).toBe(200);
    const second = await start({ sessionKey: undefined });
    const browser = new Browser(second.url, PUBLIC_URL);
    for (const [name, value] of first.browser.cookies) browser.cookies.set(name, value);
    expect((await browser.send('tenants')).status).toBe(401);
  });
});

it('a session that was ended is forgotten once its cookie has expired by itself', async () => {
  const { app, browser } = await start();
  const catalog = app.get(Catalog);
  const kept = async () => (await catalog.query('select from rowhouse.ended_sessions')).rowCount;
  await catalog.query("update rowhouse.ended_sessions set expires_at = now() - interval '1 second'");
  await browser.signIn();
  await browser.change('auth/logout');
  expect(await kept()).toBe(1);
});

it.each([
  '//evil.example',
  'https://evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '/%09/evil.example/\t',
  '/\n/evil.example',
  'javascript:alert(1)',
  '',
  'tenants',
  '/.//\\evil.example',
])('a login does not return to %j', async (returnTo) => {
  const { browser } = await start();
  const answer = await browser.send(`auth/login?${new URLSearchParams({ returnTo })}`);
  expect(answer).toMatchObject({ status: 400, setCookies: [], body: { code: 'REQUEST_INVALID' } });
});

it('an address that fails too often is refused by sign-ins and tokens alike', async () => {
  const { browser, call } = await start();
  for (let i = 0; i < 10; i += 1) {
    expect((await browser.send('auth/callback?code=x&state=y')).status).toBe(401);
    expect((await browser.send('tenants', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  }
  for (const path of ['auth/callback?code=x&state=y', 'auth/login'])
    expect(await browser.send(path)).toMatchObject({ status: 429, body: { code: 'TOO_MANY_SIGN_INS' } });
  expect((await call('GET', 'tenants')).status).toBe(429);
});

it('a provider that does not answer is no failure of the person, and is asked again', async () => {
  const { browser } = await start();
  issuer.tokenFault = 503;
  expect(await browser.signIn()).toMatchObject({ status: 503, body: { code: 'SIGN_IN_UNAVAILABLE' } });
  issuer.tokenFault = undefined;
  expect((await browser.signIn()).status).toBe(303);
  const { url } = issuer;
  const unreachable = await start({ issuer: 'http://127.0.0.1:1' });
  expect(await unreachable.browser.send('auth/login')).toMatchObject({
    status: 503,
    body: { code: 'SIGN_IN_UNAVAILABLE', detail: expect.not.stringContaining('127.0.0.1') },
  });
  const misnamed = await start({ issuer: `${url}/other` });
  expect((await misnamed.browser.send('auth/login')).status).toBe(503);
});

it.each([
  [{ issuer: 'http://login.example.com' }, 'issuer'],
  [{ url: 'http://ops.example.com/admin' }, 'url'],
  [{ url: 'https://ops.example.com/admin?x=1' }, 'url'],
  [{ sessionKey: 'short' }, 'sessionKey'],
  [{ scope: 'profile' }, 'scope'],
  [{ roles: { staff: 'king' as never } }, 'roles.staff'],
  [{ clientId: '' }, 'clientId'],
])('options that are wrong are named: %j', async (options, field) => {
  await expect(start(options)).rejects.toMatchObject({ code: 'OPTIONS_INVALID', fields: [{ field }] });
});

it('the document has the routes, who may call them, and the cookie', async () => {
  const { call } = await start();
  const { paths, components, security } = (await call('GET', 'openapi.json')).body;
  expect(security).toEqual([{ bearer: [] }, { session: [] }]);
  expect(components.securitySchemes.session).toMatchObject({ type: 'apiKey', in: 'cookie', name: SESSION });
  expect(paths['/admin/auth/login'].get).toMatchObject({ security: [] });
  expect(paths['/admin/auth/login'].get['x-required-role']).toBeUndefined();
  expect(Object.keys(paths['/admin/auth/callback'].get.responses)).toEqual([
    '303',
    '400',
    '401',
    '403',
    '429',
    '503',
  ]);
  expect(paths['/admin/auth/session'].get).toMatchObject({ 'x-required-role': 'viewer' });
  expect(paths['/admin/auth/logout'].post.parameters.map(({ name }: { name: string }) => name)).toEqual([
    'X-Reason',
    'X-Rowhouse-CSRF',
  ]);
});
