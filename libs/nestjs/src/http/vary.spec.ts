import type { ServerResponse } from 'node:http';
import { Controller, Get, Header, type INestApplication, Res, Sse } from '@nestjs/common';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { of } from 'rxjs';
import { closeApps, PLATFORMS, type Platform, startApp } from '../platforms.fixture.js';
import { ApiKeyResolver } from '../resolvers/api-key.resolver.js';
import { CustomResolver } from '../resolvers/custom.resolver.js';
import { DefaultTenantResolver } from '../resolvers/default-tenant.resolver.js';
import { DomainResolver } from '../resolvers/domain.resolver.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { JwtResolver } from '../resolvers/jwt/jwt.resolver.js';
import { PathResolver } from '../resolvers/path.resolver.js';
import { QueryResolver } from '../resolvers/query.resolver.js';
import { SubdomainResolver } from '../resolvers/subdomain.resolver.js';
import type { TenantResolver } from '../resolvers/tenant-resolver.js';
import { SystemRoute, TenantOptional } from '../routes/tenant-route.decorator.js';
import { mergeVary } from './vary.js';

const secret = 'a secret of thirty-two characters';
const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);

@Controller()
class ProductsController {
  @Get('products')
  list() {
    return [];
  }

  @Get('optional')
  @TenantOptional()
  optional() {
    return [];
  }

  @Get('system')
  @SystemRoute()
  system() {
    return [];
  }

  @Get('language')
  @Header('Vary', 'Accept-Language')
  language() {
    return [];
  }

  @Get('own')
  @Header('Vary', 'X-TENANT-id, Accept')
  own() {
    return [];
  }

  @Get('all')
  @Header('Vary', '*')
  all() {
    return [];
  }

  @Sse('events')
  events() {
    return of({ data: 'one' });
  }

  /** What libraries do that write to the socket themselves. */
  @Get('raw')
  raw(@Res() given: ServerResponse | { raw: ServerResponse; hijack(): void }) {
    if ('hijack' in given) given.hijack();
    const response = 'raw' in given && 'hijack' in given ? given.raw : (given as ServerResponse);
    response.writeHead(200, { vary: 'Accept-Encoding', 'x-kept': 'yes' }).end('raw');
  }

  @Get('raw-list')
  rawList(@Res() given: ServerResponse | { raw: ServerResponse; hijack(): void }) {
    if ('hijack' in given) given.hijack();
    const response = 'raw' in given && 'hijack' in given ? given.raw : (given as ServerResponse);
    response.writeHead(200, 'Fine', ['Vary', 'Accept-Encoding', 'x-kept', 'yes']).end('raw');
  }
}

const controllers = [ProductsController];

afterEach(closeApps);

