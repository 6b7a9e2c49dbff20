import { join } from 'node:path';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { SHOP } from './backups/backups.fixture.js';
import { BackupRunner } from './backups/schedule/backup-runner.js';
import { TenantBackups } from './backups/tenant-backups.js';
import { cloneTenant } from './clone/clone-tenant.js';
import { diffTenants } from './diff/diff-tenants.js';
import { type ImportedTenant, importTenant } from './import/import-tenant.js';
import { enableJournal } from './journal/journal.js';
import { rewindTenant } from './journal/rewind-tenant.js';
import { takeBack } from './take-back/take-back.js';
import { TransferDeployment } from './transfer.fixture.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;
let backups: TenantBackups;
beforeEach(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([SHOP]);
  acme = await fleet.tenants.create({ slug: 'acme' });
  await deployment.query(fleet, acme, `insert into products (name) values ('a')`);
  const storage = join(deployment.folder, 'b');
  backups = new TenantBackups(fleet, { storage, schedule: '0 3 * * *', spreadMinutes: 0 });
  for (const text of [
    'create table statuses (n int generated always as identity, id uuid, status text)',
    `create function note_status() returns trigger language plpgsql as
       $$ begin insert into statuses (id, status) values (new.id, new.status); return null; end $$`,
    'create trigger note after insert or update on rowhouse.tenants for each row execute function note_status()',
  ])
    await deployment.catalog.query(text);
});
afterEach(() => deployment.close());

const MAKE: Readonly<Record<string, (given: ImportedTenant & { slug: string }) => Promise<Tenant>>> = {
  import: async (given) => (await importTenant(fleet, await deployment.archive(fleet, acme), given)).tenant,
  restore: async (given) => (await backups.restore((await backups.backup(acme)).id, given)).tenant,
  clone: async ({ slug, suspended = false }) => (await cloneTenant(fleet, acme, { slug, suspended })).tenant,
  rewind: async (given) => {
    await enableJournal(fleet, acme);
    return (await rewindTenant(fleet, acme, new Date(), given)).tenant;
  },
};

const statusesOf = async ({ id }: Tenant) =>
  (await deployment.catalog.query('select status from statuses where id = $1 order by n', [id])).rows.map(
    ({ status }) => status,
  );

describe.each(Object.keys(MAKE))('what %s makes', (kind) => {
  const make = (given: ImportedTenant) =>
    (MAKE[kind] as NonNullable<(typeof MAKE)[string]>)({ slug: 'made', ...given });

  it('is suspended from its first moment where that is asked for, and can be activated', async () => {
    const made = await make({ suspended: true });
    expect(made.status).toBe('suspended');
    expect(await statusesOf(made)).toEqual(['provisioning', 'suspended']);
    const { rows } = await deployment.catalog.query(
      `select e.type, e.tenant ->> 'status' as status from rowhouse.tenant_events e where e.tenant_id = $1`,
      [made.id],
    );
    expect(rows).toEqual([{ type: 'created', status: 'suspended' }]);
    expect((await fleet.tenants.activate('made')).status).toBe('active');
  });

  it('is active otherwise', async () => {
    expect((await make({ suspended: false })).status).toBe('active');
  });
});

it('a tenant of a moment is suspended unless it is asked for otherwise, and can be read', async () => {
  await enableJournal(fleet, acme);
  const { tenant: then } = await rewindTenant(fleet, acme, new Date());
  expect(then.status).toBe('suspended');
  await deployment.query(fleet, acme, 'delete from products');
  const diff = diffTenants(fleet, acme, then);
  for await (const { kind } of diff) expect(kind).toBe('added');
  expect(await takeBack(fleet, acme, { from: then, tables: ['products'] })).toMatchObject({ rows: 1 });
});

it('schedules of backups have a tenant that was made suspended from when it is activated', async () => {
  await MAKE['import']?.({ slug: 'made', suspended: true });
  await fleet.tenants.suspend('acme');
  const runner = new BackupRunner(backups, { onProblem: ({ error }) => expect(error).toBeUndefined() });
  const noon = Math.ceil(Date.now() / DAY_MS) * DAY_MS + 12 * HOUR_MS;
  const backedUpAt = async (day: number) =>
    [...(await runner.runDue({ now: new Date(noon + day * DAY_MS) })).backedUp].sort();
  expect(await backedUpAt(0)).toEqual([]);
  expect(await backedUpAt(1)).toEqual(['acme']);
  await fleet.tenants.activate('made');
  expect(await backedUpAt(1)).toEqual([]);
  expect(await backedUpAt(2)).toEqual(['acme', 'made']);
  await fleet.tenants.suspend('made');
  expect(await backedUpAt(3)).toEqual(['acme', 'made']);
});
