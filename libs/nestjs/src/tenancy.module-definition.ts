import { ConfigurableModuleBuilder, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, ModuleRef, ModulesContainer } from '@nestjs/core';
import type { TypeOrmModuleAsyncOptions } from '@nestjs/typeorm';
import {
  Catalog,
  EffectivePlans,
  OptionsInvalidError,
  TenantContext,
  TenantDirectory,
  TenantFeatures,
  TenantQuotas,
  type TenantStore,
} from '@rowhouse/core';
import { ApiKeyUses, EntryDirectory } from '@rowhouse/core/internal';
import { GuardLog } from './deployment/guard-log.js';
import { typeOrmParts } from './deployment/tenancy-typeorm.js';
import { apiKeyUsesOf, catalogOf, entriesOf, openStore } from './deployment/tenant-store.provider.js';
import { givenTypeOrm } from './deployment/typeorm-async.js';
import { RequestTenancy } from './http/request-tenancy.js';
import { TenancyExceptionFilter } from './http/tenancy-exception.filter.js';
import { TenantGuard } from './http/tenant.guard.js';
import { TenantAccessInterceptor } from './http/tenant-access.interceptor.js';
import { TenantHttp } from './http/tenant-http.js';
import { TenantRunner } from './jobs/tenant-runner.js';
import { TenantResolution } from './resolvers/tenant-resolution.js';
import {
  parseTenancyOptions,
  TENANCY_OPTIONS,
  type TenancyModuleOptions,
  type TenancyOptions,
  within,
} from './tenancy-options.js';

/** Injection token of the {@link TenantStore} in use. */
export const TENANT_STORE = Symbol('TENANT_STORE');

/** What must be known before the options are: it decides which providers there are. */
export interface TenancyModuleExtras {
  /** Whether the module opens a TypeORM data source. Default `typeorm`; the options must then have `typeorm`. */
  readonly orm?: 'typeorm' | 'none';
  /** Name of the data source, where the app's has one. */
  readonly dataSourceName?: string;
  /**
   * What the app gave to `TypeOrmModule.forRootAsync`, as it is: a class, a factory or an existing provider of TypeORM's
   * options, and a factory of the data source. It takes the place of `typeorm` in the options.
   */
  readonly typeormAsync?: TypeOrmModuleAsyncOptions;
}

/** The options as the user gave them. */
const GIVEN_OPTIONS = Symbol('rowhouse.given-options');

class TenancyOptionsModule {}

export const { ConfigurableModuleClass, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TenancyModuleOptions>({
    optionsInjectionToken: GIVEN_OPTIONS,
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTenancyOptions')
    .setExtras<TenancyModuleExtras>(
      { orm: 'typeorm', dataSourceName: undefined, typeormAsync: undefined },
      define,
    )
    .build();

/** TypeORM's module has factories of its own that need the options, so these are in a module by themselves. */
function optionsModule(
  { imports, providers = [] }: DynamicModule,
  { orm, dataSourceName, typeormAsync }: TenancyModuleExtras,
): DynamicModule {
  const given = typeormAsync && givenTypeOrm(typeormAsync, dataSourceName);
  const parsed: Provider = {
    provide: TENANCY_OPTIONS,
    inject: [GIVEN_OPTIONS, ...(given ? [given.token] : [])],
    useFactory: (own: object, typeorm?: object) => {
      const options = parseTenancyOptions(typeorm ? { ...own, typeorm } : own);
      if (orm === 'typeorm' && !options.typeorm) {
        throw new OptionsInvalidError('TenancyModule', [
          {
            field: 'typeorm',
            expected: "expected the options of TypeORM, or `orm: 'none'` beside useFactory",
          },
        ]);
      }
      return options;
    },
  };
  return {
    module: TenancyOptionsModule,
    global: true,
    imports: [...(imports ?? []), ...(given?.imports ?? [])],
    providers: [...providers, ...(given?.providers ?? []), parsed],
    exports: [TENANCY_OPTIONS],
  };
}

function define(definition: DynamicModule, extras: TenancyModuleExtras): DynamicModule {
  const { orm, typeormAsync } = extras;
  const dataSourceName = extras.dataSourceName ?? typeormAsync?.name;
  const typeorm =
    orm === 'typeorm' ? typeOrmParts(dataSourceName, typeormAsync?.dataSourceFactory) : undefined;

  const providers: Provider[] = [
    TenantContext,
    TenantRunner,
    TenantHttp,
    GuardLog,
    { provide: Catalog, inject: [TENANCY_OPTIONS], useFactory: catalogOf },
    {
      provide: TENANT_STORE,
      // After the data source, where there is one: TypeORM waits for a database that is still starting.
      inject: [TENANCY_OPTIONS, Catalog, ...(typeorm ? [typeorm.dataSourceToken] : [])],
      useFactory: openStore,
    },
    {
      provide: TenantDirectory,
      inject: [TENANT_STORE, TENANCY_OPTIONS],
      // Started by TenancyModule, which closes it again when the application fails to start.
      useFactory: (store: TenantStore, options: TenancyOptions) =>
        within('directory', () => new TenantDirectory(store, options.directory)),
    },
    {
      provide: EffectivePlans,
      inject: [TENANCY_OPTIONS],
      useFactory: ({ pool: { limits, plans } }: TenancyOptions) => new EffectivePlans({ limits, plans }),
    },
    ...[TenantFeatures, TenantQuotas].map((service) => ({
      provide: service,
      inject: [EffectivePlans],
      useFactory: (plans: EffectivePlans) => new service(plans),
    })),
    { provide: ApiKeyUses, inject: [TENANCY_OPTIONS, Catalog], useFactory: apiKeyUsesOf },
    { provide: EntryDirectory, inject: [TENANCY_OPTIONS, Catalog], useFactory: entriesOf },
    {
      provide: RequestTenancy,
      inject: [TenantDirectory, TENANCY_OPTIONS, ApiKeyUses, EntryDirectory],
      useFactory: (
        directory: TenantDirectory,
        options: TenancyOptions,
        uses: ApiKeyUses | undefined,
        entries: EntryDirectory | undefined,
      ) => {
        const { resolvers, exclude, cancelOnDisconnect } = options;
        const resolution = new TenantResolution({ resolvers, exclude, directory });
        return new RequestTenancy(resolution, cancelOnDisconnect, (id) => uses?.note(id), entries);
      },
    },
    { provide: APP_GUARD, useClass: TenantGuard },
    { provide: APP_FILTER, useClass: TenancyExceptionFilter },
    {
      provide: APP_INTERCEPTOR,
      inject: [TENANCY_OPTIONS, ModuleRef, ModulesContainer, EffectivePlans],
      // An interceptor costs each request some microseconds; Nest skips one that is undefined.
      useFactory: (
        options: TenancyOptions,
        moduleRef: ModuleRef,
        modules: ModulesContainer,
        plans: EffectivePlans,
      ) =>
        options.accessPolicy &&
        new TenantAccessInterceptor(options.accessPolicy, options.hideUnknown, moduleRef, modules, plans),
    },
  ];

  return {
    module: definition.module,
    global: true,
    imports: [optionsModule(definition, { ...extras, dataSourceName }), ...(typeorm ? [typeorm.module] : [])],
    providers: [...providers, ...(typeorm?.providers ?? [])],
    exports: [
      Catalog,
      EffectivePlans,
      TenantContext,
      TenantDirectory,
      TenantFeatures,
      TenantQuotas,
      TenantRunner,
      TENANT_STORE,
      ...(typeorm?.exports ?? []),
    ],
  };
}
