import { jest } from '@jest/globals';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Get } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Catalog } from '@rowhouse/core';
import { SystemRoute, TenantController } from '@rowhouse/nestjs';
import { until } from '../../../../test/support/until.js';
import { AdminDeployment, PLATFORMS } from '../admin-app.fixture.js';
import { CurrentMember } from './current-member.decorator.js';
import type { Member } from './member.js';
import { MembershipPolicy } from './membership.policy.js';
import { RequireRole } from './require-role.decorator.js';

const issuer = 'https://id.example.com';

/** As a guard that has verified a token. */
class FakeAuth implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const sub = request.headers['x-user'];
    if (sub) request.user = { iss: request.headers['x-issuer'] ?? issuer, sub };
    return true;
  }
}

@TenantController('notes')
class NotesController {
  @Get()
  list(@CurrentMember() member: Member | undefined) {
    return { email: member?.email, roles: member?.roles };
  }

  @Get('admin')
  @RequireRole('owner', 'admin')
  admin() {
    return { secret: true };
  }
}

@TenantController('settings')
@RequireRole('owner')
class SettingsController {
  @Get()
  read() {
    return {};
  }

  @Get('name')
  @RequireRole('member')
  name(@CurrentMember() member: Member) {
    return { email: member.email };
  }

  @Get('above')
  @SystemRoute()
  above() {
    return {};
  }
}

type App = Awaited<ReturnType<AdminDeployment['start']>>;

let deployment: AdminDeployment;
const apps = new Map<(typeof PLATFORMS)[number], App>();

beforeAll(async () => {
  deployment = await AdminDeployment.open();
  for (const platform of PLATFORMS)
    apps.set(
      platform,
      await deployment.start({
        platform,
        controllers: [NotesController, SettingsController],
        providers: [{ provide: APP_GUARD, useClass: FakeAuth }],
        accessPolicy: MembershipPolicy,
      }),
    );
  const app = appOn('express');
  for (const slug of ['acme', 'globex'])
    await app.ended(await app.call('POST', 'tenants', { body: { slug } }));
});
afterAll(() => deployment.close());

function appOn(platform: (typeof PLATFORMS)[number]): App {
  return apps.get(platform) as App;
}

async function add(subject: string, roles: string[], tenant = 'acme'): Promise<string> {
  const { status, body } = await appOn('express').call('POST', `tenants/${tenant}/members`, {
    body: { issuer, subject, email: `${subject}@example.com`, roles },
  });
  expect(status).toBe(201);
  return body.id;
}

