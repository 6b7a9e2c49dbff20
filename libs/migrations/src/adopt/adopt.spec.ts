import { parseTenantSlug, type Tenant } from '@rowhouse/core';
import { type Deployment, migration, openDeployment } from '../deployment.contract.js';
import { HomeLedger } from '../home-ledger.js';
import { MigrationSet } from '../migration-set.js';
import { adopt } from './adopt.js';
import { describeSchema, make, OLD_APP } from './old-app.contract.js';
import { undoAdoption } from './undo-adoption.js';

const migrations = [migration('First1757000000001', []), migration('Second1757000000002', [])];
const OPTIONS = { tenant: { slug: 'first' }, keep: ['countries'] } as const;

let deployment: Deployment;
const ground = () => ({ ...deployment, homeSchema: 'public' });
const tenants = async () => (await deployment.catalog.query('select slug from rowhouse.tenants')).rows;

beforeEach(async () => {
  deployment = await openDeployment({ migrations });
  await make(deployment, OLD_APP);
  await deployment.registry.homes.prepareDeployment();
});
afterEach(() => deployment.close());

describe('adopting a database into a schema', () => {
  it('moves everything but what is kept and what belongs to extensions', async () => {
    const report = await adopt(ground(), OPTIONS);
    const names = async (schema: string) =>
      ((await describeSchema(deployment.catalog, schema)) as { identity: string }[]).map(({ identity }) => identity);
    expect(await names('public')).toEqual(['pg_trgm', 'public.countries']);
    expect(await names('tenant_first')).toHaveLength(report.moved.length + 4);
    expect(report.moved.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['public."Mixed Case"', 'public.span_multirange', 'public.mood_of(public.customers)', 'public.numbers']),
    );
  });

  it('lets the tenant use its data as before, and nobody else', async () => {
    const { tenant, rows } = await adopt(ground(), OPTIONS);
    const first = deployment.registry.for(tenant);
    expect(await first.query('select email, mood_of(c) as mood, upper(reach) as reach from customers c order by id')).toEqual([]);
    expect(rows).toContainEqual({ table: 'events', before: 2, after: 2 });
  });
});
