import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Module,
  type Provider,
  type Type,
} from '@nestjs/common';
import { Catalog, OptionsInvalidError, type TenantStore } from '@rowhouse/core';
import { FleetMigrations, TenantLifecycle } from '@rowhouse/migrations';
import { DataSourceRegistry, TENANCY_OPTIONS, TENANT_STORE, type TenancyOptions } from '@rowhouse/nestjs';
import { guardedPathOf, type OperatorRoutesOptions, operatorController } from '@rowhouse/nestjs/operator';
import { AuditController, TenantAuditController } from './audit/audit.controller.js';
import { Audit } from './audit/audit.js';
import { SystemEntriesRecorder } from './audit/system-entries.recorder.js';
import { appExamination } from './deployment/app-examination.js';
import { CacheController } from './deployment/cache.controller.js';
import { DoctorController } from './deployment/doctor.controller.js';
import { Doctor, EXAMINE_DEPLOYMENT, type ExamineDeployment } from './deployment/doctor.js';
import { DriftController } from './deployment/drift.controller.js';
import { PoolsController } from './deployment/pools.controller.js';
import { DomainAskController } from './domains/domain-ask.controller.js';
import { type DomainAsk, DomainAskGuard } from './domains/domain-ask.guard.js';
import { DomainChecks } from './domains/domain-checks.js';
import { DomainsController } from './domains/domains.controller.js';
import { Domains, type DomainsOptions } from './domains/domains.js';
import { EntryEnds } from './entries/entry-ends.js';
import { OperatorEntriesController } from './entries/operator-entries.controller.js';
import { OperatorEntries } from './entries/operator-entries.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { ApiKeysController } from './keys/api-keys.controller.js';
import { ApiKeys } from './keys/api-keys.js';
import {
  MEMBER_CONTROLLERS,
  MEMBER_SERVICES,
  type MembersOptions,
  memberProviders,
} from './members/members.providers.js';
import { MigrationOperations } from './migrations/migration-operations.js';
import { MigrationsController } from './migrations/migrations.controller.js';
import { OPEN_API_DOCUMENT, OpenApiController } from './openapi/open-api.controller.js';
import { type DescribedController, openApiDocument } from './openapi/open-api-document.js';
import type { OperationKind } from './operations/operation.js';
import { OperationsController } from './operations/operations.controller.js';
import { Operations } from './operations/operations.js';
import { PlansController } from './plans/plans.controller.js';
import { TenantLimitsController } from './plans/tenant-limits.controller.js';
import { TenantPlans } from './plans/tenant-plans.js';
import { SettingsController } from './settings/settings.controller.js';
import { TenantOperations } from './tenants/tenant-operations.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { parseSenderOptions, type WebhooksOptions } from './webhooks/webhook-options.js';
import { WEBHOOK_CONTROLLERS, WEBHOOK_SERVICES, webhookProviders } from './webhooks/webhooks.providers.js';

/** What {@link TenancyAdminModule} is given; `path` and `auth` are needed. */
export interface TenancyAdminModuleOptions extends Required<OperatorRoutesOptions> {
  readonly domains?: TenancyAdminDomainsOptions;
  /** Users who may enter tenants, and the roles that they can have. Left out, there are no members. */
  readonly members?: MembersOptions;
  /** Sends events to URLs; `keys` is needed. Left out, there are no webhooks, and nothing is sent. */
  readonly webhooks?: WebhooksOptions;
}

export interface TenancyAdminDomainsOptions extends DomainsOptions {
  /** Who may ask which domains are served: who has this token, or everybody. Without it there is no such route. */
  readonly ask?: DomainAsk;
}

