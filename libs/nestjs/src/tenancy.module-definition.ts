import { ConfigurableModuleBuilder, type DynamicModule, Logger, type Provider } from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  HttpAdapterHost,
  ModuleRef,
  ModulesContainer,
} from '@nestjs/core';
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
import { ApiKeyUses, EntryDirectory, parsePoolOptions, QuotaNotices } from '@rowhouse/core/internal';
import { DataSourceRegistry } from '@rowhouse/typeorm';
import { writtenSince } from '@rowhouse/typeorm/internal';
import { GuardLog } from './deployment/guard-log.js';
import { typeOrmParts } from './deployment/tenancy-typeorm.js';
import {
  apiKeyUsesOf,
  catalogOf,
  entriesOf,
  openStore,
  quotaNoticesOf,
} from './deployment/tenant-store.provider.js';
import { givenTypeOrm } from './deployment/typeorm-async.js';
import { HealthChecks } from './health/health-checks.js';
import { AccessPolicy } from './http/access-policy.js';
import { ReadYourWrites } from './http/read-your-writes.js';
import { RequestObservation } from './http/request-observation.js';
import { RequestTenancy } from './http/request-tenancy.js';
import { TenancyExceptionFilter } from './http/tenancy-exception.filter.js';
import { TenantGuard } from './http/tenant.guard.js';
import { TenantAccessInterceptor } from './http/tenant-access.interceptor.js';
import { TenantHttp } from './http/tenant-http.js';
import { TenantRunner } from './jobs/tenant-runner.js';
import { TenantMessages } from './messages/tenant-messages.js';
import { QuotaMeters } from './quotas/quota-meters.js';
import { RequestQuotas } from './quotas/require-quota.decorator.js';
import { storageMeter } from './quotas/storage-meter.js';
import type { RateStore } from './rates/rate-store.js';
import { RATE_STORE, rateStoreOf } from './rates/rate-store.provider.js';
import { RequestRates } from './rates/request-rates.js';
import { TenantRates } from './rates/tenant-rates.js';
import { TenantResolution } from './resolvers/tenant-resolution.js';
import { requireFeatureOf } from './routes/require-feature.decorator.js';
import { TenantConnections } from './sockets/tenant-connections.js';
import { EventStreamsInterceptor, hasEventStreams } from './streams/event-streams.interceptor.js';
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
    RequestObservation,
    GuardLog,
    HealthChecks,
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
    {
      provide: TenantFeatures,
      inject: [EffectivePlans],
      useFactory: (plans: EffectivePlans) => new TenantFeatures(plans),
    },
    { provide: QuotaNotices, inject: [TENANCY_OPTIONS, Catalog], useFactory: quotaNoticesOf },
    {
      provide: TenantQuotas,
      inject: [EffectivePlans, QuotaNotices],
      useFactory: (plans: EffectivePlans, notices: QuotaNotices | undefined) =>
        new TenantQuotas(plans, (use) => notices?.note(use)),
    },
    {
      provide: RATE_STORE,
      inject: [TENANCY_OPTIONS, Catalog],
      useFactory: rateStoreOf,
    },
    {
      provide: TenantRates,
      inject: [EffectivePlans, RATE_STORE],
      useFactory: (plans: EffectivePlans, store: RateStore) => new TenantRates(plans, store),
    },
    {
      provide: RequestRates,
      inject: [TenantRates, TENANCY_OPTIONS, HttpAdapterHost],
      useFactory: (rates: TenantRates, options: TenancyOptions, host: HttpAdapterHost) =>
        new RequestRates(rates, options.rates.userOf, host),
    },
    {
      provide: QuotaMeters,
      inject: [{ token: DataSourceRegistry, optional: true }],
      useFactory: (registry: DataSourceRegistry | undefined) => {
        const meters = new QuotaMeters();
        if (registry) meters.add(storageMeter(registry));
        return meters;
      },
    },
    {
      provide: RequestQuotas,
      inject: [TenantQuotas, QuotaMeters],
      useFactory: (quotas: TenantQuotas, meters: QuotaMeters) => new RequestQuotas(quotas, meters),
    },
    { provide: ApiKeyUses, inject: [TENANCY_OPTIONS, Catalog], useFactory: apiKeyUsesOf },
    { provide: EntryDirectory, inject: [TENANCY_OPTIONS, Catalog], useFactory: entriesOf },
    {
      provide: RequestTenancy,
      inject: [
        TenantDirectory,
        TENANCY_OPTIONS,
        RequestObservation,
        ApiKeyUses,
        EntryDirectory,
        ReadYourWrites,
      ],
      useFactory: (
        directory: TenantDirectory,
        options: TenancyOptions,
        observation: RequestObservation,
        uses: ApiKeyUses | undefined,
        entries: EntryDirectory | undefined,
        readYourWrites: ReadYourWrites | undefined,
      ) => {
        const { resolvers, exclude, cancelOnDisconnect, actorOf } = options;
        const resolution = new TenantResolution({ resolvers, exclude, directory });
        return new RequestTenancy(
          resolution,
          cancelOnDisconnect,
          (id) => uses?.note(id),
          entries,
          observation,
          actorOf,
          readYourWrites,
        );
      },
    },
    {
      provide: AccessPolicy,
      inject: [TENANCY_OPTIONS, ModuleRef, ModulesContainer],
      useFactory: (options: TenancyOptions, moduleRef: ModuleRef, modules: ModulesContainer) =>
        new AccessPolicy(options, moduleRef, modules),
    },
    {
      provide: TenantConnections,
      inject: [RequestTenancy, TenantDirectory, AccessPolicy],
      useFactory: (tenancy: RequestTenancy, directory: TenantDirectory, policy: AccessPolicy) => {
        const logger = new Logger(TenantConnections.name);
        return new TenantConnections(tenancy, directory, policy, (problem) => logger.warn(problem));
      },
    },
    {
      provide: TenantMessages,
      inject: [TENANCY_OPTIONS, TenantDirectory],
      useFactory: ({ messages }: TenancyOptions, directory: TenantDirectory) =>
        new TenantMessages(messages, directory),
    },
    {
      provide: ReadYourWrites,
      inject: [TENANCY_OPTIONS, { token: DataSourceRegistry, optional: true }],
      useFactory: ({ readYourWrites, pool }: TenancyOptions, registry: DataSourceRegistry | undefined) =>
        readYourWrites &&
        registry &&
        new ReadYourWrites({
          secrets: readYourWrites.secret,
          maxLagMs: parsePoolOptions(pool).replicas.maxLagMs,
          writtenSince: (since, tenant) => writtenSince(registry.ambient, since, tenant),
        }),
    },
    { provide: APP_INTERCEPTOR, useExisting: ReadYourWrites },
    { provide: APP_GUARD, useClass: TenantGuard },
    { provide: APP_FILTER, useClass: TenancyExceptionFilter },
    {
      provide: APP_INTERCEPTOR,
      inject: [TenantConnections, ModulesContainer],
      // As the next one.
      useFactory: (connections: TenantConnections, modules: ModulesContainer) =>
        hasEventStreams(modules) ? new EventStreamsInterceptor(connections) : undefined,
    },
    {
      provide: APP_INTERCEPTOR,
      inject: [TENANCY_OPTIONS, AccessPolicy, EffectivePlans, RequestRates, RequestQuotas],
      // An interceptor costs each request some microseconds; Nest skips one that is undefined.
      useFactory: (
        options: TenancyOptions,
        policy: AccessPolicy,
        plans: EffectivePlans,
        rates: RequestRates,
        quotas: RequestQuotas,
      ) =>
        options.accessPolicy &&
        new TenantAccessInterceptor(policy, async (context) => {
          requireFeatureOf(context, plans);
          await rates.take(context);
          await quotas.require(context);
        }),
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
      TenantConnections,
      HealthChecks,
      QuotaMeters,
      RATE_STORE,
      RequestQuotas,
      RequestRates,
      RequestObservation,
      TenantContext,
      TenantDirectory,
      TenantFeatures,
      TenantMessages,
      TenantQuotas,
      TenantRates,
      TenantRunner,
      TENANT_STORE,
      ...(typeorm?.exports ?? []),
    ],
  };
}
