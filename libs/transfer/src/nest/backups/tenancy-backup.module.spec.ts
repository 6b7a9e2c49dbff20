import { join } from 'node:path';
import { Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Tenant } from '@rowhouse/core';
import { Fleet, TenancyMigrationModule } from '@rowhouse/migrations';
import { HeaderResolver, HealthChecks, TenancyModule } from '@rowhouse/nestjs';
import { until } from '../../../../../test/support/until.js';
import { ROWS, SHOP } from '../../backups/backups.fixture.js';
import { TenantBackups } from '../../backups/tenant-backups.js';
import { TransferDeployment } from '../../transfer.fixture.js';
import { TenancyBackupModule } from './tenancy-backup.module.js';

@Injectable()
class Feature {
  constructor(readonly backups: TenantBackups) {}
}

@Module({ providers: [Feature] })
class FeatureModule {}

let deployment: TransferDeployment;
let acme: Tenant;
beforeEach(async () => {
  deployment = await TransferDeployment.open();
  const fleet = await deployment.fleet([SHOP]);
  acme = await fleet.tenants.create({ slug: 'acme' });
  for (const text of ROWS) await deployment.query(fleet, acme, text);
});
afterEach(() => deployment.close());

async function start(...imports: NonNullable<ModuleMetadata['imports']>) {
  const tenancy = TenancyModule.forRoot({
    typeorm: {
      type: 'postgres',
      url: deployment.database.loginUrl,
      poolSize: 4,
      retryAttempts: 1,
      retryDelay: 1,
      migrations: [SHOP],
    },
    directUrl: deployment.login.ownerUrl,
    pool: { roles: deployment.roles },
    resolvers: [new HeaderResolver()],
  });
  const module = await Test.createTestingModule({ imports: [tenancy, ...imports] }).compile();
  const app = module.createNestApplication({ logger: false });
  await app.init();
  return app;
}

const storage = () => join(deployment.folder, 'backups');

describe('TenancyBackupModule', () => {
  it('tells health of backups that fail or are late', async () => {
    const app = await start(
      TenancyMigrationModule.forRoot(),
      TenancyBackupModule.forRoot({ storage: storage(), schedule: false }),
    );
    const [check] = app.get(HealthChecks).all.filter(({ name }) => name === 'backups');
    const schedule = (due: string, failures: number) =>
      deployment.catalog.query(
        `insert into rowhouse.backup_schedule (task, tenant_id, schedule, due_at, failures)
           values ($1, $2, '0 3 * * *', now() + $3::interval, $4)
           on conflict (task) do update set due_at = excluded.due_at, failures = excluded.failures`,
        [acme.id, acme.id, due, failures],
      );
    const nothing = { scheduled: 0, failing: 0, late: 0, withoutBackup: 0, oldestLastAt: null };
    expect(await check?.check?.()).toEqual({ status: 'up', ...nothing });
    await schedule('1 hour', 0);
    expect(await check?.check?.()).toEqual({ status: 'up', ...nothing, scheduled: 1, withoutBackup: 1 });
    const { takenAt } = await app.get(TenantBackups).backup(acme);
    expect(await check?.check?.()).toMatchObject({ withoutBackup: 0, oldestLastAt: takenAt.toISOString() });
    await schedule('-1 hour', 2);
    expect(await check?.check?.()).toMatchObject({
      status: 'degraded',
      message: 'of the scheduled backups 1 fails and 1 is late',
    });
    expect(await check?.checkTenant?.(acme)).toMatchObject({ status: 'degraded', failing: 1 });
    await app.close();
  });

  it('backs tenants up by schedule while the application runs, and stops with it', async () => {
    const options = { storage: storage(), schedule: '* * * * *', spreadMinutes: 0 };
    const app = await start(
      TenancyMigrationModule.forRoot(),
      TenancyBackupModule.forRoot(options),
      FeatureModule,
    );
    const { backups } = app.get(Feature);
    const restarted = async () => {
      await deployment.catalog.query('update rowhouse.backup_schedule set due_at = now()');
      await app.close();
      return start(TenancyMigrationModule.forRoot(), TenancyBackupModule.forRoot(options), FeatureModule);
    };
    const scheduled = 'select from rowhouse.backup_schedule where tenant_id is not null';
    await until(async () => (await deployment.catalog.query(scheduled)).rowCount);
    const again = await restarted();
    const list = () => again.get(Feature).backups.list();
    await until(async () => (await list()).backups.some(({ state }) => state === 'complete'));
    expect((await list()).backups[0]).toMatchObject({ slug: 'acme', kind: 'scheduled', rows: 73 });
    expect(backups).toBeInstanceOf(TenantBackups);
    await again.close();
  });

  it('makes backups by hand, with options of other providers', async () => {
    const app = await start(
      TenancyMigrationModule.forRoot(),
      TenancyBackupModule.forRootAsync({ useFactory: async () => ({ storage: storage() }) }),
      FeatureModule,
    );
    const { backups } = app.get(Feature);
    const { id } = await backups.backup(await app.get(Fleet).tenants.find('acme'));
    expect(await backups.restore(id, { slug: 'copy' })).toMatchObject({ rows: 73 });
    await app.close();
  });

  it('does not start with wrong options, and names the field', async () => {
    const wrong = TenancyBackupModule.forRoot({ storage: storage(), schedule: 'nightly' });
    await expect(start(TenancyMigrationModule.forRoot(), wrong)).rejects.toThrow(
      /^TenantBackups: schedule: expected five fields of cron/,
    );
    await expect(start(TenancyBackupModule.forRoot({ storage: storage() }))).rejects.toThrow(
      /TenancyMigrationModule: expected the application to import it/,
    );
  });
});
