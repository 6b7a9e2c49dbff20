import {
  type CanActivate,
  ConfigurableModuleBuilder,
  type DynamicModule,
  Module,
  type Provider,
  type Type,
} from '@nestjs/common';
import { Catalog, OptionsInvalidError, type TenantStore } from '@rowhouse/core';
import { MetricsController, StatementPlans, TenantMetrics } from '@rowhouse/metrics';
import { Fleet, FleetMigrations, TenantLifecycle } from '@rowhouse/migrations';
import { DataSourceRegistry, TENANCY_OPTIONS, TENANT_STORE, type TenancyOptions } from '@rowhouse/nestjs';
import {
  type GuardedPath,
  guardedPathOf,
  type OperatorRoutesOptions,
  operatorController,
} from '@rowhouse/nestjs/operator';
import { TenantRecords } from '@rowhouse/transfer';
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
import { MyEntriesController } from './entries/my-entries.controller.js';
import { OperatorEntriesController } from './entries/operator-entries.controller.js';
import { OperatorEntries } from './entries/operator-entries.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { JobsController } from './jobs/jobs.controller.js';
import { ApiKeysController } from './keys/api-keys.controller.js';
import { ApiKeys } from './keys/api-keys.js';
import { MeController } from './me.controller.js';
import { Members } from './members/members.js';
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
import { CatalogRecords } from './records/catalog-records.js';
import { SettingsController } from './settings/settings.controller.js';
import { SettingsStore } from './settings/settings-store.js';
import { EndedSessions } from './sign-in/ended-sessions.js';
import type { OidcOptions } from './sign-in/oidc-options.js';
import { SessionController } from './sign-in/session.controller.js';
import { SignInController } from './sign-in/sign-in.controller.js';
import { SignIn } from './sign-in/sign-in.js';
import { SignInMethodsController } from './sign-in/sign-in-methods.controller.js';
import { DeletionCertificateController } from './tenants/deletion-certificate.controller.js';
import { FleetController } from './tenants/fleet.controller.js';
import { TenantOperations } from './tenants/tenant-operations.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { DownloadLinkGuard } from './transfers/exports/downloads.controller.js';
import { TransferOperations } from './transfers/transfer-operations.js';
import {
  DOWNLOADS,
  TRANSFER_CONTROLLERS,
  TRANSFER_SERVICES,
  transferProviders,
} from './transfers/transfers.providers.js';
import { parseTransfersOptions, type TransfersOptions } from './transfers/transfers-options.js';
import { UsageController } from './usage/usage.controller.js';
import { USAGE_PROVIDERS } from './usage/usage.providers.js';
import { parseSenderOptions, type WebhooksOptions } from './webhooks/webhook-options.js';
import { WEBHOOK_CONTROLLERS, WEBHOOK_SERVICES, webhookProviders } from './webhooks/webhooks.providers.js';
import { RelocationsController } from './workers/relocations.controller.js';
import { WorkerOperations } from './workers/worker-operations.js';
import { WorkersController } from './workers/workers.controller.js';

/** What {@link TenancyAdminModule} is given; `path` and `auth` are needed. */
export interface TenancyAdminModuleOptions extends Required<OperatorRoutesOptions> {
  /** Lets operators sign in with a browser, beside those whom `auth` lets in. Left out, there are no sessions. */
  readonly oidc?: OidcOptions;
  readonly domains?: TenancyAdminDomainsOptions;
  /** Users who may enter tenants, and the roles that they can have. Left out, there are no members. */
  readonly members?: MembersOptions;
  /** Sends events to URLs; `keys` is needed. Left out, there are no webhooks, and nothing is sent. */
  readonly webhooks?: WebhooksOptions;
  /** Exports and imports tenants; `folder` is needed. Left out, there are no routes for it. */
  readonly transfers?: TransfersOptions;
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
  { controller: DeletionCertificateController, below: 'tenants' },
  { controller: AuditController, below: 'audit' },
  { controller: DomainsController, below: 'tenants' },
  { controller: SettingsController, below: 'tenants' },
  { controller: TenantLimitsController, below: 'tenants' },
  { controller: PlansController, below: 'plans' },
  { controller: MigrationsController, below: 'migrations' },
  { controller: OperationsController, below: 'operations' },
  { controller: JobsController, below: 'jobs' },
  { controller: MetricsController, below: 'metrics' },
  { controller: UsageController, below: 'usage' },
  { controller: CacheController, below: 'cache' },
  { controller: PoolsController, below: 'pools' },
  { controller: DoctorController, below: 'doctor' },
  { controller: DriftController, below: 'drift' },
  { controller: WorkersController, below: 'workers' },
  { controller: RelocationsController, below: 'tenants/:tenant/relocations' },
  { controller: OpenApiController, below: 'openapi.json' },
  { controller: MeController, below: 'me' },
  { controller: MyEntriesController, below: 'me/entries' },
  { controller: FleetController, below: 'fleet' },
];

/** Web servers ask, which do not sign in as operators. */
const ASK: DescribedController = { controller: DomainAskController, below: 'domains/ask' };

