import {
  OptionsInvalidError,
  TenantConflictError,
  TenantIdInvalidError,
  TenantNotFoundError,
} from '../errors.js';
import { parseTenantSlug, schemaNameOf, TENANT_ISOLATIONS, TENANT_STATUSES } from '../tenant.js';
import { type NewTenant, newApiKey, type TenantStore, type WritableTenantStore } from './tenant-store.js';

const NOBODY = '00000000-0000-4000-8000-000000000000';

/** What a contract spec is given afresh for each test. */
export interface StoreUnderTest {
  readonly store: TenantStore;
  /** Where to write what `store` must then find; the same object when the store can be written to. */
  readonly writer: WritableTenantStore;
}

/** What every {@link TenantStore} owes its callers. */
export function itFindsTenants(open: () => Promise<StoreUnderTest>): void {
  it('finds a tenant by id, slug, domain and API key, always the same one', async () => {
    const { store, writer } = await open();
    const acme = await writer.create({
      slug: 'acme',
      name: 'Acme Ltd',
      plan: 'pro',
      metadata: { seats: [1, 2] },
    });
    await writer.create({ slug: 'globex' });
    await writer.addDomain(acme.id, 'shop.acme.test');
    const apiKey = await writer.addApiKey(acme.id, 'ci');

    const slug = parseTenantSlug('acme');
    expect(await store.findById(acme.id)).toEqual(acme);
    expect(await store.findBySlug(slug)).toEqual(acme);
    expect(await store.findByDomain('shop.acme.test')).toEqual(acme);
    expect(await store.findByApiKey(apiKey)).toEqual(acme);
    expect(acme).toMatchObject({
      name: 'Acme Ltd',
      plan: 'pro',
      metadata: { seats: [1, 2] },
      schema: schemaNameOf(slug),
    });
    expect(acme.createdAt).toBeInstanceOf(Date);
  });

  it('answers undefined for what it does not know', async () => {
    const { store, writer } = await open();
    await writer.create({ slug: 'acme' });

    expect(await store.findById(NOBODY)).toBeUndefined();
    expect(await store.findBySlug(parseTenantSlug('nobody'))).toBeUndefined();
    expect(await store.findByDomain('nobody.test')).toBeUndefined();
    expect(await store.findByApiKey(newApiKey())).toBeUndefined();
    expect(await store.findByApiKey("' or true --")).toBeUndefined();
  });

  it('does not know a revoked API key, a removed domain and a removed tenant', async () => {
    const { store, writer } = await open();
    const acme = await writer.create({ slug: 'acme' });
    const revoked = await writer.addApiKey(acme.id, 'old');
    const live = await writer.addApiKey(acme.id, 'new');
    await writer.addDomain(acme.id, 'acme.test');
    await writer.addDomain(acme.id, 'www.acme.test');

    expect(await writer.revokeApiKeys(acme.id, 'old')).toBe(1);
    expect(await writer.removeDomain(acme.id, 'acme.test')).toBe(true);
    expect(await store.findByApiKey(revoked)).toBeUndefined();
    expect(await store.findByDomain('acme.test')).toBeUndefined();
    expect(await store.findByApiKey(live)).toEqual(acme);
    expect(await store.findByDomain('www.acme.test')).toEqual(acme);

    expect(await writer.remove(acme.id)).toBe(true);
    expect(await store.findById(acme.id)).toBeUndefined();
    expect(await store.findByApiKey(live)).toBeUndefined();
    expect(await store.findByDomain('www.acme.test')).toBeUndefined();
  });

  it('lists every tenant once, by slug, page by page', async () => {
    const { store, writer } = await open();
    const slugs = ['zeta', 'a', 'a-b', 'ab', 'b2', 'b', 'a1'];
    for (const slug of slugs) await writer.create({ slug });

    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({ cursor, limit: 3 });
      pages.push(page.tenants.map((tenant) => tenant.slug));
      cursor = page.next;
    } while (cursor !== undefined);
    // As code units order them, not as a language would.
    expect(pages).toEqual([['a', 'a-b', 'a1'], ['ab', 'b', 'b2'], ['zeta']]);
  });

  it('ends a listing that fills its last page exactly', async () => {
    const { store, writer } = await open();
    for (const slug of ['a', 'b']) await writer.create({ slug });
    expect((await store.list({ limit: 2 })).next).toBeUndefined();
  });

  it('lists the tenants of one status', async () => {
    const { store, writer } = await open();
    await writer.create({ slug: 'acme' });
    await writer.create({ slug: 'globex', status: 'suspended' });
    const { tenants } = await store.list({ status: 'suspended' });
    expect(tenants.map((tenant) => tenant.slug)).toEqual(['globex']);
  });

  it.each([0, 1001, 1.5, Number.NaN])('refuses to list %p at a time', async (limit) => {
    const { store } = await open();
    await expect(store.list({ limit })).rejects.toThrow(OptionsInvalidError);
  });
}

