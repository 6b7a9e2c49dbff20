import { TenantConflictError } from '../errors.js';
import { InMemoryTenantStore } from './in-memory-tenant-store.js';
import { itFindsTenants, itWritesTenants } from './tenant-store.contract.js';

describe('InMemoryTenantStore', () => {
  itFindsTenants(async () => {
    const store = new InMemoryTenantStore();
    return { store, writer: store };
  });

  itWritesTenants(async () => new InMemoryTenantStore());

  it('begins with the tenants it is given', async () => {
    const store = new InMemoryTenantStore([{ slug: 'globex' }, { slug: 'acme' }]);
    const { tenants } = await store.list();
    expect(tenants.map((tenant) => tenant.slug)).toEqual(['acme', 'globex']);
    expect(() => new InMemoryTenantStore([{ slug: 'acme' }, { slug: 'acme' }])).toThrow(TenantConflictError);
  });

  it('tells its subscribers of each change, until they leave', async () => {
    const store = new InMemoryTenantStore();
    const heard: (string | undefined)[] = [];
    const leave = await store.subscribe((tenantId) => heard.push(tenantId));

    const { id } = await store.create({ slug: 'acme' });
    await store.update(id, { name: 'Acme' });
    await store.addDomain(id, 'acme.test');
    await store.removeDomain(id, 'acme.test');
    await store.addApiKey(id, 'ci');
    await store.revokeApiKeys(id, 'ci');
    await store.revokeApiKeys(id, 'ci');
    await store.remove(id);
    expect(heard).toEqual(Array.from({ length: 7 }, () => id));

    await leave();
    await store.create({ slug: 'acme' });
    expect(heard).toHaveLength(7);
  });
});