/** Where operators sign in with a browser: the first two are for those who have not. */
const SIGN_IN_METHODS: DescribedController = { controller: SignInMethodsController, below: 'auth' };
const SIGN_IN: DescribedController = { controller: SignInController, below: 'auth' };
const SESSION: DescribedController = { controller: SessionController, below: 'auth' };
const EVERYBODY: CanActivate = { canActivate: () => true };

const VERSION = '1';

/** What must be known before the options are: it decides which routes there are. */
interface AdminRoutes extends OperatorRoutesOptions {
  /** As `domains.ask` of {@link TenancyAdminModule.forRoot}. */
  readonly ask?: DomainAsk | undefined;
  readonly oidc?: OidcOptions | undefined;
  /** Whether there are members; the options must then have `members`. Default false. */
  readonly hasMembers?: boolean;
  /** Whether there are webhooks; the options must then have `webhooks`. Default false. */
  readonly hasWebhooks?: boolean;
  /** Whether tenants are exported and imported; the options must then have `transfers`. Default false. */
  readonly hasTransfers?: boolean;
}

/** What a factory of {@link TenancyAdminModule.forRootAsync} returns. */
type TenancyAdminFactoryOptions = Omit<TenancyAdminModuleOptions, 'path' | 'auth' | 'oidc' | 'domains'> & {
  readonly domains?: DomainsOptions;
};

/** The options as the user gave them. */
const GIVEN_OPTIONS = Symbol('rowhouse.given-admin-options');

