import {
  type BeforeApplicationShutdown,
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { OptionsInvalidError } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import { Fleet } from '@rowhouse/migrations';
import { HealthChecks } from '@rowhouse/nestjs';
import type { BackupOptions } from '../../backups/backup-options.js';
import { type BackupProblem, BackupRunner } from '../../backups/schedule/backup-runner.js';
import { TenantBackups } from '../../backups/tenant-backups.js';
import { TenantRecords } from '../../records/tenant-records.js';
import { addBackupsHealth } from './backups-health.js';

/** What {@link TenancyBackupModule} is given. */
export type TenancyBackupModuleOptions = BackupOptions;

/** What a class for `useClass` and `useExisting` of {@link TenancyBackupModule.forRootAsync} must have. */
export interface TenancyBackupOptionsFactory {
  createTenancyBackupOptions(): TenancyBackupModuleOptions | Promise<TenancyBackupModuleOptions>;
}

/** The options as the user gave them. */
const GIVEN_OPTIONS = Symbol('rowhouse.given-backup-options');

const { ConfigurableModuleClass, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TenancyBackupModuleOptions>({ optionsInjectionToken: GIVEN_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTenancyBackupOptions')
    .setExtras({}, (definition) => ({
      ...definition,
      global: true,
      providers: [
        ...(definition.providers ?? []),
        {
          provide: TenantBackups,
          // The records are those of TenancyAdminModule, where the application has it.
          inject: [{ token: Fleet, optional: true }, GIVEN_OPTIONS, { token: TenantRecords, optional: true }],
          useFactory: openBackups,
        },
      ],
      exports: [TenantBackups],
    }))
    .build();

/**
 * Backups of tenants, by schedule and by hand, in an app that has `TenancyMigrationModule`:
 *
 *     TenancyBackupModule.forRoot({ storage: '/var/backups/shop', schedule: '0 3 * * *', prove: '0 5 * * *' })
 *
 * Everywhere injectable: {@link TenantBackups}. Any number of instances may have it; each backup is made by one of them.
 */
@Module({})
export class TenancyBackupModule
  extends ConfigurableModuleClass
  implements OnApplicationBootstrap, BeforeApplicationShutdown
{
  readonly #logger = new Logger(TenancyBackupModule.name);
  readonly #runner: BackupRunner;

  constructor(@Inject(TenantBackups) backups: TenantBackups, @Inject(HealthChecks) checks: HealthChecks) {
    super();
    addBackupsHealth(checks, backups);
    this.#runner = new BackupRunner(backups, { onProblem: (problem) => this.#log(problem) });
  }

  /** @throws {OptionsInvalidError} at start-up, naming the path of each wrong option. */
  static override forRoot(options: TenancyBackupModuleOptions): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: through `super` the builder learns that the module is this class.
    return super.forRoot(options);
  }

  /**
   * As {@link forRoot}, with options that come from other providers, such as a storage with keys from a configuration.
   *
   * @throws {OptionsInvalidError} at start-up.
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: as in forRoot.
    return super.forRootAsync(options);
  }

  onApplicationBootstrap(): void {
    this.#runner.start();
  }

  /** Before everything else is closed: backups use it. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#runner.close();
  }

  #log({ did, tenant, backup, error }: BackupProblem): void {
    const what = [did, tenant ?? backup].filter(Boolean).join(' ');
    this.#logger.error(
      `Backups: ${what} failed, and is tried again: ${messageOf(error)}`,
      error instanceof Error ? error.stack : undefined,
    );
  }
}

function openBackups(
  fleet: Fleet | undefined,
  options: TenancyBackupModuleOptions,
  records: TenantRecords | undefined,
): TenantBackups {
  if (fleet) return new TenantBackups(fleet, { records, ...options });
  throw new OptionsInvalidError('TenancyBackupModule', [
    { field: 'TenancyMigrationModule', expected: 'expected the application to import it: it has the fleet' },
  ]);
}
