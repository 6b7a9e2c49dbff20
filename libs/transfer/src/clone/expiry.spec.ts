import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { migration, TransferDeployment } from '../transfer.fixture.js';
import { cloneTenant } from './clone-tenant.js';

const NOTES = migration('Notes1757000000001', ['create table notes (id uuid primary key, text text)']);
const BY = { type: 'operator', id: 'olga' } as const;
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);

let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;
beforeEach(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([NOTES]);
  acme = await fleet.tenants.create({ slug: 'acme' });
});
afterEach(() => deployment.close());

async function cloneOf(slug: string, isolation: TenantIsolation = 'schema'): Promise<Tenant> {
  return (await cloneTenant(fleet, acme, { slug, isolation, expiresAt: inDays(7) })).tenant;
}
const letExpire = (tenant: Tenant) =>
  deployment.catalog.query(
    "update rowhouse.tenant_clones set expires_at = now() - interval '1 second' where tenant_id = $1",
    [tenant.id],
  );
const slugs = async () => (await fleet.tenants.list()).tenants.map(({ slug }) => slug);

describe('a clone that expires', () => {
  it.each<TenantIsolation>(['schema', 'database'])(
    'is deleted and purged when its time is over, and no other tenant is: isolation %s',
    async (isolation) => {
      const [old, young] = [await cloneOf('old', isolation), await cloneOf('young')];
      await cloneTenant(fleet, acme, { slug: 'forever' });
      expect(await fleet.tenants.removeExpired({ by: BY })).toEqual({ purged: [], failed: [] });
      await letExpire(old);
      expect(await fleet.tenants.removeExpired({ by: BY })).toEqual({ purged: ['old'], failed: [] });
      expect(await slugs()).toEqual(['acme', 'forever', 'young']);
      expect(await fleet.tenants.removeExpired()).toEqual({ purged: [], failed: [] });
      const { rows } = await deployment.catalog.query(
        'select type, actor from rowhouse.tenant_events where tenant_id = $1 order by id',
        [old.id],
      );
      expect(rows).toEqual([
        { type: 'created', actor: null },
        { type: 'deleted', actor: BY },
        { type: 'purged', actor: BY },
      ]);
      expect(young.status).toBe('active');
    },
  );

  it('is removed also while it is suspended, or deleted with a retention', async () => {
    const [one, two] = [await cloneOf('one'), await cloneOf('two')];
    await fleet.tenants.suspend('one');
    await fleet.tenants.delete('two', { retentionDays: 30 });
    for (const tenant of [one, two]) await letExpire(tenant);
    expect((await fleet.tenants.removeExpired()).purged.toSorted()).toEqual(['one', 'two']);
    expect(await slugs()).toEqual(['acme']);
  });

  it('is removed by one of several at a time', async () => {
    for (const slug of ['one', 'two']) await letExpire(await cloneOf(slug));
    const reports = await Promise.all([fleet.tenants.removeExpired(), fleet.tenants.removeExpired()]);
    expect(reports.flatMap(({ purged }) => purged).toSorted()).toEqual(['one', 'two']);
    expect(reports.flatMap(({ failed }) => failed)).toEqual([]);
  });

  it('can be given more time, or all; which is audited', async () => {
    const tenant = await cloneOf('clone');
    await letExpire(tenant);
    const later = inDays(9);
    expect(await fleet.tenants.setExpiry('clone', later, { by: BY })).toMatchObject({
      sourceId: acme.id,
      expiresAt: later,
    });
    expect((await fleet.tenants.removeExpired()).purged).toEqual([]);
    await fleet.tenants.setExpiry('clone', null);
    const { rows } = await deployment.catalog.query(
      `select p.action, p.actor, p.after from rowhouse.audit_pending p where p.action = 'tenant.expiry_changed'
       union all select e.action, e.actor, e.after from rowhouse.audit_entries e where e.action = 'tenant.expiry_changed'`,
    );
    expect(rows).toContainEqual({
      action: 'tenant.expiry_changed',
      actor: BY,
      after: { expiresAt: later.toISOString() },
    });
  });

  it('is the only tenant that can: no other is given an end, and none one that is past', async () => {
    await expect(fleet.tenants.setExpiry('acme', inDays(1))).rejects.toMatchObject({
      code: 'TENANT_CONFLICT',
    });
    await cloneOf('clone');
    await expect(fleet.tenants.setExpiry('clone', inDays(-1))).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
    });
    await expect(cloneTenant(fleet, acme, { slug: 'late', expiresAt: inDays(-1) })).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
    });
    await fleet.tenants.delete('clone');
    await expect(fleet.tenants.setExpiry('clone', inDays(1))).rejects.toMatchObject({
      code: 'TENANT_CONFLICT',
    });
  });
});
