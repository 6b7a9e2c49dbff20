import { ConfigurableModuleBuilder, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Catalog, TenantQuotas } from '@rowhouse/core';
import { DataSourceRegistry } from '@rowhouse/typeorm';
import { TenantJobs } from '../tenant-jobs.js';
import { JobWork } from './job-work.js';
import { JOBS_REGISTRY, requireRegistry } from './jobs-registry.js';
import { JOBS_OPTIONS, parseJobsOptions, type TenancyJobsModuleOptions } from './tenancy-jobs-options.js';

/** The options as the user gave them. */
const GIVEN_OPTIONS = Symbol('rowhouse.given-jobs-options');

export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TenancyJobsModuleOptions>({ optionsInjectionToken: GIVEN_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTenancyJobsOptions')
    .setExtras({}, define)
    .build();

function define(definition: DynamicModule): DynamicModule {
  return {
    ...definition,
    global: true,
    imports: [...(definition.imports ?? []), DiscoveryModule],
    providers: [
      ...(definition.providers ?? []),
      { provide: JOBS_OPTIONS, inject: [GIVEN_OPTIONS], useFactory: parseJobsOptions },
      {
        provide: JOBS_REGISTRY,
        inject: [Catalog, { token: DataSourceRegistry, optional: true }],
        useFactory: requireRegistry,
      },
      {
        provide: TenantJobs,
        inject: [Catalog, JOBS_REGISTRY, TenantQuotas],
        useFactory: (catalog: Catalog, registry: DataSourceRegistry, quotas: TenantQuotas) =>
          new TenantJobs({ catalog, registry, quotas }),
      },
      JobWork,
    ],
    exports: [TenantJobs],
  };
}
