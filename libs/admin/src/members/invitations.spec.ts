import { randomUUID } from 'node:crypto';
import { Catalog, PostgresTenantStore } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { Invitations, type NewInvitation } from './invitations.js';
import {
  InvitationEmailDiffersError,
  InvitationEndedError,
  InvitationNotFoundError,
  MemberConflictError,
  MemberInvalidError,
  MemberRoleUnknownError,
} from './member-errors.js';
import { Members } from './members.js';

const ROLES = { roles: ['owner', 'admin', 'member'], ownerRole: 'owner' };
const EMAIL = 'Eve@example.com';

let database: TestDatabase;
let catalog: Catalog;
let invitations: Invitations;
let members: Members;
let store: PostgresTenantStore;
let tenantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  catalog = new Catalog({ url: database.url });
  await catalog.migrate();
  invitations = new Invitations(catalog, ROLES);
  members = new Members(catalog, ROLES);
  store = new PostgresTenantStore({ pool: catalog });
});
afterAll(async () => {
  await catalog.close();
  await database.drop();
});
beforeEach(async () => {
  tenantId = (await store.create({ slug: `t${randomUUID().slice(0, 12)}` })).id;
});

const invite = (more: Partial<NewInvitation> = {}) =>
  invitations.create(tenantId, { email: EMAIL, roles: ['member'], ...more });
const eve = (more: object = {}) => ({
  issuer: 'https://id.example.com',
  subject: 'eve',
  email: 'eve@EXAMPLE.com',
  ...more,
});
const stateOf = async (id: string) => (await invitations.find(id)).state;

