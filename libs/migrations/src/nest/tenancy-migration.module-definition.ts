import { ConfigurableModuleBuilder, type DynamicModule, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Catalog, OptionsInvalidError } from '@rowhouse/core';
import { TENANCY_OPTIONS, type TenancyOptions } from '@rowhouse/nestjs';
import { guardedPathOf, type OperatorRoutesOptions, operatorController } from '@rowhouse/nestjs/operator';
import { DataSourceRegistry } from '@rowhouse/typeorm';
import { Fleet } from '../fleet/fleet.js';
import { FleetMigrations } from '../runs/fleet-migrations.js';
import { TenantLifecycle } from '../tenants/tenant-lifecycle.js';
import { BackgroundRuns } from './background-runs.js';
import { ExpiredClones } from './expired-clones.js';
import { HookDelivery } from './hook-delivery.js';
import { MigrationsController } from './migrations.controller.js';
import { MigrationsHealth } from './migrations-health.js';
import {
  MIGRATION_OPTIONS,
  type MigrationOptions,
  parseMigrationOptions,
  type TenancyMigrationModuleOptions,
} from './tenancy-migration-options.js';

/** The options as the user gave them. */
const GIVEN_OPTIONS = Symbol('rowhouse.given-migration-options');

export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TenancyMigrationModuleOptions>({ optionsInjectionToken: GIVEN_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTenancyMigrationOptions')
    .setExtras<OperatorRoutesOptions>({ path: undefined, auth: undefined }, define)
    .build();

function define(definition: DynamicModule, extras: OperatorRoutesOptions): DynamicModule {
  const http = guardedPathOf('TenancyMigrationModule', extras);
  return {
    ...definition,
    global: true,
    imports: [...(definition.imports ?? []), DiscoveryModule],
    providers: [...(definition.providers ?? []), ...FLEET_PROVIDERS, ...(http ? [BackgroundRuns] : [])],
    controllers: http ? [operatorController(http, MigrationsController)] : [],
    exports: [Fleet, TenantLifecycle, FleetMigrations, HookDelivery],
  };
}

const FLEET_PROVIDERS: readonly Provider[] = [
  { provide: MIGRATION_OPTIONS, inject: [GIVEN_OPTIONS], useFactory: parseMigrationOptions },
  {
    provide: Fleet,
    inject: [MIGRATION_OPTIONS, TENANCY_OPTIONS, Catalog, { token: DataSourceRegistry, optional: true }],
    useFactory: openFleet,
  },
  { provide: TenantLifecycle, inject: [Fleet], useFactory: ({ tenants }: Fleet) => tenants },
  { provide: FleetMigrations, inject: [Fleet], useFactory: ({ migrations }: Fleet) => migrations },
  HookDelivery,
  ExpiredClones,
  MigrationsHealth,
];

function openFleet(
  { sharedMigrations, seed, reservedSlugs, exportTenant, companions, certificateKey }: MigrationOptions,
  { pool }: TenancyOptions,
  catalog: Catalog | undefined,
  registry: DataSourceRegistry | undefined,
): Promise<Fleet> {
  if (!registry)
    throw new OptionsInvalidError('TenancyMigrationModule', [
      {
        field: 'typeorm',
        expected: 'expected TenancyModule with the option typeorm, whose data source has the migrations',
      },
    ]);
  if (!catalog)
    throw new OptionsInvalidError('TenancyMigrationModule', [
      {
        field: 'directUrl',
        expected: 'expected TenancyModule with the option directUrl, which leads to the catalog',
      },
    ]);
  return Fleet.open({
    catalog,
    registry,
    pool,
    sharedMigrations,
    seed,
    reservedSlugs,
    exportTenant,
    companions,
    certificateKey,
  });
}
