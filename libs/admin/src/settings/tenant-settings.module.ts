import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Provider,
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

/** The options as the user gave them. */
const GIVEN_OPTIONS = Symbol('rowhouse.given-settings-options');

const { ConfigurableModuleClass, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TenantSettingsModuleOptions>({ optionsInjectionToken: GIVEN_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTenantSettingsOptions')
    .setExtras({}, (definition) => ({
      ...definition,
      global: true,
      providers: [...(definition.providers ?? []), ...PROVIDERS],
      exports: [SettingsStore, TenantSettings],
    }))
    .build();

/**
 * Settings of tenants, in an app that has {@link TenancyModule}:
 *
 *     TenantSettingsModule.forRoot({ schema: z.object({ theme: z.string().default('light') }) })
 *
 * Everywhere injectable: {@link TenantSettings} and {@link SettingsStore}. The admin API has routes for them.
 */
@Module({})
export class TenantSettingsModule
  extends ConfigurableModuleClass
  implements OnApplicationBootstrap, OnApplicationShutdown
{
  constructor(@Inject(TenantSettings) private readonly settings: TenantSettings) {
    super();
  }

  /** @throws {OptionsInvalidError} at start-up. */
  static override forRoot<S extends z.ZodObject>(options: TenantSettingsModuleOptions<S>): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: through `super` the builder learns that the module is this class.
    return super.forRoot(options);
  }

  /**
   * As {@link forRoot}, with options that come from other providers, such as keys from a configuration.
   *
   * @throws {OptionsInvalidError} at start-up.
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: as in forRoot.
    return super.forRootAsync(options);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.settings.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.settings.close();
  }
}

const PROVIDERS: readonly Provider[] = [
  {
    provide: SettingsStore,
    inject: [Catalog, GIVEN_OPTIONS],
    useFactory: (
      catalog: Catalog | undefined,
      { ttlMs: _, max: __, ...declaration }: TenantSettingsModuleOptions,
    ) => new SettingsStore(present(catalog), declaration),
  },
  {
    provide: TenantSettings,
    inject: [Catalog, SettingsStore, GIVEN_OPTIONS],
    useFactory: (catalog: Catalog, store: SettingsStore, { ttlMs, max }: TenantSettingsModuleOptions) => {
      const logger = new Logger(TenantSettings.name);
      return new TenantSettings(catalog, store, { ttlMs, max }, (message) => logger.warn(message));
    },
  },
];

function present(catalog: Catalog | undefined): Catalog {
  if (catalog) return catalog;
  throw new OptionsInvalidError('TenantSettingsModule', [
    {
      field: 'TenancyModule',
      expected: 'expected the options to name a database: settings are in its catalog',
    },
  ]);
}
