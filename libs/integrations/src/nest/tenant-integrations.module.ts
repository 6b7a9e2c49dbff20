import { ConfigurableModuleBuilder, type DynamicModule, Module, type Provider } from '@nestjs/common';
import { OptionsInvalidError } from '@rowhouse/core';
import { DataSourceRegistry } from '@rowhouse/nestjs';
import { IntegrationRecords } from '../integration-records.js';
import {
  type IntegrationsOptions,
  parseIntegrationsOptions,
  type TenantIntegrationsModuleOptions,
} from '../integrations-options.js';
import { Authorizations } from '../oauth/authorizations.js';
import { Providers } from '../oauth/providers.js';
import { RowSecrets } from '../row-secrets.js';
import { TenantIntegrations } from '../tenant-integrations.js';
import { callbackController } from './callback.controller.js';
import { INTEGRATIONS_AUTH } from './callback.guard.js';
import { integrationsController } from './integrations.controller.js';
import { integrationsPathOf, type TenantIntegrationsRoutesOptions } from './integrations-path.js';

/** What a class for `useClass` and `useExisting` of {@link TenantIntegrationsModule.forRootAsync} must have. */
export interface TenantIntegrationsOptionsFactory {
  createTenantIntegrationsOptions():
    | TenantIntegrationsModuleOptions
    | Promise<TenantIntegrationsModuleOptions>;
}

const GIVEN_OPTIONS = Symbol('rowhouse.given-integrations-options');
const OPTIONS = Symbol('rowhouse.integrations-options');

const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TenantIntegrationsModuleOptions>({ optionsInjectionToken: GIVEN_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTenantIntegrationsOptions')
    .setExtras<Partial<TenantIntegrationsRoutesOptions>>(
      { path: undefined, auth: undefined } as object,
      define,
    )
    .build();

/**
 * Connections of tenants with providers of OAuth 2, in an app that has `TenancyModule` with TypeORM and {@link TenantIntegration} and
 * {@link TenantAuthorization} among its entities:
 *
 *     TenantIntegrationsModule.forRoot({ path: 'integrations', auth: SignedIn, url, secret, keys, providers: { google } })
 *
 * Everywhere injectable: {@link TenantIntegrations}.
 */
@Module({})
export class TenantIntegrationsModule extends ConfigurableModuleClass {
  /** @throws {OptionsInvalidError} without `path` or `auth`; at start-up, naming the path of each other wrong option. */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: through `super` the builder learns that the module is this class.
    return super.forRoot(options);
  }

  /** As {@link forRoot}, with options that come from other providers; `path` and `auth` stand beside the factory. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: as in forRoot.
    return super.forRootAsync(options);
  }
}

function define(definition: DynamicModule, routes: Partial<TenantIntegrationsRoutesOptions>): DynamicModule {
  const http = integrationsPathOf('TenantIntegrationsModule', routes);
  return {
    ...definition,
    global: true,
    controllers: [callbackController(http.path), integrationsController(http)],
    providers: [
      ...(definition.providers ?? []),
      authProvider(http),
      { provide: OPTIONS, inject: [GIVEN_OPTIONS], useFactory: parseIntegrationsOptions },
      {
        provide: RowSecrets,
        inject: [OPTIONS],
        useFactory: ({ keys }: IntegrationsOptions) => new RowSecrets(keys),
      },
      {
        provide: IntegrationRecords,
        inject: [{ token: DataSourceRegistry, optional: true }],
        useFactory: (registry: DataSourceRegistry | undefined) => {
          if (registry) return new IntegrationRecords(registry);
          throw new OptionsInvalidError('TenantIntegrationsModule', [
            { field: 'typeorm', expected: 'expected TenancyModule with the option typeorm' },
          ]);
        },
      },
      {
        provide: Providers,
        inject: [OPTIONS],
        useFactory: (options: IntegrationsOptions) => new Providers(options),
      },
      {
        provide: Authorizations,
        inject: [IntegrationRecords, RowSecrets, Providers, OPTIONS],
        useFactory: (...parts: ConstructorParameters<typeof Authorizations>) => new Authorizations(...parts),
      },
      {
        provide: TenantIntegrations,
        inject: [IntegrationRecords, RowSecrets, Providers, Authorizations, OPTIONS],
        useFactory: (...parts: ConstructorParameters<typeof TenantIntegrations>) =>
          new TenantIntegrations(...parts),
      },
    ],
    // The last two for `TenantMcpModule`.
    exports: [TenantIntegrations, Providers, Authorizations],
  };
}

function authProvider({ auth }: TenantIntegrationsRoutesOptions): Provider {
  return typeof auth === 'function'
    ? { provide: INTEGRATIONS_AUTH, useClass: auth }
    : { provide: INTEGRATIONS_AUTH, useValue: auth };
}