async function visit(app: App, path: string, headers: Record<string, string>, tenant = 'acme') {
  const response = await fetch(`${app.url}/${path}`, { headers: { 'x-tenant-id': tenant, ...headers } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Counts statements of an app on its catalog, without those that no request waits for. */
function countQueries(app: App) {
  const catalog = app.app.get(Catalog);
  const query = jest.spyOn(catalog, 'query');
  let texts: string[] = [];
  const inBackground = /^(?:select id from rowhouse\.operations|\s*with due as)/;
  return {
    count: () => texts.filter((text) => !inBackground.test(text)).length,
    end: () => {
      texts = query.mock.calls.map(([text]) => String(text));
      query.mockRestore();
    },
  };
}

describe.each(PLATFORMS)('MembershipPolicy on %s', (platform) => {
  it('lets in active members of the tenant, and nobody else', async () => {
    const app = appOn(platform);
    const subject = `ada-${platform}`;
    await add(subject, ['owner']);
    const email = `${subject}@example.com`;
    expect(await visit(app, 'notes', { 'x-user': subject })).toEqual({
      status: 200,
      body: { email, roles: ['owner'] },
    });
    const others: [Record<string, string>, string][] = [
      [{}, 'acme'],
      [{ 'x-user': 'nobody' }, 'acme'],
      [{ 'x-user': subject, 'x-issuer': 'https://other.example.com' }, 'acme'],
      [{ 'x-user': subject.toUpperCase() }, 'acme'],
      [{ 'x-user': 'x'.repeat(2_000) }, 'acme'],
      [{ 'x-user': subject }, 'globex'],
    ];
    for (const [headers, tenant] of others) {
      const { status, body } = await visit(app, 'notes', headers, tenant);
      expect([headers, status, body['code']]).toEqual([headers, 403, 'TENANT_ACCESS_DENIED']);
    }
  });

  it('asks the catalog nothing for who was there a moment ago, member or not', async () => {
    const app = appOn(platform);
    const subject = `warm-${platform}`;
    await add(subject, ['admin']);
    const asked = async (rounds: number) => {
      const queries = countQueries(app);
      for (let round = 0; round < rounds; round += 1) {
        expect((await visit(app, 'notes', { 'x-user': subject })).status).toBe(200);
        expect((await visit(app, 'notes/admin', { 'x-user': subject })).status).toBe(200);
        expect((await visit(app, 'notes', { 'x-user': 'stranger' })).status).toBe(403);
      }
      queries.end();
      return queries.count();
    };
    // That the member was added is heard of in the meantime.
    await until(async () => (await visit(app, 'notes', { 'x-user': subject })).status === 200);
    // However long the requests take, no time passes in which what is held grows old.
    const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    await until(async () => (await asked(1)) === 0);
    expect(await asked(20)).toBe(0);
    clock.mockRestore();
  });

  it('@RequireRole wants one of the roles, of the handler before the controller', async () => {
    const app = appOn(platform);
    const [owner, member] = [`own-${platform}`, `mem-${platform}`];
    await add(owner, ['owner']);
    await add(member, ['member']);
    const statusOf = async (path: string, user?: string, tenant?: string) => {
      const { status, body } = await visit(app, path, user ? { 'x-user': user } : {}, tenant);
      return status === 200 ? status : body['code'];
    };
    expect(await statusOf('notes/admin', owner)).toBe(200);
    expect(await statusOf('settings', owner)).toBe(200);
    expect(await statusOf('settings/name', member)).toBe(200);
    expect(await statusOf('notes/admin', member)).toBe('MEMBER_ROLE_REQUIRED');
    expect(await statusOf('settings', member)).toBe('MEMBER_ROLE_REQUIRED');
    expect(await statusOf('settings/name', owner)).toBe('MEMBER_ROLE_REQUIRED');
    expect(await statusOf('notes/admin')).toBe('MEMBER_ROLE_REQUIRED');
    expect(await statusOf('notes/admin', owner, 'globex')).toBe('MEMBER_ROLE_REQUIRED');
    expect(await statusOf('settings/above', member)).toBe('MEMBER_ROLE_REQUIRED');
  });

  it('what changes at one instance holds at the other within a second', async () => {
    const other = appOn(platform === 'express' ? 'fastify' : 'express');
    const { call } = appOn(platform);
    const subject = `leaving-${platform}`;
    const statusOf = async (path = 'notes') => (await visit(other, path, { 'x-user': subject })).status;
    expect(await statusOf()).toBe(403);
    const id = await add(subject, ['admin']);
    await until(async () => (await statusOf()) === 200);
    expect(await statusOf('notes/admin')).toBe(200);
    const path = `tenants/acme/members/${id}`;
    await call('PATCH', path, { body: { roles: ['member'] } });
    await until(async () => (await statusOf('notes/admin')) === 403);
    await call('PATCH', path, { body: { status: 'suspended' } });
    await until(async () => (await statusOf()) === 403);
    await call('PATCH', path, { body: { status: 'active' } });
    await until(async () => (await statusOf()) === 200);
    await call('DELETE', path);
    await until(async () => (await statusOf()) === 403);
  });
});

it('writes when a member was last seen, apart from the request and once for all instances', async () => {
  const id = await add('seen', ['member']);
  const { call, app } = appOn('express');
  const path = `tenants/acme/members/${id}`;
  const catalog = app.get(Catalog);
  const before = await catalog.transaction(async (client) => {
    // Requests go on while nobody may write.
    await client.query('lock table rowhouse.members in exclusive mode');
    for (const platform of PLATFORMS)
      for (let round = 0; round < 3; round += 1)
        expect((await visit(appOn(platform), 'notes', { 'x-user': 'seen' })).status).toBe(200);
    return call('GET', path);
  });
  expect(before.body.lastSeenAt).toBeNull();
  const heard: string[] = [];
  const end = await catalog.listen('rowhouse_tenants', {
    notified: (payload) => heard.push(payload),
    missed: () => {},
  });
  await until(async () => (await call('GET', path)).body.lastSeenAt);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const after = await call('GET', path);
  expect(after.body.lastSeenAt).toEqual(expect.any(String));
  expect(after.headers.get('etag')).toBe(before.headers.get('etag'));
  const { rows } = await catalog.query(
    'select last_seen_at, xmin::text from rowhouse.members where id = $1',
    [id],
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  await end();
  expect(heard).toEqual([]);
  expect(rows[0]?.last_seen_at.toISOString()).toBe(after.body.lastSeenAt);
});

it('is refused where the admin module has no members', () => {
  expect(() => new MembershipPolicy(undefined as never)).toThrow(/TenancyAdminModule/);
});