describe('Invitations', () => {
  it('make a member with the roles of the invitation, once', async () => {
    const { token, id, ...invitation } = await invite({ roles: ['admin', 'member'] });
    expect(invitation).toMatchObject({ email: EMAIL, state: 'pending', roles: ['admin', 'member'] });
    const days = (invitation.expiresAt.getTime() - invitation.createdAt.getTime()) / 86_400_000;
    expect(days).toBe(7);
    const member = await invitations.accept({ token, user: eve({ name: 'Eve' }) });
    expect(member).toMatchObject({
      tenantId,
      name: 'Eve',
      email: 'eve@EXAMPLE.com',
      roles: ['admin', 'member'],
    });
    expect(member.createdBy).toEqual({ type: 'user', id: 'eve' });
    expect(await members.find(tenantId, member.id)).toEqual(member);
    expect(await stateOf(id)).toBe('accepted');
    await expect(invitations.accept({ token, user: eve() })).rejects.toThrow(/accepted/);
    await expect(invitations.revoke(tenantId, id)).rejects.toThrow(InvitationEndedError);
  });

  it('keep a hash of the token and no token, in table and event', async () => {
    const { token, id } = await invite();
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    const { rows: kept } = await catalog.query(
      'select i::text || e::text as text from rowhouse.member_invitations i join rowhouse.tenant_events e using (tenant_id)',
    );
    expect(kept.length).toBeGreaterThan(0);
    for (const { text } of kept) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
    }
    const { rows } = await catalog.query(
      'select type, detail from rowhouse.tenant_events where tenant_id = $1',
      [tenantId],
    );
    expect(rows).toEqual([{ type: 'invited', detail: { invitationId: id } }]);
    expect(await invitations.find(id)).not.toHaveProperty('token');
  });

  it('of 20 users with one token at the same time let one in', async () => {
    const { token } = await invite();
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        invitations.accept({
          token,
          user: eve({ subject: `s${index}`, email: `s${index}@example.com` }),
          allowOtherEmail: true,
        }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(InvitationEndedError);
    expect(await members.list(tenantId, { limit: 50 })).toHaveLength(1);
  });

  it('of acceptance and revocation at the same time one wins', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { token, id } = await invite({ email: `r${round}@example.com` });
      const user = eve({ subject: `r${round}`, email: `r${round}@example.com` });
      const [accepted, revoked] = await Promise.allSettled([
        invitations.accept({ token, user }),
        invitations.revoke(tenantId, id),
      ]);
      expect([accepted.status, revoked.status].sort()).toEqual(['fulfilled', 'rejected']);
      expect(await stateOf(id)).toBe(accepted.status === 'fulfilled' ? 'accepted' : 'revoked');
    }
  });

  it('end when they expire, are revoked, or the address is invited again', async () => {
    const expired = await invite();
    await catalog.query(
      'update rowhouse.member_invitations set expires_at = now() - interval $$1 second$$ where id = $1',
      [expired.id],
    );
    expect(await stateOf(expired.id)).toBe('expired');
    const first = await invite({ email: 'eVe@example.com' });
    const second = await invite({ roles: ['admin'] });
    expect(await stateOf(first.id)).toBe('revoked');
    expect(await stateOf(second.id)).toBe('pending');
    await invitations.revoke(tenantId, second.id);
    await invitations.revoke(tenantId, second.id);
    for (const { token } of [expired, first, second])
      await expect(invitations.accept({ token, user: eve() })).rejects.toThrow(InvitationEndedError);
    expect(await members.list(tenantId, { limit: 1 })).toEqual([]);
  });

  it('are for one address, unless the app lets others in', async () => {
    const { token, id } = await invite();
    for (const email of ['mallory@example.com', undefined])
      await expect(invitations.accept({ token, user: eve({ email }) })).rejects.toThrow(
        InvitationEmailDiffersError,
      );
    expect(await stateOf(id)).toBe('pending');
    const member = await invitations.accept({
      token,
      user: eve({ email: undefined }),
      allowOtherEmail: true,
    });
    expect(member.email).toBe(EMAIL);
  });

  it('are refused for whoever is a member, and give nobody back what was taken', async () => {
    const { token, id } = await invite();
    const { id: member } = await members.add(tenantId, {
      ...eve({ email: 'other@example.com' }),
      roles: ['member'],
    } as never);
    await members.change(tenantId, member, { status: 'suspended' });
    await expect(invitations.accept({ token, user: eve() })).rejects.toThrow(MemberConflictError);
    expect(await stateOf(id)).toBe('pending');
    expect((await members.find(tenantId, member)).status).toBe('suspended');
    await expect(invite({ email: 'OTHER@example.com' })).rejects.toThrow(MemberConflictError);
  });

  it('lead into active tenants only', async () => {
    const { token } = await invite();
    await catalog.query("update rowhouse.tenants set status = 'suspended' where id = $1", [tenantId]);
    await expect(invitations.accept({ token, user: eve() })).rejects.toThrow(/not in service/);
  });

  it('refuse what is not valid, and tokens that nobody was given', async () => {
    await expect(invite({ roles: ['root'] })).rejects.toThrow(MemberRoleUnknownError);
    for (const wrong of [{ email: 'x' }, { roles: [] }, { expiresInDays: 0 }, { expiresInDays: 91 }])
      await expect(invite(wrong)).rejects.toThrow(MemberInvalidError);
    for (const token of ['', 'x', '\u0000', 'a'.repeat(43)])
      await expect(invitations.accept({ token, user: eve() })).rejects.toThrow(InvitationNotFoundError);
    await expect(invitations.accept({ token: {} as string, user: eve() })).rejects.toThrow(
      MemberInvalidError,
    );
    await expect(invitations.revoke(tenantId, 'x')).rejects.toThrow(InvitationNotFoundError);
    const { id } = await invite();
    const { id: other } = await store.create({ slug: `o${randomUUID().slice(0, 12)}` });
    await expect(invitations.revoke(other, id)).rejects.toThrow(InvitationNotFoundError);
  });

  it('are listed, latest first, in pages', async () => {
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) ids.push((await invite({ email: `${name}@example.com` })).id);
    const all = await invitations.list(tenantId, { limit: 10 });
    expect(all.map(({ id }) => id)).toEqual(ids.reverse());
    expect(await invitations.list(tenantId, { limit: 10, after: ids[1] })).toHaveLength(1);
  });
});