describe.each(PLATFORMS)('Vary on %s', (platform) => {
  const start = (resolvers: TenantResolver[], prepare?: (app: INestApplication) => unknown) =>
    startApp(platform as Platform, { controllers, tenancy: { resolvers, exclude: ['/optional'] }, prepare });

  async function varyOf(url: string, headers: Record<string, string> = {}): Promise<string[]> {
    const response = await fetch(url, { headers });
    await response.body?.cancel();
    const vary = response.headers.get('vary')?.toLowerCase();
    return vary === undefined ? [] : vary.split(', ').sort();
  }

  const tokenOf = (tenant_id: string) =>
    new SignJWT({ tenant_id })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(secret));

  it('names the header that the tenant is read from, there or not, admitted or refused', async () => {
    const { url } = await start([new HeaderResolver({ header: 'X-Company' })]);
    for (const tenant of ['acme', 'nobody', 'suspended', '../etc', undefined]) {
      expect(await varyOf(`${url}/products`, tenant === undefined ? {} : { 'x-company': tenant })).toEqual([
        'x-company',
      ]);
    }
  });

  it('names every header that was asked for', async () => {
    const resolvers = [
      new JwtResolver({ secret, header: 'authorization', cookie: 'session' }),
      new ApiKeyResolver(),
      new CustomResolver((request) => (request.header('X-Shop') === 'yes' ? 'acme' : undefined)),
    ];
    const { url } = await start(resolvers);
    const all = ['authorization', 'cookie', 'x-api-key', 'x-shop'];
    expect(await varyOf(`${url}/products`)).toEqual(all);
    expect(await varyOf(`${url}/products`, { cookie: `session=${await tokenOf('acme')}` })).toEqual(all);
    const bearer = { authorization: `Bearer ${await tokenOf('acme')}` };
    // With a token in the header, no cookie changes the answer.
    expect(await varyOf(`${url}/products`, bearer)).toEqual(['authorization', 'x-api-key', 'x-shop']);
  });

  it.each<[string, TenantResolver, string]>([
    ['the subdomain', new SubdomainResolver({ baseDomains: ['example.com'] }), '/products'],
    ['the domain', new DomainResolver(), '/products'],
    ['the path', new PathResolver(), '/t/acme/products'],
    ['the query', new QueryResolver(), '/products?tenant=acme'],
    ['nothing', new DefaultTenantResolver({ tenant: 'acme' }), '/products'],
  ])('is left alone where the tenant is in %s', async (_where, resolver, path) => {
    const { url } = await start([resolver]);
    expect(await varyOf(url + path)).toEqual([]);
  });

  it('names a trusted X-Forwarded-Host, which is not in the keys of a cache behind the proxy', async () => {
    const { url } = await start([new DomainResolver({ trustForwardedHost: true })]);
    expect(await varyOf(`${url}/products`)).toEqual(['x-forwarded-host']);
  });

  it('is said on routes of a tenant only', async () => {
    const { url } = await start([new HeaderResolver()]);
    expect(await varyOf(`${url}/system`, { 'x-tenant-id': 'acme' })).toEqual([]);
    expect(await varyOf(`${url}/optional`, { 'x-tenant-id': 'acme' })).toEqual([]);
    expect(await varyOf(`${url}/nowhere`, { 'x-tenant-id': 'acme' })).toEqual([]);
  });

  it.each([
    ['/language', ['accept-language', 'x-tenant-id']],
    ['/own', ['accept', 'x-tenant-id']],
    ['/all', ['*']],
    ['/events', ['x-tenant-id']],
    ['/raw', ['accept-encoding', 'x-tenant-id']],
    ['/raw-list', ['accept-encoding', 'x-tenant-id']],
  ])('is merged with what the app says: %s', async (path, expected) => {
    const { url } = await start([new HeaderResolver()]);
    expect(await varyOf(url + path, { 'x-tenant-id': 'acme' })).toEqual(expected);
  });

  it('keeps the other headers that are written with the head', async () => {
    const { url } = await start([new HeaderResolver()]);
    for (const path of ['/raw', '/raw-list']) {
      const response = await fetch(url + path, { headers: { 'x-tenant-id': 'acme' } });
      expect(response.headers.get('x-kept')).toBe('yes');
      expect(await response.text()).toBe('raw');
    }
  });

  it('is merged with that of CORS', async () => {
    const { url } = await start([new HeaderResolver()], (app) => app.enableCors({ origin: /example/ }));
    const headers = { origin: 'https://example.com', 'x-tenant-id': 'acme' };
    expect(await varyOf(`${url}/products`, headers)).toEqual(['origin', 'x-tenant-id']);
    expect(await varyOf(`${url}/language`, headers)).toContain('x-tenant-id');
  });
});

it(`a merged Vary has every name once, in any letter case (seed ${seed})`, () => {
  const name = fc.constantFrom('Accept', 'accept', 'Origin', 'X-Tenant-ID', 'x-tenant-id', 'Cookie', '');
  const present = fc.option(
    fc.oneof(
      fc.array(name).map((names) => names.join(', ')),
      fc.array(name),
    ),
    { nil: undefined },
  );
  fc.assert(
    fc.property(present, fc.array(name), (given, added) => {
      const merged = mergeVary(given, added);
      const names = merged === '' ? [] : merged.toLowerCase().split(', ');
      const wanted = [...[given ?? []].flat().flatMap((value) => value.split(', ')), ...added];
      expect(new Set(names)).toEqual(new Set(wanted.map((each) => each.toLowerCase()).filter(Boolean)));
      expect(names.length).toBe(new Set(names).size);
      expect(mergeVary(merged, added)).toBe(merged);
    }),
    { seed },
  );
});
