import { type TenantEvent, TenantHooks, type TenantLifecycleHooks } from '@rowhouse/migrations';
import { until } from '../../../../test/support/until.js';
import { AdminDeployment, PLATFORMS } from '../admin-app.fixture.js';

const issuer = 'https://id.example.com';

const invited: TenantEvent[] = [];

@TenantHooks({ name: 'invitations' })
class InvitationHooks implements TenantLifecycleHooks {
  onInvited(event: TenantEvent): void {
    invited.push(event);
  }
}

describe.each(PLATFORMS)('The routes of members on %s', (platform) => {
  let deployment: AdminDeployment;
  let call: Awaited<ReturnType<AdminDeployment['start']>>['call'];
  beforeAll(async () => {
    deployment = await AdminDeployment.open();
    const app = await deployment.start({ platform, providers: [InvitationHooks] });
    call = app.call;
    for (const slug of ['acme', 'globex']) await app.ended(await call('POST', 'tenants', { body: { slug } }));
  });
  afterAll(() => deployment.close());

  const add = (subject: string, more: object = {}) =>
    call('POST', 'tenants/acme/members', {
      body: { issuer, subject, email: `${subject}@example.com`, roles: ['member'], ...more },
    });

  it('make, read, change and remove members, held to the state that was read', async () => {
    const made = await add('ada', { roles: ['owner'], name: 'Ada' });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`members/${made.body.id}`);
    expect(made.body).toMatchObject({
      email: 'ada@example.com',
      createdBy: { type: 'operator', id: 'owner' },
    });
    const path = `tenants/acme/members/${made.body.id}`;
    const read = await call('GET', path);
    expect(read.body).toEqual(made.body);
    const headers = { 'if-match': read.headers.get('etag') as string };
    const changed = await call('PATCH', path, { body: { name: 'Ada L.' }, headers });
    expect([changed.status, changed.body.name]).toEqual([200, 'Ada L.']);
    expect((await call('PATCH', path, { body: { name: 'Eve' }, headers })).status).toBe(412);
    expect((await call('DELETE', path, { headers })).status).toBe(412);
    expect((await call('DELETE', path)).body.code).toBe('LAST_OWNER');
    expect((await call('PATCH', path, { body: { status: 'suspended' } })).status).toBe(409);
    expect((await call('GET', path.replace('acme', 'globex'))).body.code).toBe('MEMBER_NOT_FOUND');
    await add('bob', { roles: ['owner'] });
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
  });

  it('answer 400 for unknown roles and 409 for an address that is taken, and a key once', async () => {
    expect((await add('cy', { roles: ['root'] })).body.code).toBe('MEMBER_ROLE_UNKNOWN');
    await add('cy');
    expect((await add('cy2', { email: 'CY@example.com' })).body.code).toBe('MEMBER_CONFLICT');
    const keyed = () =>
      call('POST', 'tenants/acme/members', {
        body: { issuer, subject: 'di', email: 'di@example.com', roles: ['member'] },
        headers: { 'idempotency-key': 'once' },
      });
    const [first, second] = [await keyed(), await keyed()];
    expect(second.body).toEqual(first.body);
    expect(second.status).toBe(201);
  });

  it('list in pages, by words and by role', async () => {
    await add('zoe', { roles: ['admin'] });
    const first = await call('GET', 'tenants/acme/members?limit=2');
    const rest = await call('GET', `tenants/acme/members?cursor=${first.body.next}`);
    const emails = [...first.body.items, ...rest.body.items].map(({ email }) => email);
    expect(emails).toEqual(['bob', 'cy', 'di', 'zoe'].map((name) => `${name}@example.com`));
    const found = await call('GET', 'tenants/acme/members?search=ZOE&role=admin');
    expect(found.body.items).toHaveLength(1);
    const counts = await call('GET', 'members/counts?limit=1');
    expect(counts.body).toMatchObject({
      users: 4,
      activeUsers: 4,
      tenants: { items: [{ slug: 'acme', users: 4 }], next: expect.any(String) },
    });
  });

  it('invite, list without token, and revoke', async () => {
    const body = { email: 'eve@example.com', roles: ['member'] };
    expect((await call('POST', 'tenants/acme/invitations', { body, role: 'viewer' })).status).toBe(403);
    const made = await call('POST', 'tenants/acme/invitations', { body });
    expect(made.status).toBe(201);
    expect(made.body.token).toMatch(/^[\w-]{43}$/);
    const { token: _, ...invitation } = made.body;
    const heard = () => invited.find(({ detail }) => detail?.['invitationId'] === invitation.id);
    await until(heard);
    expect(heard()).toMatchObject({ type: 'invited', tenant: { slug: 'acme' }, actor: { id: 'owner' } });
    expect(JSON.stringify(heard())).not.toContain(made.body.token);
    const path = 'tenants/acme/invitations';
    expect((await call('GET', path)).body).toEqual({ items: [invitation], next: null });
    expect((await call('DELETE', `tenants/globex/invitations/${invitation.id}`)).status).toBe(404);
    expect((await call('DELETE', `${path}/${invitation.id}`)).status).toBe(204);
    expect((await call('GET', path)).body.items[0].state).toBe('revoked');
  });
});
