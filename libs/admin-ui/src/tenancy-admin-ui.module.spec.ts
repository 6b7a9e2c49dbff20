import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { TenancyAdminUiModule } from './tenancy-admin-ui.module.js';
import { WebFiles } from './web-files.js';

let folder: string;
let app: INestApplication | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rowhouse-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<html><head><title>Pages</title></head></html>');
  writeFileSync(join(folder, 'assets/main-1.js'), 'console.log(1)');
});
afterEach(() => app?.close());
afterAll(() => rmSync(folder, { recursive: true }));

async function serve(
  platform: 'express' | 'fastify',
  { path = 'ui', prefix = '', files = folder }: { path?: string; prefix?: string; files?: string } = {},
) {
  const module = await Test.createTestingModule({
    imports: [TenancyAdminUiModule.forRoot({ path, api: 'admin' })],
  })
    .overrideProvider(WebFiles)
    .useValue(new WebFiles(files))
    .compile();
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  app = module.createNestApplication(adapter, { logger: false });
  if (prefix) app.setGlobalPrefix(prefix);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return (target: string, init?: RequestInit) =>
    fetch(`http://127.0.0.1:${port}${target}`, { redirect: 'manual', ...init });
}

describe.each(['express', 'fastify'] as const)('on %s', (platform) => {
  it('sends the page at every path of a view, with where it and the API are', async () => {
    const get = await serve(platform, { path: 'ops/ui', prefix: 'v1' });
    for (const target of [
      '/v1/ops/ui',
      ...(platform === 'express' ? ['/v1/ops/ui/'] : []),
      '/v1/ops/ui/tenants',
      ...(platform === 'express' ? ['/v1/ops/ui/tenants/'] : []),
      '/v1/ops/ui/tenants/acme',
      '/v1/ops/ui/tenants/acme/keys?x=/',
    ]) {
      const response = await get(target);
      const page = await response.text();
      const base = new URL(/<base href="([^"]+)">/.exec(page)?.[1] ?? '', `http://h${target}`);
      const api = new URL(/rowhouse-api" content="([^"]+)"/.exec(page)?.[1] ?? '', base);
      expect([target, response.status, base.pathname, api.pathname]).toEqual([
        target,
        200,
        '/v1/ops/ui/',
        '/v1/admin',
      ]);
    }
  });

  it('allows no code and no style but its own, and nobody to frame it', async () => {
    const get = await serve(platform);
    const [first, second] = await Promise.all([get('/ui'), get('/ui')]);
    const policy = first.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
    expect(await first.text()).toContain(`<meta name="rowhouse-nonce" content="${nonce}">`);
    expect(second.headers.get('content-security-policy')).not.toBe(policy);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'cache-control': 'no-cache',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  });

  it('sends files for ever, packed for those who unpack', async () => {
    const get = await serve(platform);
    for (const encoding of ['gzip', 'identity']) {
      const response = await get('/ui/assets/main-1.js', { headers: { 'accept-encoding': encoding } });
      expect([response.status, response.headers.get('content-encoding') ?? 'identity']).toEqual([
        200,
        encoding,
      ]);
      expect(response.headers.get('cache-control')).toContain('immutable');
      expect(response.headers.get('content-type')).toContain('text/javascript');
      expect(await response.text()).toBe('console.log(1)');
    }
  });

  it('sends no other files', async () => {
    const get = await serve(platform);
    for (const name of ['none.js', '..%2findex.html', '..%2f..%2fetc%2fpasswd', '%00'])
      expect([name, [400, 404].includes((await get(`/ui/assets/${name}`)).status)]).toEqual([name, true]);
  });
});

it('says what is missing where the web app is not built', () => {
  expect(() => new WebFiles(join(tmpdir(), 'no-such-folder')).page()).toThrow(/npm run web/);
});

it.each([{ path: '' }, { path: 'a b' }, { path: '../ui' }, { path: 'admin' }, { path: 'ui', api: '' }])(
  'refuses %j',
  (options) => {
    expect(() => TenancyAdminUiModule.forRoot({ api: 'admin', ...options })).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID' }),
    );
  },
);
