import { request } from 'node:http';
import { jest } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { Catalog, TenantContext } from '@rowhouse/core';
import { auditStatement } from '@rowhouse/core/internal';
import { TenantLifecycle } from '@rowhouse/migrations';
import { SystemRoute } from '@rowhouse/nestjs';
import pg from 'pg';
import { AdminDeployment, type Answer, PLATFORMS, type Platform } from '../admin-app.fixture.js';

let deployment: AdminDeployment;

beforeEach(async () => {
  deployment = await AdminDeployment.open();
});
afterEach(() => deployment.close());

type Entry = Record<string, unknown> & { readonly action: string };
const entriesIn = ({ body }: Answer): Entry[] => body.items;

describe.each(PLATFORMS)('the audit trail on %s', (platform: Platform) => {
  it('has an entry of each step of a tenant, with who, why and what it was before', async () => {
    const { call, ended } = await deployment.start({ platform });
    const headers = { 'x-reason': 'Ticket 4711', 'x-request-id': 'req-4711' };
    await ended(
      await call('POST', 'tenants', { body: { slug: 'acme', metadata: { apiKey: 'clear' } }, headers }),
    );
    const { id } = (await call('GET', 'tenants/acme')).body;
    await call('PATCH', 'tenants/acme', { body: { plan: 'pro' }, role: 'operator', headers });
    for (const how of ['suspend', 'activate', 'maintenance', 'archive', 'activate'])
      expect((await call('POST', `tenants/acme/${how}`)).status).toBe(200);
    await call('DELETE', 'tenants/acme?retentionDays=0');
    await call('POST', 'tenants/acme/restore');
    await call('DELETE', 'tenants/acme?retentionDays=0');
    await ended(
      await call('POST', 'tenants/acme/purge', { body: { confirm: 'acme', beforeRetentionEnds: true } }),
    );

    const page = await call('GET', `tenants/${id}/audit`);
    expect(page.status).toBe(200);
    const [created, updated, suspended, ...rest] = entriesIn(page).reverse();
    expect(created).toMatchObject({
      action: 'tenant.created',
      tenantId: id,
      target: 'acme',
      actor: { type: 'operator', id: 'owner' },
      address: expect.stringMatching(/127\.0\.0\.1$/),
      reason: 'Ticket 4711',
      before: null,
      after: { slug: 'acme', status: 'active', plan: 'free', metadata: { apiKey: '•••' } },
    });
    expect(created?.['requestId']).toBe('req-4711');
    expect(updated).toMatchObject({
      action: 'tenant.updated',
      actor: { id: 'operator' },
      before: { plan: 'free' },
      after: { plan: 'pro' },
    });
    expect(suspended).toMatchObject({
      action: 'tenant.suspended',
      reason: null,
      before: { status: 'active' },
      after: { status: 'suspended' },
    });
    expect(rest.map(({ action }) => action)).toEqual([
      'tenant.activated',
      'tenant.maintenance',
      'tenant.archived',
      'tenant.activated',
      'tenant.deleted',
      'tenant.restored',
      'tenant.deleted',
      'tenant.purged',
      'tenant.certified',
    ]);
    expect(rest.at(-2)).toMatchObject({ before: { slug: 'acme', status: 'deleted' }, after: null });
    expect(await call('GET', 'audit/verify')).toMatchObject({
      status: 200,
      body: { isIntact: true, entries: 12 },
    });
    expect(await call('GET', 'tenants/acme/audit')).toMatchObject({ status: 404 });
  });

  it('lists in pages and by filters, and refuses what is none', async () => {
    const { app, call } = await deployment.start({ platform });
    await app
      .get(Catalog)
      .run(
        Array.from({ length: 5 }, (_, n) =>
          auditStatement({ action: n < 3 ? 'domain.added' : 'api_key.created' }),
        ),
      );
    const first = await call('GET', 'audit?limit=2&action=domain.');
    expect(entriesIn(first).map(({ seq }) => seq)).toEqual([3, 2]);
    const second = await call('GET', `audit?limit=2&action=domain.&cursor=${first.body.next}`);
    expect(second.body).toMatchObject({ items: [{ seq: 1 }], next: null });
    for (const query of [
      'tenant=acme',
      'from=never',
      'from=-271821-04-20T00:00:00.000Z',
      'cursor=x',
      'action=%00',
      'what=1',
      'limit=999',
    ])
      expect([query, (await call('GET', `audit?${query}`)).status]).toEqual([query, 400]);
    expect((await call('GET', 'audit/export?format=xml')).status).toBe(400);
    expect((await call('GET', 'audit', { role: 'nobody' })).status).toBe(401);
    expect((await call('GET', 'audit/verify', { role: 'operator' })).status).toBe(403);
  });

  it('streams an export of 10,000 entries, and stops reading when the client goes away', async () => {
    const { app, url, call } = await deployment.start({ platform });
    const statements = Array.from({ length: 10_000 }, (_, n) =>
      auditStatement({ action: 'domain.added', target: `${n}.test`, after: { text: 'x'.repeat(2_000) } }),
    );
    await app.get(Catalog).run(statements);
    const csv = await call('GET', 'audit/export?format=csv');
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/);
    expect(csv.body.trimEnd().split('\r\n')).toHaveLength(10_001);
    const ndjson = await fetch(`${url}/admin/audit/export`, { headers: { authorization: 'Bearer owner' } });
    expect(ndjson.headers.get('content-disposition')).toBe('attachment; filename="audit.ndjson"');
    const lines = (await ndjson.text()).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual(statements.map((_, n) => n + 1));

    const query = jest.spyOn(app.get(Catalog), 'query');
    await new Promise<void>((resolve, reject) => {
      const asked = request(
        `${url}/admin/audit/export`,
        { headers: { authorization: 'Bearer owner' } },
        (answer) => {
          answer.once('readable', () => {
            answer.destroy();
            resolve();
          });
        },
      );
      asked.once('error', reject).end();
    });
    const quiet = async () => {
      const before = query.mock.calls.length;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return query.mock.calls.length === before;
    };
    while (!(await quiet()));
    const reads = query.mock.calls.filter(([text]) => String(text).includes('audit_entries'));
    expect(reads.length).toBeLessThan(15);
  });

  it('refuses a reason that is none, before anything is changed', async () => {
    const { call, ended } = await deployment.start({ platform });
    await ended(await call('POST', 'tenants', { body: { slug: 'acme' } }));
    for (const reason of ['x'.repeat(501), ' ', 'a\u0085b'])
      expect(await call('POST', 'tenants/acme/suspend', { headers: { 'x-reason': reason } })).toMatchObject({
        status: 400,
        body: { code: 'REQUEST_INVALID', errors: [{ field: 'X-Reason' }] },
      });
    expect((await call('GET', 'tenants/acme')).body.status).toBe('active');
    const reason = Buffer.from('Zahlung überfällig').toString('latin1');
    await call('POST', 'tenants/acme/suspend', {
      headers: { 'x-reason': reason, 'x-request-id': 'not one' },
    });
    expect(entriesIn(await call('GET', 'audit'))[0]).toMatchObject({
      action: 'tenant.suspended',
      reason: 'Zahlung überfällig',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
});

it("cannot be read by the app's login, which reads tenants", async () => {
  const { app, call, ended } = await deployment.start();
  await ended(await call('POST', 'tenants', { body: { slug: 'acme' } }));
  // As the release before granted it.
  await app.get(Catalog).query(`grant select on rowhouse.audit_entries to ${deployment.roles}_app`);
  await app.get(TenantLifecycle).repair();
  const login = new pg.Client({ connectionString: deployment.database.loginUrl });
  await login.connect();
  try {
    expect((await login.query('select slug from rowhouse.tenants')).rows).toEqual([{ slug: 'acme' }]);
    for (const statement of [
      'select * from rowhouse.audit_entries',
      'select * from rowhouse.audit_head',
      'delete from rowhouse.audit_entries',
      "select rowhouse.write_event('created', id, null) from rowhouse.tenants",
      "select rowhouse.append_audit('domain.added', null, null, null, null, null, null, null, null)",
    ])
      await expect(login.query(statement)).rejects.toMatchObject({ code: '42501' });
  } finally {
    await login.end();
  }
});

describe('entries into the system context', () => {
  it('are counted by reason, and are no entry for each request', async () => {
    @Controller('app')
    class AppController {
      @Get('report')
      @SystemRoute('nightly report')
      report() {
        return {};
      }
      @Get('plain')
      @SystemRoute()
      plain() {
        return {};
      }
    }
    const { url, call } = await deployment.start({ controllers: [AppController] });
    for (let n = 0; n < 5; n += 1) {
      await fetch(`${url}/app/report`);
      await fetch(`${url}/app/plain`);
      await call('GET', 'tenants');
    }
    TenantContext.runAsSystem('a\0b', () => {});
    for (let n = 0; n < 300; n += 1) TenantContext.runAsSystem(`import ${n}`, () => {});
    expect(entriesIn(await call('GET', 'audit'))).toEqual([]);
    await deployment.closeApps();
    const next = await deployment.start();
    const counted = entriesIn(await next.call('GET', 'audit?action=system.entered&limit=200'));
    const [uncounted] = entriesIn(await next.call('GET', 'audit?action=system.uncounted'));
    const { count } = (uncounted?.['after'] ?? { count: 0 }) as { count: number };
    expect(counted).toHaveLength(200);
    expect(counted.find(({ reason }) => reason === 'nightly report')).toMatchObject({
      actor: { type: 'service' },
      after: { count: 5 },
    });
    expect(counted.map(({ reason }) => reason)).toContain('a\\u0000b');
    expect(counted.filter(({ reason }) => String(reason).startsWith('route '))).toEqual([]);
    expect(counted.length - 1 + count).toBeGreaterThanOrEqual(300);
  });
});
