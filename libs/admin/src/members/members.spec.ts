import { randomUUID } from 'node:crypto';
import { Catalog, EffectivePlans, PostgresTenantStore, TenantQuotas } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import fc from 'fast-check';
import { Invitations } from './invitations.js';
import type { MemberChange } from './member.js';
import {
  LastOwnerError,
  MemberConflictError,
  MemberInvalidError,
  MemberNotFoundError,
  MemberRoleUnknownError,
} from './member-errors.js';
import { Members } from './members.js';

const ROLES = { roles: ['owner', 'admin', 'member'], ownerRole: 'owner' };
const issuer = 'https://id.example.com';

let database: TestDatabase;
let catalogs: Catalog[];
let members: Members;
let elsewhere: Members;
let store: PostgresTenantStore;

beforeAll(async () => {
  database = await createTestDatabase();
  catalogs = [new Catalog({ url: database.url }), new Catalog({ url: database.url })];
  const [one, other] = catalogs as [Catalog, Catalog];
  await one.migrate();
  members = new Members(one, ROLES);
  elsewhere = new Members(other, ROLES);
  store = new PostgresTenantStore({ pool: one });
});
afterAll(async () => {
  await Promise.all(catalogs.map((catalog) => catalog.close()));
  await database.drop();
});

async function tenant(): Promise<string> {
  const { id } = await store.create({ slug: `t${randomUUID().slice(0, 12)}` });
  return id;
}

const ada = { issuer, subject: 'ada', email: 'Ada@example.com', name: 'Ada', roles: ['owner'] };
const bob = { issuer, subject: 'bob', email: 'bob@example.com', roles: ['member'] };

