import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Catalog, OptionsInvalidError } from '@rowhouse/core';
import type { z } from 'zod';
import type { SettingsDeclaration } from './settings-shape.js';
import { SettingsStore } from './settings-store.js';
import { TenantSettings, type TenantSettingsCacheOptions } from './tenant-settings.js';

/** What {@link TenantSettingsModule} is given. */
export interface TenantSettingsModuleOptions<S extends z.ZodObject = z.ZodObject>
  extends SettingsDeclaration<S>,
    TenantSettingsCacheOptions {}

/**
 * Settings of tenants, in an app that has {@link TenancyModule}:
 *
 *     TenantSettingsModule.forRoot({ schema: z.object({ theme: z.string().default('light') }) })
 *
 * Everywhere injectable: {@link TenantSettings} and {@link SettingsStore}. The admin API has routes for them.
 */
@Module({})
export class TenantSettingsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(TenantSettings) private readonly settings: TenantSettings) {}

  /** @throws {OptionsInvalidError} at start-up. */
  static forRoot<S extends z.ZodObject>({
    ttlMs,
    max,
    ...declaration
  }: TenantSettingsModuleOptions<S>): DynamicModule {
    return {
      module: TenantSettingsModule,
      global: true,
      providers: [
        {
          provide: SettingsStore,
          inject: [Catalog],
          useFactory: (catalog: Catalog | undefined) => new SettingsStore(present(catalog), declaration),
        },
        {
          provide: TenantSettings,
          inject: [Catalog, SettingsStore],
          useFactory: (catalog: Catalog, store: SettingsStore) => {
            const logger = new Logger(TenantSettings.name);
            return new TenantSettings(catalog, store, { ttlMs, max }, (message) => logger.warn(message));
          },
        },
      ],
      exports: [SettingsStore, TenantSettings],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.settings.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.settings.close();
  }
}

function present(catalog: Catalog | undefined): Catalog {
  if (catalog) return catalog;
  throw new OptionsInvalidError('TenantSettingsModule', [
    {
      field: 'TenancyModule',
      expected: 'expected the options to name a database: settings are in its catalog',
    },
  ]);
}