/** Each stands below the path of the module. */
const CONTROLLERS: readonly DescribedController[] = [
  { controller: TenantsController, below: 'tenants' },
  { controller: ApiKeysController, below: 'tenants/:tenant/keys' },
  { controller: OperatorEntriesController, below: 'tenants/:tenant/entries' },
  { controller: TenantAuditController, below: 'tenants' },
  { controller: AuditController, below: 'audit' },
  { controller: DomainsController, below: 'tenants' },
  { controller: SettingsController, below: 'tenants' },
  { controller: TenantLimitsController, below: 'tenants' },
  { controller: PlansController, below: 'plans' },
  { controller: MigrationsController, below: 'migrations' },
  { controller: OperationsController, below: 'operations' },
  { controller: CacheController, below: 'cache' },
  { controller: PoolsController, below: 'pools' },
  { controller: DoctorController, below: 'doctor' },
  { controller: DriftController, below: 'drift' },
  { controller: OpenApiController, below: 'openapi.json' },
];

/** Web servers ask, which do not sign in as operators. */
const ASK: DescribedController = { controller: DomainAskController, below: 'domains/ask' };

const VERSION = '1';

/** What must be known before the options are: it decides which routes there are. */
interface AdminRoutes extends OperatorRoutesOptions {
  /** As `domains.ask` of {@link TenancyAdminModule.forRoot}. */
  readonly ask?: DomainAsk | undefined;
  /** Whether there are members; the options must then have `members`. Default false. */
  readonly hasMembers?: boolean;
  /** Whether there are webhooks; the options must then have `webhooks`. Default false. */
  readonly hasWebhooks?: boolean;
}

/** What a factory of {@link TenancyAdminModule.forRootAsync} returns. */
type TenancyAdminFactoryOptions = Omit<TenancyAdminModuleOptions, 'path' | 'auth' | 'domains'> & {
  readonly domains?: DomainsOptions;
};

/** The options as the user gave them. */
const GIVEN_OPTIONS = Symbol('rowhouse.given-admin-options');

