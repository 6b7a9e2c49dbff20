import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { ALL, TYPES, VALUES } from './column-types.fixture.js';
import { importTenant } from './import/import-tenant.js';
import { disableJournal, enableJournal } from './journal/journal.js';
import { rewindTenant } from './journal/rewind-tenant.js';
import { takeBack } from './take-back/take-back.js';
import { TransferDeployment } from './transfer.fixture.js';

let source: TransferDeployment;
let there: Fleet;
const tenants = new Map<TenantIsolation, Tenant>();
beforeAll(async () => {
  source = await TransferDeployment.open();
  there = await source.fleet([ALL]);
});
afterAll(() => source.close());

async function tenantWithAll(isolation: TenantIsolation): Promise<Tenant> {
  const made =
    tenants.get(isolation) ?? (await there.tenants.create({ slug: `from-${isolation}`, isolation }));
  if (tenants.has(isolation)) return made;
  tenants.set(isolation, made);
  await source.query(there, made, 'insert into everything default values');
  for (const [index, type] of TYPES.entries())
    for (const value of VALUES[type] ?? [])
      await source.query(there, made, `insert into everything (c${index}) values (${value})`);
  return made;
}

const rowsOf = (deployment: TransferDeployment, fleet: Fleet, tenant: Tenant) =>
  deployment.query(
    fleet,
    tenant,
    `select ${TYPES.map((_, index) => `c${index}::text as c${index}`).join(', ')} from everything order by id`,
  );

const ISOLATIONS = ['schema', 'row', 'database'] as const;
describe.each(ISOLATIONS)('from isolation %s', (from) => {
  it.each(ISOLATIONS)('to isolation %s values of every type arrive as they were', async (to) => {
    const tenant = await tenantWithAll(from);
    const target = await TransferDeployment.open();
    try {
      const here = await target.fleet([ALL]);
      const path = await source.archive(there, tenant);
      const { tenant: copy } = await importTenant(here, path, { slug: 'copy', isolation: to });
      expect(await rowsOf(target, here, copy)).toEqual(await rowsOf(source, there, tenant));
    } finally {
      await target.close();
    }
  });
});

it.each(ISOLATIONS)(
  'a journal with isolation %s leads back to values of every type as they were',
  async (isolation) => {
    const tenant = await tenantWithAll(isolation);
    await enableJournal(there, tenant);
    const rows = await rowsOf(source, there, tenant);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const at = new Date();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await source.query(there, tenant, 'delete from everything');
    const { tenant: then } = await rewindTenant(there, tenant, at, { isolation: 'schema' });
    expect(await rowsOf(source, there, then)).toEqual(rows);
    await takeBack(there, tenant, { from: then });
    expect(await rowsOf(source, there, tenant)).toEqual(rows);
    await disableJournal(there, tenant);
  },
);

it('no type of PostgreSQL is forgotten that a column of a table can have', async () => {
  const { rows } = await source.catalog.query<{ name: string }>(
    `select format_type(oid, null) as name from pg_type
      where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm') and typelem = 0 and typcategory not in ('A', 'P', 'Z')`,
  );
  const known = new Set(
    TYPES.map((type) => type.replace(/\(\d+(?:,\d+)?\)/, '').replace(/ day to second/, '')),
  );
  const missing = rows
    .map(({ name }) => name)
    .filter((name) => !known.has(name) && !/^(?:reg|gtsvector)/.test(name));
  expect(missing).toEqual([]);
});
