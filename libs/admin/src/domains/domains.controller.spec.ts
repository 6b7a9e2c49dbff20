import { jest } from '@jest/globals';
import type { TenantStore } from '@rowhouse/core';
import { TENANT_STORE } from '@rowhouse/nestjs';
import { until } from '../../../../test/support/until.js';
import { AdminDeployment, PLATFORMS, type Platform } from '../admin-app.fixture.js';
import type { ResolveTxt } from './domain-challenge.js';

const SHOP = 'shop.example.com';

let deployment: AdminDeployment;
/** Values of the records, by name. */
let zone: Map<string, string>;

const resolveTxt: ResolveTxt = async (name) => {
  const value = zone.get(name);
  if (value === undefined) throw Object.assign(new Error('queryTxt'), { code: 'ENOTFOUND' });
  return [[value]];
};

beforeEach(async () => {
  deployment = await AdminDeployment.open();
  zone = new Map();
});
afterEach(() => deployment.close());

type App = Awaited<ReturnType<AdminDeployment['start']>>;

const ask = async ({ url }: App, query: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${url}/admin/domains/ask?${query}`, { headers });
  return { status: response.status, text: await response.text() };
};

/** Instances hear of changes a moment later. */
const becomes = (read: () => Promise<{ status: number }>, status: number) =>
  until(async () => (await read()).status === status);

async function withTenant(app: App, slug = 'acme'): Promise<void> {
  await app.ended(await app.call('POST', 'tenants', { body: { slug } }));
}

async function withDomain({ call }: App, domain = SHOP): Promise<void> {
  const { challenge } = (await call('POST', 'tenants/acme/domains', { body: { domain } })).body;
  zone.set(challenge.name, challenge.value);
  await call('POST', `tenants/acme/domains/${domain}/verify`);
}

describe.each(PLATFORMS)('the routes of domains on %s', (platform: Platform) => {
  it('add, read, verify, choose and remove a domain', async () => {
    const app = await deployment.start({ platform, domains: { resolveTxt, ask: 'open' } });
    const { call } = app;
    await withTenant(app);
    const added = await call('POST', 'tenants/acme/domains', { body: { domain: 'Bücher.example' } });
    expect(added).toMatchObject({
      status: 201,
      body: {
        domain: 'xn--bcher-kva.example',
        unicode: 'bücher.example',
        status: 'pending',
        isPrimary: false,
      },
    });
    const path = `tenants/acme/domains/${encodeURIComponent('bücher.example')}`;
    expect(await call('POST', `${path}/verify`)).toMatchObject({
      status: 200,
      body: { status: 'pending', failure: 'nxdomain' },
    });
    expect(await call('POST', `${path}/primary`)).toMatchObject({
      status: 409,
      body: { code: 'DOMAIN_NOT_VERIFIED' },
    });
    const stale = (await call('GET', path)).headers.get('etag') as string;
    const { challenge } = added.body;
    zone.set(challenge.name, challenge.value);
    expect(await call('POST', `${path}/verify`)).toMatchObject({
      body: { status: 'verified', failure: null },
    });
    expect(await call('POST', `${path}/primary`)).toMatchObject({ status: 200, body: { isPrimary: true } });
    const read = await call('GET', 'tenants/acme/domains/xn--bcher-kva.example');
    expect(read).toMatchObject({ status: 200, body: { status: 'verified', isPrimary: true } });
    const { body } = await call('GET', 'tenants/acme/domains');
    expect(body).toEqual({ items: [read.body], next: null });

    expect(await call('DELETE', path, { headers: { 'if-match': stale } })).toMatchObject({ status: 412 });
    const fresh = { headers: { 'if-match': read.headers.get('etag') as string } };
    expect(await call('DELETE', path, fresh)).toMatchObject({ status: 204, body: '' });
    expect(await call('GET', path)).toMatchObject({ status: 404, body: { code: 'DOMAIN_NOT_FOUND' } });
    const { items } = (await call('GET', 'tenants/acme/audit')).body;
    const domain = 'xn--bcher-kva.example';
    expect(items).toMatchObject([
      { action: 'domain.removed', target: domain, before: null, after: null, actor: { id: 'owner' } },
      { action: 'domain.made_primary', target: domain },
      { action: 'domain.verified', target: domain },
      { action: 'domain.added', target: domain },
      { action: 'tenant.created', target: 'acme' },
    ]);
  });

  it('list page by page', async () => {
    const app = await deployment.start({ platform });
    await withTenant(app);
    for (const n of [3, 1, 2])
      await app.call('POST', 'tenants/acme/domains', { body: { domain: `n${n}.example.com` } });
    const first = await app.call('GET', 'tenants/acme/domains?limit=2');
    expect(first.body.items).toMatchObject([{ domain: 'n1.example.com' }, { domain: 'n2.example.com' }]);
    const second = await app.call('GET', `tenants/acme/domains?limit=2&cursor=${first.body.next}`);
    expect(second.body).toMatchObject({ items: [{ domain: 'n3.example.com' }], next: null });
    const cursor = Buffer.from('["a\\u0000b"]').toString('base64url');
    expect(await app.call('GET', `tenants/acme/domains?cursor=${cursor}`)).toMatchObject({ status: 400 });
  });

  it('need the role that fits, and say what is wrong', async () => {
    const app = await deployment.start({ platform, domains: { reservedDomains: ['rowhouse.example'] } });
    const { call } = app;
    await withTenant(app);
    const path = 'tenants/acme/domains';
    expect(await call('GET', path, { role: 'nobody' })).toMatchObject({ status: 401 });
    expect(await call('GET', path, { role: 'viewer' })).toMatchObject({ status: 200 });
    const add = (body: unknown) => call('POST', path, { body });
    expect(await call('POST', path, { body: { domain: SHOP }, role: 'viewer' })).toMatchObject({
      status: 403,
    });
    expect(await add({ domain: 'github.io' })).toMatchObject({
      status: 400,
      body: { code: 'DOMAIN_INVALID' },
    });
    expect(await add({ domain: 'a.rowhouse.example' })).toMatchObject({ status: 400 });
    for (const body of [{}, { domain: 3 }, { domain: '' }, { domain: SHOP, status: 'verified' }])
      expect(await add(body)).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
    expect(await call('GET', 'tenants/nobody/domains')).toMatchObject({
      status: 404,
      body: { code: 'TENANT_NOT_FOUND' },
    });
    expect(await call('GET', `${path}/${encodeURIComponent('../x')}`)).toMatchObject({ status: 404 });
  });

  it('tell web servers with the token which domains are served', async () => {
    const app = await deployment.start({
      platform,
      domains: { resolveTxt, ask: () => 'secret' },
    });
    await withTenant(app);
    await app.call('POST', 'tenants/acme/domains', { body: { domain: 'pending.example.com' } });
    await withDomain(app);
    const token = 'token=secret';
    expect(await ask(app, `domain=${SHOP}&${token}`)).toEqual({ status: 200, text: '' });
    expect(await ask(app, `domain=SHOP.example.com&${token}`)).toMatchObject({ status: 200 });
    expect(await ask(app, `domain=${SHOP}`, { authorization: 'Bearer secret' })).toMatchObject({
      status: 200,
    });
    for (const domain of [
      'pending.example.com',
      'other.example.com',
      '127.0.0.1',
      'a:b',
      '*.example.com',
      '',
    ])
      expect(await ask(app, `domain=${domain}&${token}`)).toMatchObject({ status: 404 });
    expect(await ask(app, token)).toMatchObject({ status: 400 });
    expect(await ask(app, `domain=${SHOP}&${token}&more=1`)).toMatchObject({ status: 400 });
    for (const wrong of ['', '&token=', '&token=secre', '&token=secret&token=secret', '&token[a]=secret'])
      expect(await ask(app, `domain=${SHOP}${wrong}`)).toMatchObject({ status: 401 });
    // An operator's token is none for this, and this is none of an operator.
    expect(await ask(app, `domain=${SHOP}`, { authorization: 'Bearer owner' })).toMatchObject({
      status: 401,
    });
    expect((await fetch(`${app.url}/admin/tenants?${token}`)).status).toBe(401);
  });
});

describe('asking for a domain', () => {
  it('is possible only where the app says who may', async () => {
    const app = await deployment.start();
    expect(await ask(app, `domain=${SHOP}`, { authorization: 'Bearer owner' })).toMatchObject({
      status: 404,
    });
    expect(Object.keys((await app.call('GET', 'openapi.json')).body.paths)).not.toContain(
      '/admin/domains/ask',
    );
  });

  it.each([() => undefined, () => ''])('is for nobody while the token is empty', async (token) => {
    const app = await deployment.start({ domains: { ask: token } });
    expect(await ask(app, `domain=${SHOP}&token=`)).toMatchObject({ status: 401 });
    expect(await ask(app, `domain=${SHOP}`)).toMatchObject({ status: 401 });
  });

  it('is answered from memory, whether the domain is served or not', async () => {
    const app = await deployment.start({ domains: { resolveTxt, ask: 'open' } });
    await withTenant(app);
    await withDomain(app);
    await becomes(() => ask(app, `domain=${SHOP}`), 200);
    await ask(app, 'domain=unknown.example.com');
    const store = app.app.get<TenantStore>(TENANT_STORE);
    const asked = jest.spyOn(store, 'findByDomain');
    for (let n = 0; n < 50; n += 1) {
      expect(await ask(app, `domain=${SHOP}`)).toMatchObject({ status: 200 });
      expect(await ask(app, 'domain=unknown.example.com')).toMatchObject({ status: 404 });
    }
    // A change that was heard of just now, and five seconds for what is not known.
    expect(asked.mock.calls.length).toBeLessThan(5);
  });

  it('is not answered for a tenant that is deleted', async () => {
    const app = await deployment.start({ domains: { resolveTxt, ask: 'open' } });
    await withTenant(app);
    await withDomain(app);
    await becomes(() => ask(app, `domain=${SHOP}`), 200);
    await app.call('DELETE', 'tenants/acme');
    await becomes(() => ask(app, `domain=${SHOP}`), 404);
  });

  it('is answered alike by another instance, as soon as a domain is verified or removed', async () => {
    const options = { domains: { resolveTxt, ask: 'open' } } as const;
    const [one, other] = await Promise.all([deployment.start(options), deployment.start(options)]);
    await withTenant(one);
    expect(await ask(other, `domain=${SHOP}`)).toMatchObject({ status: 404 });
    await withDomain(one);
    await becomes(() => ask(other, `domain=${SHOP}`), 200);
    await one.call('DELETE', `tenants/acme/domains/${SHOP}`);
    await becomes(() => ask(other, `domain=${SHOP}`), 404);
  });

  it('is refused at start-up by another option than a token', async () => {
    const ask = 'secret' as unknown as 'open';
    await expect(deployment.start({ domains: { ask } })).rejects.toThrow('domains.ask');
  });
});
