import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TenantStoreUnavailableError } from '../errors.js';
import { parseTenantSlug, type Tenant } from '../tenant.js';
import { HttpTenantStore, type HttpTenantStoreOptions } from './http-tenant-store.js';
import { InMemoryTenantStore } from './in-memory-tenant-store.js';
import { itFindsTenants } from './tenant-store.contract.js';

interface Seen {
  readonly method: string | undefined;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (response: ServerResponse, seen: Seen) => void;

/** A tenant service as the documentation of HttpTenantStore asks for, that can be told to misbehave. */
class TenantService {
  readonly seen: Seen[] = [];
  /** Taken in turn, one for each request, before the service answers as it should. */
  readonly misbehaviour: Answer[] = [];
  readonly tenants = new InMemoryTenantStore();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<TenantService> {
    const service = new TenantService();
    await new Promise<void>((resolve) => void service.#server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v1`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const seen: Seen = { method: request.method, url: String(request.url), headers: request.headers, body };
    this.seen.push(seen);
    const misbehave = this.misbehaviour.shift();
    if (misbehave) return misbehave(response, seen);

    const { pathname, searchParams } = new URL(seen.url, 'http://service.test');
    if (pathname === '/api/v1/tenants' && searchParams.has('limit')) {
      const { cursor, limit, status } = Object.fromEntries(searchParams);
      const options = { cursor, limit: Number(limit), status: status as Tenant['status'] };
      return reply(response, 200, await this.tenants.list(options));
    }
    const tenant = await this.#find(pathname, searchParams, body);
    if (!tenant) return reply(response, 404, { error: 'not found' });
    const etag = `"${tenant.updatedAt.getTime()}-${tenant.plan}"`;
    if (seen.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
    reply(response, 200, { ...tenant, schema: undefined }, { etag });
  }

  async #find(pathname: string, query: URLSearchParams, body: string): Promise<Tenant | undefined> {
    if (pathname === '/api/v1/tenants/lookup-by-key')
      return this.tenants.findByApiKey(JSON.parse(body).apiKey);
    const id = /^\/api\/v1\/tenants\/(.+)$/.exec(pathname)?.[1];
    if (id) return this.tenants.findById(id);
    const slug = query.get('slug');
    return slug
      ? this.tenants.findBySlug(parseTenantSlug(slug))
      : this.tenants.findByDomain(String(query.get('domain')));
  }
}

function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const fail =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    reply(response, status, { error: 'no' }, headers);

const hangUp: Answer = (response) => void response.destroy();
const saySomething =
  (body: string): Answer =>
  (response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(body);

describe('HttpTenantStore', () => {
  let service: TenantService;
  let waits: number[];
  let time: number;

  beforeEach(async () => {
    service = await TenantService.start();
    waits = [];
    time = Date.parse('2026-01-01T00:00:00Z');
  });

  afterEach(() => service.stop());

  function open(options: Partial<HttpTenantStoreOptions> = {}): HttpTenantStore {
    return new HttpTenantStore({
      baseUrl: service.url,
      now: () => time,
      random: () => 0.5,
      wait: async (ms) => void waits.push(ms),
      ...options,
    });
  }

  const acme = parseTenantSlug('acme');

  itFindsTenants(async () => ({ store: open(), writer: service.tenants }));

  it('sends an API key in the body, never in the URL', async () => {
    const { id } = await service.tenants.create({ slug: 'acme' });
    const apiKey = await service.tenants.addApiKey(id, 'ci');
    const store = open();
    expect(await store.findByApiKey(apiKey)).toMatchObject({ id });
    expect(await store.findByApiKey(apiKey)).toMatchObject({ id });
    for (const { method, url, body, headers } of service.seen) {
      expect([method, url, body]).toEqual([
        'POST',
        '/api/v1/tenants/lookup-by-key',
        JSON.stringify({ apiKey }),
      ]);
      // RFC 9110, 13.1.2: on a method other than GET and HEAD a match would be an error.
      expect(headers['if-none-match']).toBeUndefined();
    }
  });

  it('escapes what it puts into a URL', async () => {
    await open()
      .findById('../admin?x=1#y')
      .catch(() => undefined);
    await open().findByDomain('a.test&slug=acme');
    expect(service.seen.map(({ url }) => url)).toEqual([
      '/api/v1/tenants/..%2Fadmin%3Fx%3D1%23y',
      '/api/v1/tenants?domain=a.test%26slug%3Dacme',
    ]);
  });

  it('sends fixed headers, or those it is given for each attempt', async () => {
    await open({ headers: { 'x-app': 'shop' } }).findBySlug(acme);
    service.misbehaviour.push(fail(503));
    let token = 0;
    await open({ headers: async () => ({ authorization: `Bearer ${++token}` }) }).findBySlug(acme);
    expect(service.seen.map(({ headers }) => [headers['x-app'], headers.authorization])).toEqual([
      ['shop', undefined],
      [undefined, 'Bearer 1'],
      [undefined, 'Bearer 2'],
    ]);
  });

  it('asks again by ETag, and keeps what the service confirms', async () => {
    const { id } = await service.tenants.create({ slug: 'acme' });
    const store = open();
    const first = await store.findBySlug(acme);
    expect(await store.findBySlug(acme)).toBe(first);
    await service.tenants.update(id, { plan: 'pro' });
    expect(await store.findBySlug(acme)).toMatchObject({ plan: 'pro' });
    expect(service.seen.map(({ headers }) => headers['if-none-match'] !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('remembers only so many answers', async () => {
    await service.tenants.create({ slug: 'acme' });
    await service.tenants.create({ slug: 'globex' });
    const store = open({ maxRemembered: 1 });
    for (const slug of ['acme', 'globex', 'acme']) await store.findBySlug(parseTenantSlug(slug));
    expect(service.seen.map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['status 429', fail(429)],
    ['status 502', fail(502)],
    ['status 503', fail(503)],
    ['status 504', fail(504)],
    ['a connection that ends', hangUp],
    [
      'an answer that breaks off',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"id":', () => response.destroy());
      },
    ],
  ] satisfies [string, Answer][])(
    'tries again after %s, with jitter that may grow',
    async (_what, misbehave) => {
      await service.tenants.create({ slug: 'acme' });
      service.misbehaviour.push(misbehave, misbehave);
      expect(await open({ backoffMs: 100 }).findBySlug(acme)).toMatchObject({ slug: 'acme' });
      expect(waits).toEqual([50, 100]);
      expect(service.seen).toHaveLength(3);
    },
  );

  it('waits no longer than it may', async () => {
    service.misbehaviour.push(...Array.from({ length: 4 }, () => fail(503)));
    await open({ retries: 4, backoffMs: 100, maxBackoffMs: 300 }).findBySlug(acme);
    expect(waits).toEqual([50, 100, 150, 150]);
  });

  it('gives an attempt so much time, from the question to the end of the answer', async () => {
    await service.tenants.create({ slug: 'acme' });
    const stall: Answer = (response) => void response.writeHead(200).write('{');
    service.misbehaviour.push(() => undefined, stall);
    expect(await open({ timeoutMs: 1_500 }).findBySlug(acme)).toMatchObject({ slug: 'acme' });
    expect(service.seen).toHaveLength(3);
  });

  it('gives up after its retries', async () => {
    service.misbehaviour.push(fail(503), fail(503), fail(503));
    const answer = open().findBySlug(acme);
    await expect(answer).rejects.toThrow(TenantStoreUnavailableError);
    await expect(answer).rejects.toMatchObject({ cause: { message: expect.stringContaining('503') } });
    expect(service.seen).toHaveLength(3);
  });

  it.each([
    ['seconds', '1', 1_000],
    ['a date', 'Thu, 01 Jan 2026 00:00:02 GMT', 2_000],
    ['a date gone by', 'Wed, 31 Dec 2025 00:00:00 GMT', 50],
    ['nonsense', 'soon', 50],
  ])('heeds Retry-After in %s', async (_form, value, waited) => {
    service.misbehaviour.push(fail(503, { 'retry-after': value }));
    await open().findBySlug(acme);
    expect(waits).toEqual([waited]);
  });

  it('does not ask again when the service wants to be left alone for longer than the longest wait', async () => {
    service.misbehaviour.push(fail(429, { 'retry-after': '60' }));
    await expect(open().findBySlug(acme)).rejects.toThrow(TenantStoreUnavailableError);
    expect(service.seen).toHaveLength(1);
  });

  it.each([
    ['status 401', fail(401)],
    ['status 500', fail(500)],
    ['status 304 to an unconditional request', fail(304)],
    ['an answer that is no JSON', saySomething('<html>')],
    ['an answer that is no tenant', saySomething('{"id":1}')],
    ['a redirect', fail(307, { location: 'http://127.0.0.1:1/' })],
  ])('refuses %s', async (_what, misbehave) => {
    service.misbehaviour.push(misbehave);
    await expect(open().findBySlug(acme)).rejects.toThrow(TenantStoreUnavailableError);
    expect(service.seen).toHaveLength(1);
  });

  it('refuses a tenant that was not asked for', async () => {
    const globex = await service.tenants.create({ slug: 'globex' });
    const mistake = saySomething(JSON.stringify(globex));
    service.misbehaviour.push(mistake, mistake);
    await expect(open().findBySlug(acme)).rejects.toMatchObject({ cause: { message: /not asked for/ } });
    const otherId = '00000000-0000-4000-8000-000000000000';
    await expect(open().findById(otherId)).rejects.toThrow(TenantStoreUnavailableError);
  });

  it('serves the last known answer while the service fails, for so long', async () => {
    await service.tenants.create({ slug: 'acme' });
    const store = open({ retries: 0, staleIfErrorMs: 1_000 });
    const known = await store.findBySlug(acme);
    time += 1_000;
    service.misbehaviour.push(fail(500), saySomething('<html>'), hangUp);
    for (let failure = 0; failure < 3; failure++) expect(await store.findBySlug(acme)).toBe(known);

    time += 1;
    service.misbehaviour.push(fail(500));
    await expect(store.findBySlug(acme)).rejects.toThrow(TenantStoreUnavailableError);

    // A confirmation counts as an answer.
    expect(await store.findBySlug(acme)).toBe(known);
    time += 1_000;
    service.misbehaviour.push(fail(500));
    expect(await store.findBySlug(acme)).toBe(known);
  });

  it('does not bring back a tenant that was gone before the service failed', async () => {
    const { id } = await service.tenants.create({ slug: 'acme' });
    const store = open({ retries: 0 });
    await store.findBySlug(acme);
    await service.tenants.remove(id);
    expect(await store.findBySlug(acme)).toBeUndefined();
    service.misbehaviour.push(fail(500));
    await expect(store.findBySlug(acme)).rejects.toThrow(TenantStoreUnavailableError);
  });

  it('fails to list when the service does', async () => {
    service.misbehaviour.push(fail(500), fail(404), saySomething('[]'));
    const store = open();
    for (let failure = 0; failure < 3; failure++) {
      await expect(store.list()).rejects.toThrow(TenantStoreUnavailableError);
    }
  });

  it.each([
    ['baseUrl', { baseUrl: 'ftp://tenants.test' }],
    ['baseUrl', { baseUrl: 'https://user:pass@tenants.test' }],
    ['baseUrl', { baseUrl: 'https://tenants.test/?v=1' }],
    ['baseUrl', { baseUrl: 'tenants' }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['headers', { headers: 'x' }],
    ['timeout', { timeout: 1 }],
  ])('names the wrong option %s', (name, options) => {
    expect(() => open(options as Partial<HttpTenantStoreOptions>)).toThrow(new RegExp(name));
  });
});