describe('Members', () => {
  it('keeps who was added, by whom, and finds them by id and by address', async () => {
    const id = await tenant();
    const by = { type: 'operator', id: 'someone' };
    const added = await members.add(id, ada, { by });
    expect(added).toMatchObject({ ...ada, tenantId: id, status: 'active', createdBy: by, lastSeenAt: null });
    expect(await members.find(id, added.id)).toEqual(added);
    expect(await members.findByEmail(id, 'ada@EXAMPLE.com')).toEqual(added);
  });

  it('has each address once in a tenant, whatever its case, and each user once', async () => {
    const id = await tenant();
    await members.add(id, ada);
    const { id: bobId } = await members.add(id, bob);
    const same = { ...ada, subject: 'other', email: 'ADA@example.com' };
    await expect(members.add(id, same)).rejects.toThrow(/Another member.*address/);
    await expect(members.add(id, { ...ada, email: 'ada2@example.com' })).rejects.toThrow(MemberConflictError);
    await expect(members.change(id, bobId, { email: 'aDa@example.com' })).rejects.toThrow(
      MemberConflictError,
    );
    await members.add(await tenant(), same);
    const twins = await Promise.allSettled(
      ['x', 'X'].map((name, index) =>
        (index ? elsewhere : members).add(id, { ...bob, subject: name, email: `${name}@example.com` }),
      ),
    );
    expect(twins.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('are at most as many as the plan of the tenant allows, also of those who come at once', async () => {
    const id = await tenant();
    const plans = new EffectivePlans({ plans: { free: { quotas: { members: 3 } } } });
    const limited = catalogs.map((catalog) => new Members(catalog, ROLES, new TenantQuotas(plans)));
    const all = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        limited[n % 2]?.add(id, { ...bob, subject: `s${n}`, email: `s${n}@example.com` }),
      ),
    );
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    const invitations = new Invitations(catalogs[0] as Catalog, ROLES, new TenantQuotas(plans));
    const invite = () => invitations.create(id, { email: 'x@example.com', roles: ['member'] });
    await expect(invite()).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED', limit: 3 });
    const [first, second] = await members.list(id, { limit: 2 });
    await members.remove(id, first?.id as string);
    const { token } = await invite();
    await members.change(id, second?.id as string, { status: 'suspended' });
    await limited[0]?.add(id, ada);
    const user = { issuer, subject: 'x', email: 'x@example.com' };
    await expect(invitations.accept({ token, user })).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    await members.remove(id, second?.id as string);
    expect(await invitations.accept({ token, user })).toMatchObject({ email: 'x@example.com' });
    const others = new TenantQuotas(new EffectivePlans({ plans: { free: {} } }));
    await new Members(catalogs[0] as Catalog, ROLES, others).add(id, bob);
  });

  it('a member of one tenant is nobody in another', async () => {
    const [one, other] = [await tenant(), await tenant()];
    const { id } = await members.add(one, bob);
    await expect(members.find(other, id)).rejects.toThrow(MemberNotFoundError);
    await expect(members.change(other, id, { name: 'Eve' })).rejects.toThrow(MemberNotFoundError);
    await expect(members.remove(other, id)).rejects.toThrow(MemberNotFoundError);
    expect(await members.list(other, { limit: 10 })).toEqual([]);
    expect((await members.find(one, id)).name).toBe('bob@example.com');
  });

  it('refuses roles that the app has not declared, and fields that are not valid', async () => {
    const id = await tenant();
    const added = await members.add(id, bob);
    await expect(members.add(id, { ...ada, roles: ['root'] })).rejects.toThrow(MemberRoleUnknownError);
    await expect(members.change(id, added.id, { roles: ['root'] })).rejects.toThrow(MemberRoleUnknownError);
    for (const wrong of [
      { email: 'nobody' },
      { email: `${'a'.repeat(250)}@example.com` },
      { subject: 'a\u0000b' },
      { subject: '' },
      { issuer: 'x'.repeat(301) },
      { name: 'a\u202eb' },
      { roles: [] },
      { roles: ['admin', 'admin'] },
      { admin: true },
    ])
      await expect(members.add(id, { ...ada, ...wrong })).rejects.toThrow(MemberInvalidError);
    await expect(members.change(id, added.id, {})).rejects.toThrow(MemberInvalidError);
    expect(() => new Members(catalogs[0] as Catalog, { roles: ['a'], ownerRole: 'b' })).toThrow(/ownerRole/);
  });

  it('lists in pages, by words and by role', async () => {
    const id = await tenant();
    await members.add(id, { ...ada, email: 'Zed@example.com' });
    await members.add(id, { ...bob, roles: ['admin', 'member'] });
    await members.add(id, { ...bob, subject: 'cy', email: 'cy@example.com', name: 'Cy_100%' });
    const emails = async (query: object) =>
      (await members.list(id, { limit: 10, ...query })).map(({ email }) => email);
    expect(await emails({})).toEqual(['bob@example.com', 'cy@example.com', 'Zed@example.com']);
    expect(await emails({ limit: 1, after: 'bob@example.com' })).toEqual(['cy@example.com']);
    expect(await emails({ after: 'zed@example.com' })).toEqual([]);
    expect(await emails({ role: 'member' })).toEqual(['bob@example.com', 'cy@example.com']);
    expect(await emails({ search: 'ADA' })).toEqual(['Zed@example.com']);
    expect(await emails({ search: '_100%' })).toEqual(['cy@example.com']);
    expect(await emails({ status: 'suspended' })).toEqual([]);
  });

  it('finds the active tenants of a user, in pages', async () => {
    const user = { issuer, subject: randomUUID() };
    const slugs = ['maa', 'mbb', 'mcc', 'mdd'];
    for (const slug of slugs) {
      const { id } = await store.create({ slug, status: slug === 'mbb' ? 'suspended' : 'active' });
      const added = await members.add(id, { ...bob, ...user });
      if (slug === 'mcc') await members.change(id, added.id, { status: 'suspended' });
    }
    const found = await members.tenantsOf(user);
    expect(found.map(({ slug }) => slug)).toEqual(['maa', 'mdd']);
    expect(found[0]).toEqual({ id: expect.any(String), slug: 'maa', name: 'maa', roles: ['member'] });
    expect(await members.tenantsOf(user, { limit: 1, after: 'maa' })).toHaveLength(1);
    expect(await members.tenantsOf({ ...user, issuer: 'https://other.example.com' })).toEqual([]);
    expect(await members.tenantsOf({ issuer, subject: 'a\u0000b' })).toEqual([]);
  });

  it('counts users in all once, and in each tenant', async () => {
    await catalogs[0]?.query('truncate rowhouse.tenants cascade');
    const { id: one } = await store.create({ slug: 'one' });
    const { id: two } = await store.create({ slug: 'two' });
    await members.add(one, ada);
    await members.add(two, ada);
    const { id } = await members.add(two, bob);
    await members.change(two, id, { status: 'suspended' });
    expect(await members.counts()).toEqual({
      users: 2,
      activeUsers: 1,
      tenants: [
        { id: one, slug: 'one', users: 1, activeUsers: 1 },
        { id: two, slug: 'two', users: 2, activeUsers: 1 },
      ],
    });
    expect((await members.counts({ limit: 1, after: 'one' })).tenants).toHaveLength(1);
  });
});

describe('the last active owner', () => {
  it('cannot be removed, suspended or stripped of the role', async () => {
    const id = await tenant();
    const owner = await members.add(id, ada);
    const second = await members.add(id, { ...bob, roles: ['owner'] });
    await members.change(id, second.id, { status: 'suspended' });
    for (const change of [{ status: 'suspended' as const }, { roles: ['admin'] }])
      await expect(members.change(id, owner.id, change)).rejects.toThrow(LastOwnerError);
    await expect(members.remove(id, owner.id)).rejects.toThrow(LastOwnerError);
    expect(await members.find(id, owner.id)).toEqual(owner);
    await members.change(id, owner.id, { roles: ['owner', 'admin'], name: 'Ada L.' });
    await members.change(id, second.id, { status: 'active' });
    await members.remove(id, owner.id);
  });

  it('goes with its tenant', async () => {
    const id = await tenant();
    await members.add(id, ada);
    await catalogs[0]?.query('delete from rowhouse.tenants where id = $1', [id]);
    expect(await members.list(id, { limit: 1 })).toEqual([]);
  });

  it.each(['read committed', 'repeatable read', 'serializable'])(
    'stays when two owners remove each other, where transactions are %s by default',
    async (isolation) => {
      const options = encodeURIComponent(`-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}`);
      const own = [0, 1].map(() => new Catalog({ url: `${database.url}?options=${options}` }));
      const [one, other] = own.map((catalog) => new Members(catalog, ROLES)) as [Members, Members];
      for (let round = 0; round < 10; round += 1) {
        const id = await tenant();
        const a = await members.add(id, ada);
        const b = await members.add(id, { ...bob, roles: ['owner'] });
        const results = await Promise.allSettled([one.remove(id, b.id), other.remove(id, a.id)]);
        expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        expect(await members.list(id, { limit: 10 })).toHaveLength(1);
      }
      await Promise.all(own.map((catalog) => catalog.close()));
    },
  );

  const act = fc.record({
    at: fc.nat(1),
    who: fc.nat(2),
    how: fc.constantFrom('remove', 'suspend', 'activate', 'strip', 'give'),
    delayMs: fc.nat(2),
  });

  it('is there after whatever is done at the same time at two instances', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 2, maxLength: 8 }),
        fc.integer({ min: 1, max: 3 }),
        async (acts, owners) => {
          const id = await tenant();
          const ids: string[] = [];
          for (const index of [0, 1, 2]) {
            const added = await members.add(id, {
              issuer,
              subject: `s${index}`,
              email: `s${index}@example.com`,
              roles: [index < owners ? 'owner' : 'member'],
            });
            ids.push(added.id);
          }
          const CHANGES: Record<string, MemberChange> = {
            suspend: { status: 'suspended' },
            activate: { status: 'active' },
            strip: { roles: ['member'] },
            give: { roles: ['owner', 'member'] },
          };
          const results = await Promise.allSettled(
            acts.map(async ({ at, who, how, delayMs }) => {
              await new Promise((resolve) => setTimeout(resolve, delayMs));
              const service = at ? elsewhere : members;
              const change = CHANGES[how];
              if (change) await service.change(id, ids[who] as string, change);
              else await service.remove(id, ids[who] as string);
            }),
          );
          for (const result of results)
            if (result.status === 'rejected')
              expect([LastOwnerError, MemberNotFoundError]).toContain(result.reason.constructor);
          const left = await members.list(id, { limit: 10, role: 'owner', status: 'active' });
          expect(left.length).toBeGreaterThanOrEqual(1);
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);
});
