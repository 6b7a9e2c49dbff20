import { jest } from '@jest/globals';
import { Controller, Get, Logger, Post } from '@nestjs/common';
import { RequireScope, TenantDirectory, TenantId } from '@rowhouse/nestjs';
import pg from 'pg';
import { until } from '../../../../test/support/until.js';
import { AdminDeployment, PLATFORMS, type Platform } from '../admin-app.fixture.js';

@Controller('orders')
class OrdersController {
  @Get()
  list(@TenantId() tenant: string): object {
    return { tenant };
  }

  @Post()
  @RequireScope('orders:write')
  write(): object {
    return {};
  }

  @Get('shared')
  @RequireScope('orders:read', { others: 'allow' })
  shared(): object {
    return {};
  }
}

@Controller('reports')
@RequireScope('reports:read')
class ReportsController {
  @Get()
  list(): object {
    return {};
  }

  @Get('open')
  @RequireScope('reports:open')
  open(): object {
    return {};
  }
}

const OLD = { version: 1, secret: 'old-'.repeat(8) };
const NEW = { version: 2, secret: 'new-'.repeat(8) };

let deployment: AdminDeployment;
let pool: pg.Pool;

beforeEach(async () => {
  deployment = await AdminDeployment.open();
  pool = new pg.Pool({ connectionString: deployment.database.url, max: 2 });
  pool.on('error', () => undefined);
});
afterEach(async () => {
  await pool.end();
  await deployment.close();
});

type Started = Awaited<ReturnType<typeof start>>;