const { ConfigurableModuleClass, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TenancyAdminFactoryOptions>({ optionsInjectionToken: GIVEN_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTenancyAdminOptions')
    .setExtras<AdminRoutes>(
      {
        path: undefined,
        auth: undefined,
        oidc: undefined,
        ask: undefined,
        hasMembers: false,
        hasWebhooks: false,
        hasTransfers: false,
      },
      define,
    )
    .build();

/**
 * The admin API, in an app that has {@link TenancyModule} and {@link TenancyMigrationModule}:
 *
 *     TenancyAdminModule.forRoot({ path: 'admin', auth: new OperatorAuth({ tokens: [{ token: () => process.env.ADMIN_TOKEN }] }) })
 *
 * Everywhere injectable: {@link ApiKeys}, {@link Audit}, {@link Domains}, {@link OperatorEntries}, {@link Operations}, {@link TenantPlans} and
 * {@link TenantRecords};
 * with `members` also {@link Members}, {@link Invitations} and {@link MembershipPolicy}; with `webhooks` also {@link Webhooks} and
 * {@link WebhookDeliveries}; with `transfers` also {@link Exports}.
 */
@Module({})
export class TenancyAdminModule {
  /** @throws {OptionsInvalidError} without `path` or `auth`: nothing is served to everybody. */
  static forRoot({ domains = {}, ...options }: TenancyAdminModuleOptions): DynamicModule {
    const { ask, ...rest } = domains;
    const { members, webhooks, transfers } = options;
    if (webhooks) parseSenderOptions(webhooks);
    if (transfers) parseTransfersOptions(transfers);
    const routes = {
      ask,
      hasMembers: members !== undefined,
      hasWebhooks: webhooks !== undefined,
      hasTransfers: transfers !== undefined,
    };
    const definition = ConfigurableModuleClass.forRoot({ ...options, domains: rest, ...routes });
    return { ...definition, module: TenancyAdminModule };
  }

  /**
   * As {@link forRoot}, with options that come from other providers. Beside the factory stand `path`, `auth`, `oidc`, `ask`, and
   * `hasMembers`, `hasWebhooks` and `hasTransfers: true` where the options have `members`, `webhooks` and `transfers`.
   *
   * @throws {OptionsInvalidError} without `path` or `auth`; at start-up, when the factory returns what has to stand beside it.
   */
  static forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return { ...ConfigurableModuleClass.forRootAsync(options), module: TenancyAdminModule };
  }
}

function define(
  definition: DynamicModule,
  { ask, oidc, hasMembers, hasWebhooks, hasTransfers, ...routes }: AdminRoutes,
): DynamicModule {
  const guarded = guardedPathOf('TenancyAdminModule', routes);
  if (!guarded)
    throw new OptionsInvalidError('TenancyAdminModule', [
      { field: 'path', expected: "expected a path such as 'admin'" },
    ]);
  const { path, auth } = guarded;
  const signIn = oidc && new SignIn(oidc, auth);
  const http: GuardedPath = { path, auth, ...(signIn && { sessions: signIn.sessions }) };
  const controllers = [
    ...CONTROLLERS,
    ...(signIn ? [SESSION] : []),
    ...(hasMembers ? MEMBER_CONTROLLERS : []),
    ...(hasWebhooks ? WEBHOOK_CONTROLLERS : []),
    ...(hasTransfers ? TRANSFER_CONTROLLERS : []),
  ];
  /** Those with another guard. */
  const others = [
    ...(ask === undefined ? [] : [{ ...ASK, guard: new DomainAskGuard(ask) }]),
    { ...SIGN_IN_METHODS, guard: EVERYBODY },
    ...(signIn ? [{ ...SIGN_IN, guard: EVERYBODY }] : []),
  ];
  return {
    ...definition,
    global: true,
    providers: [
      ...(definition.providers ?? []),
      ...PROVIDERS,
      {
        provide: SERVED_OPTIONS,
        inject: [GIVEN_OPTIONS],
        useFactory: (given: object) => requireServed(given, { hasMembers, hasWebhooks, hasTransfers }),
      },
      ...(signIn
        ? [
            {
              provide: SignIn,
              inject: [Catalog],
              useFactory: (catalog: Catalog) => {
                signIn.sessions.keepEndedIn(new EndedSessions(catalog));
                return signIn;
              },
            },
          ]
        : []),
      ...(hasMembers ? memberProviders(GIVEN_OPTIONS) : []),
      ...(hasWebhooks ? webhookProviders(GIVEN_OPTIONS) : []),
      ...(hasTransfers ? transferProviders(GIVEN_OPTIONS) : []),
      {
        provide: OPEN_API_DOCUMENT,
        useValue: () =>
          openApiDocument(path, [...controllers, ...others], VERSION, signIn?.sessions.cookieName),
      },
    ],
    controllers: [
      ...controllers.map(({ controller, below }): Type => operatorController(http, controller, below)),
      ...[...others, ...(hasTransfers ? [{ ...DOWNLOADS, guard: DownloadLinkGuard }] : [])].map(
        ({ controller, below, guard }): Type => operatorController({ path, auth: guard }, controller, below),
      ),
    ],
    exports: [
      ApiKeys,
      Audit,
      Domains,
      OperatorEntries,
      Operations,
      TenantPlans,
      TenantRecords,
      ...(hasMembers ? MEMBER_SERVICES : []),
      ...(hasWebhooks ? WEBHOOK_SERVICES : []),
      ...(hasTransfers ? TRANSFER_SERVICES : []),
    ],
  };
}

const SERVED_OPTIONS = Symbol('rowhouse.served-admin-options');

/** @throws {OptionsInvalidError} for what a factory returns too late: which routes there are was decided before it was called. */
function requireServed(
  given: object & { readonly domains?: object },
  { hasMembers, hasWebhooks, hasTransfers }: Pick<AdminRoutes, 'hasMembers' | 'hasWebhooks' | 'hasTransfers'>,
): void {
  const late = (of: object, field: string, isServed: boolean | undefined, expected: string) =>
    Object.entries(of).some(([name, value]) => name === field && value !== undefined) && !isServed
      ? [{ field: of === given ? field : `domains.${field}`, expected }]
      : [];
  const beside = (field: string) => `expected \`${field}\` beside the factory, and not in what it returns`;
  const fields = [
    ...['path', 'auth', 'oidc'].flatMap((field) => late(given, field, false, beside(field))),
    ...late(given.domains ?? {}, 'ask', false, beside('ask')),
    ...late(given, 'members', hasMembers, 'expected `hasMembers: true` beside the factory'),
    ...late(given, 'webhooks', hasWebhooks, 'expected `hasWebhooks: true` beside the factory'),
    ...late(given, 'transfers', hasTransfers, 'expected `hasTransfers: true` beside the factory'),
  ];
  if (fields.length > 0) throw new OptionsInvalidError('TenancyAdminModule', fields);
}

const PROVIDERS: readonly Provider[] = [
  ...USAGE_PROVIDERS,
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
    provide: TenantMetrics,
    inject: [Catalog],
    useFactory: (catalog: Catalog) => new TenantMetrics(catalog),
  },
  {
    provide: StatementPlans,
    inject: [Catalog, { token: DataSourceRegistry, optional: true }],
    useFactory: (catalog: Catalog, registry?: DataSourceRegistry) => new StatementPlans(catalog, registry),
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
    provide: TenantRecords,
    inject: [
      Catalog,
      Domains,
      TenantPlans,
      { token: SettingsStore, optional: true },
      { token: Members, optional: true },
    ],
    useFactory: (
      catalog: Catalog,
      domains: Domains,
      plans: TenantPlans,
      settings?: SettingsStore,
      members?: Members,
    ) => new CatalogRecords(catalog, { settings, domains, members, plans }),
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
    provide: WorkerOperations,
    inject: [Fleet],
    useFactory: (fleet: Fleet) => new WorkerOperations(fleet),
  },
  {
    provide: Operations,
    inject: [
      Catalog,
      TenantOperations,
      MigrationOperations,
      WorkerOperations,
      { token: TransferOperations, optional: true },
    ],
    useFactory: (
      catalog: Catalog,
      { create, purge }: TenantOperations,
      { run }: MigrationOperations,
      { relocate, rebalance }: WorkerOperations,
      transfers?: TransferOperations,
    ) =>
      new Operations(catalog, [
        ...([create, purge, run, relocate, rebalance] as readonly OperationKind[]),
        ...(transfers?.all ?? []),
      ]),
  },
];
