import { ConfigurableModuleBuilder, type DynamicModule, Inject, Module } from '@nestjs/common';
import type { Tenant } from '@rowhouse/core';
import { HealthChecks } from '@rowhouse/nestjs';
import { DataSourceRegistry } from '@rowhouse/typeorm';
import { TenantVectors } from '../tenant-vectors.js';
import type { VectorStore } from '../vector-store.js';
import { PurgeOfVectors, VECTOR_STORE } from './purge-of-vectors.js';
import { parseVectorsOptions, type TenantVectorsModuleOptions } from './vectors-options.js';

/** The options as the user gave them, and as they were checked. */
const GIVEN_OPTIONS = Symbol('rowhouse.given-vectors-options');
const VECTORS_OPTIONS = Symbol('rowhouse.vectors-options');

type VectorsOptions = ReturnType<typeof parseVectorsOptions>;

const { ConfigurableModuleClass, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TenantVectorsModuleOptions>({ optionsInjectionToken: GIVEN_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTenantVectorsOptions')
    .setExtras({}, (definition) => ({
      ...definition,
      global: true,
      providers: [
        ...(definition.providers ?? []),
        {
          provide: VECTORS_OPTIONS,
          inject: [GIVEN_OPTIONS, { token: DataSourceRegistry, optional: true }],
          useFactory: parseVectorsOptions,
        },
        {
          provide: VECTOR_STORE,
          inject: [VECTORS_OPTIONS],
          useFactory: ({ store }: VectorsOptions) => store,
        },
        {
          provide: TenantVectors,
          inject: [VECTORS_OPTIONS],
          useFactory: (options: VectorsOptions) => new TenantVectors(options),
        },
        PurgeOfVectors,
      ],
      exports: [TenantVectors],
    }))
    .build();

/**
 * Collections of embeddings for each tenant, in an app that has `TenancyModule`:
 *
 *     TenantVectorsModule.forRoot({ embed: (texts) => model.embed(texts) })
 *
 * Everywhere injectable: {@link TenantVectors}. Where the app has `TenancyMigrationModule`, the purge of a tenant removes its
 * collections.
 */
@Module({})
export class TenantVectorsModule extends ConfigurableModuleClass {
  constructor(@Inject(VECTOR_STORE) store: VectorStore, @Inject(HealthChecks) checks: HealthChecks) {
    super();
    checks.add({
      name: 'vectors',
      check: async () => ({ store: store.name, ...(await store.check()) }),
      checkTenant: async (tenant: Tenant) => ({ store: store.name, ...(await store.checkTenant(tenant)) }),
    });
  }

  /** @throws {OptionsInvalidError} at start-up, naming the path of each wrong option. */
  static override forRoot(options: TenantVectorsModuleOptions = {}): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: through `super` the builder learns that the module is this class.
    return super.forRoot(options);
  }

  /** As {@link forRoot}, with options that come from other providers. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: as in forRoot.
    return super.forRootAsync(options);
  }
}
