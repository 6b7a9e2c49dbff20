import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { INestApplication } from '@nestjs/common';
import { PostgresTenantStore, TenantHomes } from '@rowhouse/core';
import {
  createTestDatabase,
  type ProvidedDatabase,
  provideDatabase,
  type TestDatabase,
} from '@rowhouse/testing';
import pg from 'pg';
import { dropRoles } from '../../../../test/support/roles.js';
import { createApp } from '../create-app.js';
import { DemoIssuer } from '../members/demo-issuer.js';
import type { Platform } from '../settings.js';

// Nora owns acme and is staff of globex, Sven is staff of acme, Hank owns globex.
const NORA = 'nora@example.com';
const SVEN = 'sven@example.com';
const HANK = 'hank@example.com';

let database: TestDatabase;
let provided: ProvidedDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  // Roles are the whole server's, and other suites have theirs.
  process.env.ROWHOUSE_ROLES = `portal_${randomBytes(4).toString('hex')}`;
  provided = await provideDatabase(database.url, database.name);
});
afterAll(async () => {
  const roles = process.env.ROWHOUSE_ROLES as string;
  const homes = new TenantHomes({ owner: { url: database.url }, pool: { roles } });
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const { tenants } = await new PostgresTenantStore({ pool }).list();
  await pool.end();
  for (const tenant of tenants) await homes.remove(tenant);
  await homes.close();
  await database.drop();
  for (const prefix of [roles, database.name]) await dropRoles(prefix);
});

