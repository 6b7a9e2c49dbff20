import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { Catalog, OptionsInvalidError, type TenantStore } from '@rowhouse/core';
import { TenantLifecycle } from '@rowhouse/migrations';
import { TENANT_STORE } from '@rowhouse/nestjs';
import { guardedPathOf, type OperatorRoutesOptions, operatorController } from '@rowhouse/nestjs/operator';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import {
  MEMBER_CONTROLLERS,
  MEMBER_SERVICES,
  type MembersOptions,
  memberProviders,
} from './members/members.providers.js';
import { OPEN_API_DOCUMENT, OpenApiController } from './openapi/open-api.controller.js';
import { type DescribedController, openApiDocument } from './openapi/open-api-document.js';
import type { OperationKind } from './operations/operation.js';
import { OperationsController } from './operations/operations.controller.js';
import { Operations } from './operations/operations.js';
import { TenantOperations } from './tenants/tenant-operations.js';
import { TenantsController } from './tenants/tenants.controller.js';

/** What {@link TenancyAdminModule} is given. */
export interface TenancyAdminModuleOptions extends Required<OperatorRoutesOptions> {
  /** Users who may enter tenants, and the roles that they can have. Left out, there are no members. */
  readonly members?: MembersOptions;
}

/** Each stands below the path of the module. */
const CONTROLLERS: readonly DescribedController[] = [
  { controller: TenantsController, below: 'tenants' },
  { controller: OperationsController, below: 'operations' },
  { controller: OpenApiController, below: 'openapi.json' },
];

const VERSION = '1';

/**
 * The admin API, in an app that has {@link TenancyModule} and {@link TenancyMigrationModule}:
 *
 *     TenancyAdminModule.forRoot({ path: 'admin', auth: new OperatorAuth({ tokens: [{ token: () => process.env.ADMIN_TOKEN }] }) })
 *
 * Everywhere injectable: {@link Operations}; with `members` also {@link Members}, {@link Invitations} and {@link MembershipPolicy}.
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
    const { members } = options;
    const controllers = [...CONTROLLERS, ...(members ? MEMBER_CONTROLLERS : [])];
    return {
      module: TenancyAdminModule,
      global: true,
      providers: [
        ...PROVIDERS,
        ...(members ? memberProviders(members) : []),
        { provide: OPEN_API_DOCUMENT, useFactory: () => openApiDocument(http.path, controllers, VERSION) },
      ],
      controllers: controllers.map(
        ({ controller, below }): Type => operatorController(http, controller, below),
      ),
      exports: [Operations, ...(members ? MEMBER_SERVICES : [])],
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