/** What every {@link WritableTenantStore} owes its callers besides. */
export function itWritesTenants(open: () => Promise<WritableTenantStore>): void {
  it('fills in what a new tenant leaves out', async () => {
    const acme = await (await open()).create({ slug: 'acme' });
    expect(acme).toMatchObject({ name: 'acme', status: 'active', isolation: 'schema' });
    expect(acme).toMatchObject({ placement: 'default', plan: 'free', metadata: {} });
    expect(Object.isFrozen(acme)).toBe(true);
  });

  it('takes every status and every isolation', async () => {
    const store = await open();
    for (const status of TENANT_STATUSES) {
      expect((await store.create({ slug: `s-${status}`, status })).status).toBe(status);
    }
    for (const isolation of TENANT_ISOLATIONS) {
      expect((await store.create({ slug: `i-${isolation}`, isolation })).isolation).toBe(isolation);
    }
  });

  it('says whether the slug or the id is taken', async () => {
    const store = await open();
    const acme = await store.create({ slug: 'acme' });
    const slugTaken = store.create({ slug: 'acme' });
    await expect(slugTaken).rejects.toThrow(TenantConflictError);
    await expect(slugTaken).rejects.toMatchObject({
      detail: expect.stringMatching(/^The slug of the tenant "acme" is taken by another one/),
    });
    await expect(store.create({ slug: 'other', id: acme.id })).rejects.toMatchObject({
      code: 'TENANT_CONFLICT',
      detail: expect.stringMatching(/^The id of the tenant "other" is taken by another one/),
    });
  });

  it('gives a domain to one tenant only', async () => {
    const store = await open();
    const acme = await store.create({ slug: 'acme' });
    const globex = await store.create({ slug: 'globex' });
    await store.addDomain(acme.id, 'shop.test');
    await store.addDomain(acme.id, 'shop.test');
    await expect(store.addDomain(globex.id, 'shop.test')).rejects.toMatchObject({
      code: 'TENANT_CONFLICT',
      detail: 'The domain is taken by another tenant.',
    });
    expect(await store.removeDomain(globex.id, 'shop.test')).toBe(false);
    expect(await store.findByDomain('shop.test')).toEqual(acme);
  });

  it('changes what it is told to, and nothing else', async () => {
    const store = await open();
    const before = await store.create({ slug: 'acme', plan: 'pro', metadata: { seats: 1 } });
    const after = await store.update(before.id, { name: 'Acme', plan: 'free', metadata: undefined });
    expect(after).toEqual({ ...before, name: 'Acme', plan: 'free', updatedAt: after.updatedAt });
    expect(after.updatedAt.getTime()).toBeGreaterThanOrEqual(before.updatedAt.getTime());
    expect(await store.findById(before.id)).toEqual(after);
    expect((await store.update(before.id, { metadata: {} })).metadata).toEqual({});
  });

  it('keeps no hold of the metadata it was given', async () => {
    const store = await open();
    const metadata = { limits: { seats: 1 } };
    const { id } = await store.create({ slug: 'acme', metadata });
    metadata.limits.seats = 2;
    expect((await store.findById(id))?.metadata).toEqual({ limits: { seats: 1 } });
  });

  it('has the overrides that a tenant was entered with', async () => {
    const store = await open();
    const overrides = {
      limits: { queue: 0 },
      quotas: { seats: 'unlimited' as const },
      features: { export: false },
    };
    const { id } = await store.create({ slug: 'acme', overrides });
    expect(await store.findById(id)).toMatchObject({ overrides });
    expect(await store.create({ slug: 'globex' })).toMatchObject({ overrides: {} });
    await expect(
      store.create({ slug: 'initech', overrides: { quotas: { seats: -1 } } }),
    ).rejects.toMatchObject({
      code: 'TENANT_INVALID',
    });
  });

  it('refuses to change a slug, an isolation, a placement or a status', async () => {
    const store = await open();
    const { id } = await store.create({ slug: 'acme' });
    await expect(store.update(id, { slug: 'other' } as object)).rejects.toThrow(/slug/);
    await expect(store.update(id, { isolation: 'row' } as object)).rejects.toThrow(/isolation/);
    await expect(store.update(id, { placement: 'eu' } as object)).rejects.toThrow(/placement/);
    await expect(store.update(id, { status: 'suspended' } as object)).rejects.toThrow(/status/);
    await expect(store.update(id, {})).rejects.toThrow('expected name, plan or metadata');
    expect(await store.findById(id)).toMatchObject({ slug: 'acme', isolation: 'schema' });
  });

  it.each<NewTenant>([
    { slug: 'Acme' },
    { slug: '' },
    { slug: 'acme\n' },
    { slug: "acme'; drop schema rowhouse cascade; --" },
    { slug: 'a'.repeat(49) },
    { slug: 'acme', id: 'not-a-uuid' },
  ])('refuses the malformed identifier in %j', async (tenant) => {
    await expect((await open()).create(tenant)).rejects.toThrow(TenantIdInvalidError);
  });

  it('refuses a malformed domain', async () => {
    const store = await open();
    const { id } = await store.create({ slug: 'acme' });
    await expect(store.addDomain(id, 'Acme.test')).rejects.toThrow(TenantIdInvalidError);
    await expect(store.addDomain(id, 'acme.test:80')).rejects.toThrow(TenantIdInvalidError);
  });

  it.each(['Acme\nglobex  Globex  active', 'A\u001b[2K', 'A\u009b2J', 'A\u202eemca', 'A\u2028B', 'A\u007f'])(
    'refuses a name, a plan and a label like %j, which would show something else',
    async (text) => {
      const store = await open();
      const { id } = await store.create({ slug: 'acme' });
      for (const field of ['name', 'plan']) {
        const refusal = {
          code: 'TENANT_INVALID',
          fields: [{ field, expected: 'expected text without control characters' }],
        };
        await expect(store.create({ slug: 'globex', [field]: text })).rejects.toMatchObject(refusal);
        await expect(store.update(id, { [field]: text })).rejects.toMatchObject(refusal);
      }
      await expect(store.addApiKey(id, text)).rejects.toMatchObject({ code: 'TENANT_INVALID' });
    },
  );

  it('names the field that is wrong', async () => {
    const store = await open();
    await expect(store.create({ slug: 'acme', name: '' })).rejects.toMatchObject({
      code: 'TENANT_INVALID',
      status: 400,
      fields: [{ field: 'name', expected: expect.any(String) }],
    });
    const { id } = await store.create({ slug: 'acme' });
    await expect(store.addApiKey(id, '')).rejects.toThrow();
    await expect(store.update(id, { plan: '' })).rejects.toThrow(/plan: /);
  });

  it('misses a tenant that is not there', async () => {
    const store = await open();
    await expect(store.update(NOBODY, { name: 'x' })).rejects.toThrow(TenantNotFoundError);
    await expect(store.addDomain(NOBODY, 'x.test')).rejects.toThrow(TenantNotFoundError);
    await expect(store.addApiKey(NOBODY, 'x')).rejects.toThrow(TenantNotFoundError);
    expect(await store.remove(NOBODY)).toBe(false);
    expect(await store.removeDomain(NOBODY, 'x.test')).toBe(false);
    expect(await store.revokeApiKeys(NOBODY, 'x')).toBe(0);
  });

  it('frees slug and domain when a tenant is removed', async () => {
    const store = await open();
    const first = await store.create({ slug: 'acme' });
    await store.addDomain(first.id, 'acme.test');
    await store.remove(first.id);
    const second = await store.create({ slug: 'acme' });
    await store.addDomain(second.id, 'acme.test');
    expect(await store.findByDomain('acme.test')).toEqual(second);
  });

  it('makes API keys that hold 256 random bits and no two of which are alike', async () => {
    const store = await open();
    const { id } = await store.create({ slug: 'acme' });
    const keys = [await store.addApiKey(id, 'ci'), await store.addApiKey(id, 'ci')];
    for (const key of keys) expect(key).toMatch(/^rh_[A-Za-z0-9_-]{43}$/);
    expect(keys[0]).not.toBe(keys[1]);
    expect(await store.revokeApiKeys(id, 'ci')).toBe(2);
  });

  it.each(['', 'not base64!', 'QUNNRQ', 'YWNtZQ=='])('refuses the cursor %p', async (cursor) => {
    await expect((await open()).list({ cursor })).rejects.toThrow(/cursor: /);
  });
}