async function start(options: Parameters<AdminDeployment['start']>[0] = {}) {
  const app = await deployment.start({ controllers: [OrdersController, ReportsController], ...options });
  /** A request of a client of the app, with a key. */
  const ask = async (
    path: string,
    key: string | undefined,
    { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
  ) => {
    const response = await fetch(`${app.url}/${path}`, {
      method,
      headers: { ...(key && { 'x-api-key': key }), ...headers },
    });
    const body = (await response.json()) as { code?: string; tenant?: string };
    return { status: response.status, code: body.code, tenant: body.tenant };
  };
  return { ...app, ask };
}

async function makeTenant({ call, ended }: Started, slug = 'acme'): Promise<string> {
  const begun = await call('POST', 'tenants', { body: { slug } });
  await ended(begun);
  return begun.body.id;
}

describe.each(PLATFORMS)('API keys on %s', (platform: Platform) => {
  it('are made, shown once, listed, changed, used and revoked', async () => {
    const app = await start({ platform, peppers: [OLD] });
    const { call, ask } = app;
    const tenant = await makeTenant(app);
    const created = await call('POST', 'tenants/acme/keys', {
      body: { label: 'ci', scopes: ['orders:read', 'orders:read'], networks: ['127.0.0.5/8', '::1'] },
    });
    expect(created).toMatchObject({
      status: 201,
      body: {
        label: 'ci',
        key: expect.stringMatching(/^rh_live_[0-9A-Za-z]{43}_[0-9a-f]{8}$/),
        scopes: ['orders:read'],
        networks: expect.arrayContaining(['127.0.0.0/8', '::1/128']),
        pepperVersion: 1,
        expiresAt: null,
        lastUsedAt: null,
        createdBy: { type: 'operator', id: 'owner' },
        revokedAt: null,
        replacedBy: null,
      },
    });
    const { key, ...details } = created.body;
    expect(key.startsWith(details.prefix)).toBe(true);
    expect(await ask('orders', key)).toMatchObject({ status: 200, tenant });

    const read = await call('GET', `tenants/${tenant}/keys/${details.id}`, { role: 'viewer' });
    expect(read).toMatchObject({ status: 200, body: details });
    expect(read.headers.get('etag')).toBe(created.headers.get('etag'));
    const listed = await call('GET', 'tenants/acme/keys');
    expect(listed.body).toMatchObject({ items: [details], next: null });
    expect(JSON.stringify([read.body, listed.body])).not.toContain(key);

    const headers = { 'if-match': read.headers.get('etag') as string };
    const change = { body: { label: 'build', scopes: [], expiresAt: '2999-01-01T00:00:00+02:00' }, headers };
    const path = `tenants/acme/keys/${details.id}`;
    expect(await call('PATCH', path, change)).toMatchObject({
      status: 200,
      body: { label: 'build', scopes: [], networks: details.networks, expiresAt: '2998-12-31T22:00:00.000Z' },
    });
    expect(await call('PATCH', path, change)).toMatchObject({ status: 412 });
    expect(await call('PATCH', path, { body: { expiresAt: null } })).toMatchObject({
      body: { expiresAt: null, label: 'build' },
    });

    const revoked = await call('DELETE', path);
    expect(revoked).toMatchObject({ status: 200, body: { revokedAt: expect.any(String) } });
    expect((await call('DELETE', path)).body).toEqual(revoked.body);
    await until(async () => (await ask('orders', key)).status === 404);
    expect(await call('PATCH', path, { body: { label: 'x' } })).toMatchObject({ status: 409 });
    expect(await call('POST', `${path}/rotate`)).toMatchObject({ status: 409 });
    expect(await call('GET', 'tenants/acme/keys')).toMatchObject({ body: { items: [revoked.body] } });
  });

  it('may be used from their networks only, as the app trusts its proxies', async () => {
    const app = await start({ platform });
    await makeTenant(app);
    const body = { label: 'office', networks: ['203.0.113.0/24', '2001:db8::/32'] };
    const { key } = (await app.call('POST', 'tenants/acme/keys', { body })).body;
    const from = (address: string) => app.ask('orders', key, { headers: { 'x-forwarded-for': address } });
    expect(await app.ask('orders', key)).toEqual({ status: 403, code: 'API_KEY_NETWORK_REFUSED' });
    for (const address of ['203.0.113.9', '::ffff:203.0.113.9', '2001:db8::9'])
      expect(await from(address)).toMatchObject({ status: 200 });
    for (const address of ['203.0.114.9', '2001:db9::9', 'unknown', '203.0.113.9, 198.51.100.1'])
      expect(await from(address)).toMatchObject({ status: 403 });
  });

  it('do what their scopes allow', async () => {
    const app = await start({ platform });
    await makeTenant(app);
    const keyWith = async (scopes: string[]) =>
      (await app.call('POST', 'tenants/acme/keys', { body: { label: 'x', scopes } })).body.key;
    const may = async (path: string, scopes: string[], method = 'GET') => {
      const { status, code } = await app.ask(path, await keyWith(scopes), { method });
      return code ?? status < 300;
    };
    const refused = 'API_KEY_SCOPE_MISSING';
    expect(await may('orders', [])).toBe(true);
    expect(await may('orders', [], 'POST')).toBe(refused);
    expect(await may('orders', ['orders:read'], 'POST')).toBe(refused);
    expect(await may('orders', ['orders:write'], 'POST')).toBe(true);
    expect(await may('orders', ['orders:*'], 'POST')).toBe(true);
    expect(await may('orders', ['*'], 'POST')).toBe(true);
    expect(await may('orders/shared', [])).toBe(refused);
    expect(await may('reports', ['reports:read'])).toBe(true);
    expect(await may('reports', [])).toBe(refused);
    expect(await may('reports/open', ['reports:read'])).toBe(refused);
    expect(await may('reports/open', ['reports:open'])).toBe(true);

    const headers = { 'x-tenant-id': 'acme' };
    expect(await app.ask('orders', undefined, { method: 'POST', headers })).toMatchObject({ code: refused });
    expect(await app.ask('orders/shared', undefined, { headers })).toMatchObject({ status: 200 });
    expect(await app.ask('orders/shared', undefined)).toMatchObject({ status: 400 });
    expect(await app.ask('orders/shared', await keyWith([]), { headers })).toMatchObject({ code: refused });
  });

  it('say what is wrong with a request', async () => {
    const app = await start({ platform });
    const { call } = app;
    await makeTenant(app);
    await makeTenant(app, 'globex');
    const body = {
      label: 'a\u0007b',
      scopes: ['Orders Write', '*:write', 'a**'],
      networks: ['10.0.0.0/40', 'localhost'],
      expiresAt: '2000-01-01T00:00:00Z',
      prefix: 'rh_',
    };
    const { status, body: problem } = await call('POST', 'tenants/acme/keys', { body });
    expect(status).toBe(400);
    expect(problem.errors.map(({ field }: { field: string }) => field)).toEqual(
      expect.arrayContaining([
        'label',
        'scopes.0',
        'scopes.1',
        'scopes.2',
        'networks.0',
        'networks.1',
        'expiresAt',
      ]),
    );
    for (const wrong of [
      undefined,
      {},
      [],
      { label: '' },
      { label: 'x'.repeat(201) },
      { label: 'x', scopes: '*' },
    ])
      expect(await call('POST', 'tenants/acme/keys', { body: wrong })).toMatchObject({ status: 400 });
    expect(await call('POST', 'tenants/nobody/keys', { body: { label: 'x' } })).toMatchObject({
      status: 404,
    });
    const { id } = (await call('POST', 'tenants/acme/keys', { body: { label: 'x' } })).body;
    expect(await call('PATCH', `tenants/acme/keys/${id}`, { body: {} })).toMatchObject({ status: 400 });
    for (const overlapHours of [-1, 721, 1.5, '24'])
      expect(await call('POST', `tenants/acme/keys/${id}/rotate`, { body: { overlapHours } })).toMatchObject({
        status: 400,
      });
    for (const path of ['acme/keys/none', `globex/keys/${id}`]) {
      expect(await call('GET', `tenants/${path}`)).toMatchObject({
        status: 404,
        body: { code: 'API_KEY_NOT_FOUND' },
      });
      expect(await call('DELETE', `tenants/${path}`)).toMatchObject({ status: 404 });
      expect(await call('POST', `tenants/${path}/rotate`)).toMatchObject({ status: 404 });
    }
    const viewer = { body: { label: 'x' }, role: 'viewer' } as const;
    expect(await call('POST', 'tenants/acme/keys', viewer)).toMatchObject({ status: 403 });
  });

  it('are rotated with an overlap', async () => {
    const app = await start({ platform });
    const { call, ask } = app;
    await makeTenant(app);
    const first = (
      await call('POST', 'tenants/acme/keys', {
        body: { label: 'ci', scopes: ['*'], networks: ['127.0.0.1'] },
      })
    ).body;
    const second = await call('POST', `tenants/acme/keys/${first.id}/rotate`);
    expect(second).toMatchObject({
      status: 201,
      body: { label: 'ci', scopes: ['*'], networks: ['127.0.0.1/32'], expiresAt: null },
    });
    const old = (await call('GET', `tenants/acme/keys/${first.id}`)).body;
    expect(old.replacedBy).toBe(second.body.id);
    const hours = (Date.parse(old.expiresAt) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThanOrEqual(24);
    for (const { key } of [first, second.body])
      expect(await ask('orders', key)).toMatchObject({ status: 200 });

    for (const expiresAt of [null, '2999-01-01T00:00:00Z'])
      expect(await call('PATCH', `tenants/acme/keys/${first.id}`, { body: { expiresAt } })).toMatchObject({
        status: 409,
        body: { code: 'API_KEY_CONFLICT' },
      });
    const sooner = { body: { expiresAt: new Date(Date.now() + 3_600_000).toISOString() } };
    expect(await call('PATCH', `tenants/acme/keys/${first.id}`, sooner)).toMatchObject({ status: 200 });

    const body = { overlapHours: 0 };
    const third = await call('POST', `tenants/acme/keys/${second.body.id}/rotate`, { body });
    await until(async () => (await ask('orders', second.body.key)).status === 404);
    expect(await ask('orders', third.body.key)).toMatchObject({ status: 200 });
    expect(await call('POST', `tenants/acme/keys/${first.id}/rotate`)).toMatchObject({
      status: 409,
      body: { code: 'API_KEY_CONFLICT' },
    });
  });

  it('are given again to the same Idempotency-Key, and no other is made', async () => {
    const app = await start({ platform });
    await makeTenant(app);
    const request = { body: { label: 'ci' }, headers: { 'idempotency-key': '"one"' } };
    const first = await app.call('POST', 'tenants/acme/keys', request);
    const again = await app.call('POST', 'tenants/acme/keys', request);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.body.key).toMatch(/^rh_live_/);
    expect((await app.call('GET', 'tenants/acme/keys')).body.items).toHaveLength(1);
    const { rows } = await pool.query('select * from rowhouse.idempotency_keys');
    expect(JSON.stringify(rows)).not.toContain(first.body.key);
  });
});

describe('API keys', () => {
  it('cost no query once they are known, and stop working when they expire', async () => {
    const app = await start();
    const tenant = await makeTenant(app);
    const expiresAt = new Date(Date.now() + 3_600_000);
    const { key } = (
      await app.call('POST', 'tenants/acme/keys', {
        body: { label: 'ci', expiresAt: expiresAt.toISOString() },
      })
    ).body;
    expect(await app.ask('orders', key)).toMatchObject({ status: 200, tenant });
    const missesOf = async () => {
      const { misses } = app.app.get(TenantDirectory).stats();
      expect(await app.ask('orders', key)).toMatchObject({ status: 200, tenant });
      return app.app.get(TenantDirectory).stats().misses - misses;
    };
    // That the key was made is heard a moment later.
    await until(async () => (await missesOf()) === 0);
    const clock = jest.spyOn(Date, 'now').mockReturnValue(expiresAt.getTime());
    try {
      expect(await app.ask('orders', key)).toMatchObject({ status: 404, code: 'TENANT_NOT_FOUND' });
    } finally {
      clock.mockRestore();
    }
  });

  it('are forgotten by other instances when they are revoked or changed', async () => {
    const first = await start({ platform: 'express' });
    const second = await start({ platform: 'fastify' });
    await makeTenant(first);
    const { key, id } = (
      await first.call('POST', 'tenants/acme/keys', { body: { label: 'ci', scopes: ['reports:read'] } })
    ).body;
    expect(await second.ask('reports', key)).toMatchObject({ status: 200 });
    await first.call('PATCH', `tenants/acme/keys/${id}`, { body: { scopes: [] } });
    await until(async () => (await second.ask('reports', key)).code === 'API_KEY_SCOPE_MISSING');
    await first.call('DELETE', `tenants/acme/keys/${id}`);
    await until(async () => (await second.ask('orders', key)).status === 404);
  });

  it('work on while peppers are rotated, as long as theirs is given', async () => {
    const before = await start({ peppers: [] });
    const tenant = await makeTenant(before);
    const make = async (app: Started) =>
      (await app.call('POST', 'tenants/acme/keys', { body: { label: 'ci' } })).body;
    const plain = await make(before);
    const legacy = `rh_${'k'.repeat(43)}`;
    await pool.query(
      `insert into rowhouse.tenant_api_keys (key_hash, tenant_id, label) values (sha256(convert_to($1, 'UTF8')), $2, 'legacy')`,
      [legacy, tenant],
    );
    const peppered = await make(await start({ peppers: [OLD] }));
    const rotated = await start({ peppers: [NEW, OLD] });
    const newest = await make(rotated);
    expect([plain, peppered, newest].map(({ pepperVersion }) => pepperVersion)).toEqual([0, 1, 2]);
    for (const key of [legacy, plain.key, peppered.key, newest.key])
      expect(await rotated.ask('orders', key)).toMatchObject({ status: 200, tenant });
    const after = await start({ peppers: [NEW] });
    expect(await after.ask('orders', peppered.key)).toMatchObject({ status: 404 });
    expect(await after.ask('orders', newest.key)).toMatchObject({ status: 200 });
    const items = (await after.call('GET', 'tenants/acme/keys')).body.items;
    expect(items.find(({ label }: { label: string }) => label === 'legacy')).toMatchObject({
      id: expect.any(String),
      prefix: null,
      pepperVersion: 0,
      scopes: [],
    });
  });

  it('are replaced once when they are rotated twice at the same time', async () => {
    const apps = [await start(), await start()];
    const [first] = apps as [Started, Started];
    await makeTenant(first);
    const { id } = (await first.call('POST', 'tenants/acme/keys', { body: { label: 'ci' } })).body;
    const answers = await Promise.all(apps.map(({ call }) => call('POST', `tenants/acme/keys/${id}/rotate`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect((await first.call('GET', 'tenants/acme/keys')).body.items).toHaveLength(2);
  });

  it('keep the life that they were made for when they are rotated', async () => {
    const app = await start();
    await makeTenant(app);
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const made = (await app.call('POST', 'tenants/acme/keys', { body: { label: 'ci', expiresAt } })).body;
    const { body } = await app.call('POST', `tenants/acme/keys/${made.id}/rotate`);
    const life = Date.parse(body.expiresAt) - Date.parse(body.createdAt);
    expect(Math.abs(life - 3_600_000)).toBeLessThan(10_000);
    // The old one ends when it was to end: sooner than the overlap.
    expect((await app.call('GET', `tenants/acme/keys/${made.id}`)).body.expiresAt).toBe(expiresAt);
  });

  it('remember when they were used, and nobody forgets a tenant for it', async () => {
    const app = await start();
    const tenant = await makeTenant(app);
    const globex = await makeTenant(app, 'globex');
    const made = await app.call('POST', 'tenants/acme/keys', { body: { label: 'ci' } });
    const other = await start();
    const directory = other.app.get(TenantDirectory);
    await other.ask('orders', made.body.key);
    await directory.byId(globex);
    await app.ask('orders', made.body.key);
    await app.app.close();
    const read = await other.call('GET', `tenants/acme/keys/${made.body.id}`);
    expect(read.body.lastUsedAt).toEqual(expect.any(String));
    expect(read.headers.get('etag')).toBe(made.headers.get('etag'));
    // What is heard of a change that came after the use.
    await pool.query("update rowhouse.tenants set plan = 'pro' where slug = 'globex'");
    await until(async () => directory.peek('id', globex) === undefined);
    expect(directory.peek('id', tenant)).toMatchObject({ slug: 'acme' });
  });

  it('leave no trace in a log', async () => {
    const lines: string[] = [];
    const write = (...parts: unknown[]) => void lines.push(JSON.stringify(parts));
    try {
      const app = await start({ peppers: [OLD] });
      // The app is started without a logger.
      Logger.overrideLogger({ log: write, warn: write, error: write, debug: write, verbose: write });
      await makeTenant(app);
      const { key } = (await app.call('POST', 'tenants/acme/keys', { body: { label: 'ci' } })).body;
      await app.ask('orders', key);
      await pool.query('alter table rowhouse.tenant_api_keys rename to elsewhere');
      expect(await app.ask('orders', `${key}x`)).toMatchObject({ status: 503 });
      expect(await app.call('POST', 'tenants/acme/keys', { body: { label: 'ci' } })).toMatchObject({
        status: 500,
      });
      expect(lines).not.toEqual([]);
      expect(lines.join()).not.toContain(key);
      expect(lines.join()).not.toContain(OLD.secret);
    } finally {
      Logger.overrideLogger(false);
    }
  });

  it('are listed by pages, latest first', async () => {
    const app = await start();
    await makeTenant(app);
    for (const label of ['a', 'b', 'c']) await app.call('POST', 'tenants/acme/keys', { body: { label } });
    const labels: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body }: { body: { items: { label: string }[]; next: string | null } } = await app.call(
        'GET',
        `tenants/acme/keys?limit=2${cursor && `&cursor=${cursor}`}`,
      );
      labels.push(...body.items.map(({ label }) => label));
      cursor = body.next;
    }
    expect(labels).toEqual(['c', 'b', 'a']);
    expect(await app.call('GET', 'tenants/acme/keys?cursor=bm9uZQ')).toMatchObject({ status: 400 });
  });
});