describe.each<Platform>(['express', 'fastify'])('the portal of a tenant on %s', (platform) => {
  let app: INestApplication;

  beforeAll(async () => {
    app = await createApp(provided, platform);
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app?.close());

  const fetchFrom = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/${path}`, init);
  async function call(who: string | undefined, tenant: string | undefined, what: string, body?: unknown) {
    const [method, path] = what.split(' ') as [string, string];
    const response = await fetchFrom(path, {
      method,
      headers: {
        ...(who && { authorization: `Bearer ${await app.get(DemoIssuer).tokenOf(who)}` }),
        ...(tenant && { 'x-tenant-id': tenant }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  }

  it('shows an owner members, invitations, keys, the trail and usage', async () => {
    const { body: members } = await call(NORA, 'acme', 'GET portal/members');
    expect(members.items.map(({ email }: { email: string }) => email)).toEqual(
      expect.arrayContaining([NORA, SVEN]),
    );
    for (const path of ['invitations', 'keys', 'audit', 'usage'])
      expect(await call(NORA, 'acme', `GET portal/${path}`)).toMatchObject({
        status: 200,
        body: { items: expect.any(Array), next: null },
      });
  });

  it('is for owners of the tenant, and nobody else', async () => {
    const paths = ['members', 'invitations', 'keys', 'audit', 'usage', 'export'].map(
      (path) => `GET portal/${path}`,
    );
    for (const path of [...paths, 'POST portal/keys', 'POST portal/invitations']) {
      const body = path.startsWith('POST') ? {} : undefined;
      expect((await call(undefined, 'acme', path, body)).status).toBe(401);
      for (const [who, tenant] of [
        [SVEN, 'acme'],
        [NORA, 'globex'],
        [HANK, 'acme'],
      ] as const)
        expect(await call(who, tenant, path, body)).toMatchObject({ status: 403 });
      expect((await call(NORA, undefined, path, body)).status).toBe(400);
    }
  });

  it('lets an owner change nothing of another tenant, whatever ids they know', async () => {
    const sven = (await call(NORA, 'acme', 'GET portal/members?limit=200')).body.items.find(
      ({ email }: { email: string }) => email === SVEN,
    ).id;
    const key = (await call(NORA, 'acme', 'POST portal/keys', { label: 'ci' })).body;
    const asked = await call(NORA, 'acme', 'POST portal/invitations', {
      email: 'eve@example.com',
      roles: ['staff'],
    });
    for (const [what, body] of [
      [`PATCH portal/members/${sven}`, { roles: ['owner'] }],
      [`DELETE portal/members/${sven}`],
      [`DELETE portal/keys/${key.id}`],
      [`DELETE portal/invitations/${asked.body.id}`],
    ] as const)
      expect((await call(HANK, 'globex', what, body)).status).toBe(404);
    for (const path of ['members', 'invitations', 'keys', 'audit']) {
      const text = JSON.stringify((await call(HANK, 'globex', `GET portal/${path}`)).body);
      for (const id of [sven, key.id, asked.body.id]) expect(text).not.toContain(id);
    }
    expect((await call(HANK, 'globex', 'GET portal/invitations')).body.items).toEqual([]);
    const { next } = (await call(NORA, 'acme', 'GET portal/members?limit=1')).body;
    const page = await call(HANK, 'globex', `GET portal/members?cursor=${encodeURIComponent(next)}`);
    expect(JSON.stringify(page.body)).not.toContain(sven);
    expect((await call(NORA, 'acme', `DELETE portal/invitations/${asked.body.id}`)).status).toBe(204);
  });

  it('makes keys that open their tenant until they are revoked, and no portal', async () => {
    const made = await call(NORA, 'acme', 'POST portal/keys', { label: 'till' });
    const { id, key } = made.body;
    const me = async () => {
      const response = await fetchFrom('me', { headers: { 'x-api-key': key } });
      return [response.status, ((await response.json()) as { slug?: string }).slug];
    };
    expect(await me()).toEqual([200, 'acme']);
    expect((await fetchFrom('portal/members', { headers: { 'x-api-key': key } })).status).toBe(401);
    expect(JSON.stringify((await call(NORA, 'acme', 'GET portal/keys')).body)).not.toContain(key);
    expect((await call(NORA, 'acme', `DELETE portal/keys/${id}`)).status).toBe(204);
    const keys = (await call(NORA, 'acme', 'GET portal/keys')).body.items;
    expect(keys.find((one: { id: string }) => one.id === id).revokedAt).toEqual(expect.any(String));
  });

  it('invites, and who has the link and the address joins once', async () => {
    const ivy = `ivy-${platform}@example.com`;
    const invitation = { email: ivy, roles: ['staff'] };
    const { token } = (await call(NORA, 'acme', 'POST portal/invitations', invitation)).body;
    expect((await call('mallory@example.com', undefined, 'POST join', { token })).status).toBe(403);
    expect(await call(ivy, undefined, 'POST join', { token })).toMatchObject({
      status: 201,
      body: { roles: ['staff'] },
    });
    expect((await call(ivy, undefined, 'POST join', { token })).status).toBe(410);
    expect((await call(ivy, 'acme', 'GET portal/members')).status).toBe(403);
  });

  it('says in the trail which member made a change, and names no operator and no address', async () => {
    await call(NORA, 'acme', 'POST portal/keys', { label: 'trail' });
    const { items } = (await call(NORA, 'acme', 'GET portal/audit')).body;
    expect(items[0]).toEqual({
      seq: expect.any(Number),
      at: expect.any(String),
      action: 'api_key.created',
      target: expect.any(String),
      actor: NORA,
    });
  });

  it('keeps the last owner', async () => {
    const [nora] = (await call(NORA, 'acme', 'GET portal/members')).body.items.filter(
      ({ email }: { email: string }) => email === NORA,
    );
    expect((await call(NORA, 'acme', `DELETE portal/members/${nora.id}`)).status).toBe(409);
  });

  it.each([
    ['acme', NORA, 'TENT-2P'],
    ['globex', HANK, undefined],
  ])('exports %s, with rows of no other', async (tenant, who, sku) => {
    const response = await fetchFrom('portal/export', {
      headers: { authorization: `Bearer ${await app.get(DemoIssuer).tokenOf(who)}`, 'x-tenant-id': tenant },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${tenant}.tar.gz"`);
    const archive = gunzipSync(Buffer.from(await response.arrayBuffer())).toString('latin1');
    expect(archive.includes('TENT-2P')).toBe(sku !== undefined);
  });

  it('serves its pages without any data, under a policy without inline code', async () => {
    const page = await fetchFrom('portal');
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self';/);
    expect(await page.text()).not.toMatch(/<script(?![^>]* src=)|<style| on\w+=| style=/);
    expect((await fetchFrom('portal/portal.js')).headers.get('content-type')).toMatch('text/javascript');
    expect((await fetchFrom('portal/portal-texts.js')).headers.get('content-type')).toMatch(
      'text/javascript',
    );
    expect((await fetchFrom('portal/portal.css')).headers.get('content-type')).toMatch('text/css');
  });
});
