import { type DynamicModule, type INestApplication, Module, type ValueProvider } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { Catalog, TenantDirectory, type TenantStore } from '@rowhouse/core';
import { isNetwork, parseOptions } from '@rowhouse/core/internal';
import { InstanceMetrics, PrometheusController, PrometheusMetrics } from '@rowhouse/metrics';
import { Fleet, FleetMigrations, TenantLifecycle } from '@rowhouse/migrations';
import {
  DataSourceRegistry,
  TENANT_STORE,
  TenancyExceptionFilter,
  type TenancyHealth,
} from '@rowhouse/nestjs';
import { type GuardedPath, operatorController } from '@rowhouse/nestjs/operator';
import { type BackupOptions, TenantBackups, TenantRecords } from '@rowhouse/transfer';
import helmet from 'helmet';
import { z } from 'zod';
import { EXAMINE_DEPLOYMENT, type ExamineDeployment } from '../deployment/doctor.js';
import type { MembersOptions } from '../members/members.providers.js';
import type { SettingsDeclaration } from '../settings/settings-shape.js';
import { TenantSettingsModule } from '../settings/tenant-settings.module.js';
import type { OidcOptions } from '../sign-in/oidc-options.js';
import { type TenancyAdminDomainsOptions, TenancyAdminModule } from '../tenancy-admin.module.js';
import type { TransfersOptions } from '../transfers/transfers-options.js';
import type { WebhooksOptions } from '../webhooks/webhook-options.js';
import { HealthController } from './health.controller.js';
import { HttpProblemFilter } from './http-problem.filter.js';

/** The parts of a deployment that the admin API works on. They stay the caller's to close. */
export interface AdminServerOptions {
  readonly catalog: Catalog;
  readonly fleet: Fleet;
  readonly store: TenantStore;
  /** Who may call it. */
  readonly auth: GuardedPath['auth'];
  /** Lets operators sign in with a browser too. */
  readonly oidc?: OidcOptions | undefined;
  /**
   * Networks of proxies in front, in CIDR notation, whose `X-Forwarded-For` is believed: the audit trail and the limit of failed sign-ins are
   * about the address of the client. Default none.
   */
  readonly trustedProxies?: readonly string[] | undefined;
  /** As the app gives them to {@link TenancyAdminModule}. */
  readonly members?: MembersOptions | undefined;
  /** Likewise; web servers ask the app which domains are served. */
  readonly domains?: Omit<TenancyAdminDomainsOptions, 'ask'> | undefined;
  /** As the app gives them to {@link TenantSettingsModule}. */
  readonly settings?: SettingsDeclaration | undefined;
  /** As the app gives them to {@link TenancyAdminModule}: this process sends them too. */
  readonly webhooks?: WebhooksOptions | undefined;
  /** As the app gives them to {@link TenancyAdminModule}. */
  readonly transfers?: TransfersOptions | undefined;
  /** As the app gives them to `TenancyBackupModule`, for the routes of backups; this process runs no schedule. */
  readonly backups?: BackupOptions | undefined;
  /** Of the app, where it serves tenants in this process: what the routes `cache` show. */
  readonly directory?: TenantDirectory | undefined;
  /** Likewise: what the route `pools` shows. */
  readonly registry?: DataSourceRegistry | undefined;
  /** Likewise; with `directory` and `registry` it is what `/metrics/instance` shows. */
  readonly health?: TenancyHealth | undefined;
  /** Examines the deployment with the options of the app. Left out, the route `doctor` answers 404. */
  readonly examine?: ExamineDeployment | undefined;
  /** Served beside it, such as `TenancyAdminUiModule` of `@rowhouse/admin-ui`. */
  readonly modules?: readonly DynamicModule[] | undefined;
}

const PATH = 'admin';

const proxiesSchema = z
  .array(z.string().refine(isNetwork, 'expected a network, such as 10.0.0.0/8'))
  .default([]);

/** What the app's own modules provide where {@link TenancyAdminModule} is mounted in an app. */
@Module({})
class DeploymentModule {
  static of({ catalog, fleet, store, backups, ...optional }: AdminServerOptions): DynamicModule {
    const ofApp: readonly ValueProvider[] = [
      { provide: TenantDirectory, useValue: optional.directory },
      { provide: DataSourceRegistry, useValue: optional.registry },
      { provide: EXAMINE_DEPLOYMENT, useValue: optional.examine },
    ];
    return {
      module: DeploymentModule,
      global: true,
      providers: [
        { provide: Catalog, useValue: catalog },
        { provide: TenantLifecycle, useValue: fleet.tenants },
        { provide: Fleet, useValue: fleet },
        { provide: FleetMigrations, useValue: fleet.migrations },
        { provide: TENANT_STORE, useValue: store },
        ...ofApp,
        {
          provide: TenantBackups,
          inject: [TenantRecords],
          useFactory: (records: TenantRecords) =>
            backups && new TenantBackups(fleet, { records, ...backups }),
        },
        // The last one is asked first.
        { provide: APP_FILTER, useClass: HttpProblemFilter },
        { provide: APP_FILTER, useClass: TenancyExceptionFilter },
      ],
      exports: [
        Catalog,
        TenantLifecycle,
        Fleet,
        FleetMigrations,
        TENANT_STORE,
        ...ofApp.map(({ provide }) => provide),
        TenantBackups,
      ],
    };
  }
}

@Module({})
class AdminServerModule {}

/**
 * The admin API as a server of its own, on Express: `/admin`, its document at `/admin/openapi.json`, `/metrics` for Prometheus; for everybody `/health/live` and
 * `/health/ready`. No CORS, and no cookies but those of `oidc`; a body may have 100 KB. `listen()` opens it.
 *
 * @throws {OptionsInvalidError}
 */
export async function createAdminServer(options: AdminServerOptions): Promise<INestApplication> {
  const trustedProxies = parseOptions(
    'createAdminServer.trustedProxies',
    proxiesSchema,
    options.trustedProxies,
  );
  const { auth, oidc, members, domains, settings, webhooks, transfers } = options;
  const { directory, registry, health } = options;
  const root: DynamicModule = {
    module: AdminServerModule,
    controllers: [HealthController, operatorController({ path: 'metrics', auth }, PrometheusController)],
    providers: [
      { provide: PrometheusMetrics, useValue: new PrometheusMetrics(options.catalog) },
      { provide: InstanceMetrics, useValue: new InstanceMetrics({ directory, registry, health }) },
    ],
    imports: [
      DeploymentModule.of(options),
      ...(settings ? [TenantSettingsModule.forRoot(settings)] : []),
      TenancyAdminModule.forRoot({ path: PATH, auth, oidc, members, domains, webhooks, transfers }),
      ...(options.modules ?? []),
    ],
  };
  const app = await NestFactory.create(root, {
    logger: ['warn', 'error', 'fatal'],
    abortOnError: false,
  });
  // Express's own setting.
  app
    .getHttpAdapter()
    .getInstance()
    .set('trust proxy', [...trustedProxies]);
  app.use(helmet());
  return app;
}
