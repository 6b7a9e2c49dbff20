import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { Catalog, OptionsInvalidError, type TenantStore } from '@rowhouse/core';
import { TenantLifecycle } from '@rowhouse/migrations';
import { TENANT_STORE } from '@rowhouse/nestjs';
import { guardedPathOf, type OperatorRoutesOptions, operatorController } from '@rowhouse/nestjs/operator';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { OPEN_API_DOCUMENT, OpenApiController } from './openapi/open-api.controller.js';
import { type DescribedController, openApiDocument } from './openapi/open-api-document.js';
import type { OperationKind } from './operations/operation.js';
import { OperationsController } from './operations/operations.controller.js';
import { Operations } from './operations/operations.js';
import { SettingsController } from './settings/settings.controller.js';
import { TenantOperations } from './tenants/tenant-operations.js';
import { TenantsController } from './tenants/tenants.controller.js';

/** What {@link TenancyAdminModule} is given; both are needed. */
export type TenancyAdminModuleOptions = Required<OperatorRoutesOptions>;

/** Each stands below the path of the module. */
const CONTROLLERS: readonly DescribedController[] = [
  { controller: TenantsController, below: 'tenants' },
  { controller: SettingsController, below: 'tenants' },
  { controller: OperationsController, below: 'operations' },
  { controller: OpenApiController, below: 'openapi.json' },
];

const VERSION = '1';

/**
 * The admin API, in an app that has {@link TenancyModule} and {@link TenancyMigrationModule}:
 *
 *     TenancyAdminModule.forRoot({ path: 'admin', auth: new OperatorAuth({ tokens: [{ token: () => process.env.ADMIN_TOKEN }] }) })
 *
 * Everywhere injectable: {@link Operations}.
 */
@Module({})
export class TenancyAdminModule {
  /** @throws {OptionsInvalidError} without `path` or `auth`: nothing is served to everybody. */
  static forRoot(options: TenancyAdminModuleOptions): DynamicModule {
    const http = guardedPathOf('TenancyAdminModule', options);
    if (!http)
      throw new OptionsInvalidError('TenancyAdminModule', [
        { field: 'path', expected: "expected a path such as 'admin'" },
      ]);
    return {
      module: TenancyAdminModule,
      global: true,
      providers: [
        ...PROVIDERS,
        { provide: OPEN_API_DOCUMENT, useFactory: () => openApiDocument(http.path, CONTROLLERS, VERSION) },
      ],
      controllers: CONTROLLERS.map(
        ({ controller, below }): Type => operatorController(http, controller, below),
      ),
      exports: [Operations],
    };
  }
}

const PROVIDERS: readonly Provider[] = [
  IdempotencyInterceptor,
  {
    provide: TenantOperations,
    inject: [TenantLifecycle, TENANT_STORE],
    useFactory: (lifecycle: TenantLifecycle, store: TenantStore) => new TenantOperations(lifecycle, store),
  },
  {
    provide: Operations,
    inject: [Catalog, TenantOperations],
    useFactory: (catalog: Catalog, { create, purge }: TenantOperations) =>
      new Operations(catalog, [create, purge] as readonly OperationKind[]),
  },
];