const { ConfigurableModuleClass, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TenancyAdminFactoryOptions>({ optionsInjectionToken: GIVEN_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTenancyAdminOptions')
    .setExtras<AdminRoutes>(
      { path: undefined, auth: undefined, ask: undefined, hasMembers: false, hasWebhooks: false },
      define,
    )
    .build();

/**
 * The admin API, in an app that has {@link TenancyModule} and {@link TenancyMigrationModule}:
 *
 *     TenancyAdminModule.forRoot({ path: 'admin', auth: new OperatorAuth({ tokens: [{ token: () => process.env.ADMIN_TOKEN }] }) })
 *
 * Everywhere injectable: {@link ApiKeys}, {@link Audit}, {@link Domains}, {@link OperatorEntries}, {@link Operations} and {@link TenantPlans};
 * with `members` also {@link Members}, {@link Invitations} and {@link MembershipPolicy}; with `webhooks` also {@link Webhooks} and
 * {@link WebhookDeliveries}.
 */
@Module({})
export class TenancyAdminModule {
  /** @throws {OptionsInvalidError} without `path` or `auth`: nothing is served to everybody. */
  static forRoot({ domains = {}, ...options }: TenancyAdminModuleOptions): DynamicModule {
    const { ask, ...rest } = domains;
    const { members, webhooks } = options;
    if (webhooks) parseSenderOptions(webhooks);
    const routes = { ask, hasMembers: members !== undefined, hasWebhooks: webhooks !== undefined };
    const definition = ConfigurableModuleClass.forRoot({ ...options, domains: rest, ...routes });
    return { ...definition, module: TenancyAdminModule };
  }

  /**
   * As {@link forRoot}, with options that come from other providers. Beside the factory stand `path`, `auth`, `ask`, and
   * `hasMembers: true` and `hasWebhooks: true` where the options have `members` and `webhooks`.
   *
   * @throws {OptionsInvalidError} without `path` or `auth`.
   */
  static forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return { ...ConfigurableModuleClass.forRootAsync(options), module: TenancyAdminModule };
  }
}

function define(
  definition: DynamicModule,
  { ask, hasMembers, hasWebhooks, ...routes }: AdminRoutes,
): DynamicModule {
  const http = guardedPathOf('TenancyAdminModule', routes);
  if (!http)
    throw new OptionsInvalidError('TenancyAdminModule', [
      { field: 'path', expected: "expected a path such as 'admin'" },
    ]);
  const controllers = [
    ...CONTROLLERS,
    ...(hasMembers ? MEMBER_CONTROLLERS : []),
    ...(hasWebhooks ? WEBHOOK_CONTROLLERS : []),
  ];
  const described = ask === undefined ? controllers : [...controllers, ASK];
  return {
    ...definition,
    global: true,
    providers: [
      ...(definition.providers ?? []),
      ...PROVIDERS,
      ...(hasMembers ? memberProviders(GIVEN_OPTIONS) : []),
      ...(hasWebhooks ? webhookProviders(GIVEN_OPTIONS) : []),
      {
        provide: OPEN_API_DOCUMENT,
        useFactory: () => openApiDocument(http.path, described, VERSION),
      },
    ],
    controllers: [
      ...controllers.map(({ controller, below }): Type => operatorController(http, controller, below)),
      ...(ask === undefined
        ? []
        : [operatorController({ ...http, auth: new DomainAskGuard(ask) }, ASK.controller, ASK.below)]),
    ],
    exports: [
      ApiKeys,
      Audit,
      Domains,
      OperatorEntries,
      Operations,
      TenantPlans,
      ...(hasMembers ? MEMBER_SERVICES : []),
      ...(hasWebhooks ? WEBHOOK_SERVICES : []),
    ],
  };
}

const PROVIDERS: readonly Provider[] = [
  IdempotencyInterceptor,
  SystemEntriesRecorder,
  { provide: Audit, inject: [Catalog], useFactory: (catalog: Catalog) => new Audit(catalog) },
  {
    provide: ApiKeys,
    // A server of its own has no TenancyModule: peppers come from the environment.
    inject: [Catalog, { token: TENANCY_OPTIONS, optional: true }],
    useFactory: (catalog: Catalog, options?: TenancyOptions) => new ApiKeys(catalog, options?.apiKeys),
  },
  {
    provide: Domains,
    inject: [Catalog, GIVEN_OPTIONS],
    useFactory: (catalog: Catalog, { domains }: TenancyAdminFactoryOptions) => new Domains(catalog, domains),
  },
  {
    provide: DomainChecks,
    inject: [Domains],
    useFactory: (domains: Domains) => new DomainChecks(domains),
  },
  {
    provide: Doctor,
    inject: [
      { token: EXAMINE_DEPLOYMENT, optional: true },
      { token: TENANCY_OPTIONS, optional: true },
      { token: DataSourceRegistry, optional: true },
    ],
    useFactory: (
      given: ExamineDeployment | undefined,
      options: TenancyOptions | undefined,
      registry: DataSourceRegistry | undefined,
    ) => {
      const examine = given ?? appExamination(options, registry);
      return examine && new Doctor(examine);
    },
  },
  {
    provide: OperatorEntries,
    inject: [Catalog, { token: TENANCY_OPTIONS, optional: true }],
    useFactory: (catalog: Catalog, options?: TenancyOptions) =>
      new OperatorEntries(catalog, options?.apiKeys),
  },
  {
    provide: EntryEnds,
    inject: [OperatorEntries],
    useFactory: (entries: OperatorEntries) => new EntryEnds(entries),
  },
  {
    provide: TenantPlans,
    inject: [Catalog, TenantLifecycle],
    useFactory: (catalog: Catalog, { plans }: TenantLifecycle) => new TenantPlans(catalog, plans),
  },
  {
    provide: TenantOperations,
    inject: [TenantLifecycle, TENANT_STORE],
    useFactory: (lifecycle: TenantLifecycle, store: TenantStore) => new TenantOperations(lifecycle, store),
  },
  {
    provide: MigrationOperations,
    inject: [FleetMigrations],
    useFactory: (migrations: FleetMigrations) => new MigrationOperations(migrations),
  },
  {
    provide: Operations,
    inject: [Catalog, TenantOperations, MigrationOperations],
    useFactory: (catalog: Catalog, { create, purge }: TenantOperations, { run }: MigrationOperations) =>
      new Operations(catalog, [create, purge, run] as readonly OperationKind[]),
  },
];
