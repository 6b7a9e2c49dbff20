import { type DynamicModule, type INestApplication, Module, type ValueProvider } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { Catalog, TenantDirectory, type TenantStore } from '@rowhouse/core';
import { Fleet, FleetMigrations, TenantLifecycle } from '@rowhouse/migrations';
import { DataSourceRegistry, TENANT_STORE, TenancyExceptionFilter } from '@rowhouse/nestjs';
import type { GuardedPath } from '@rowhouse/nestjs/operator';
import helmet from 'helmet';
import { EXAMINE_DEPLOYMENT, type ExamineDeployment } from '../deployment/doctor.js';
import type { MembersOptions } from '../members/members.providers.js';
import type { SettingsDeclaration } from '../settings/settings-shape.js';
import { TenantSettingsModule } from '../settings/tenant-settings.module.js';
import { type TenancyAdminDomainsOptions, TenancyAdminModule } from '../tenancy-admin.module.js';
import type { WebhooksOptions } from '../webhooks/webhook-options.js';
import { HealthController } from './health.controller.js';
import { HttpProblemFilter } from './http-problem.filter.js';

/** The parts of a deployment that the admin API works on. They stay the caller's to close. */
export interface AdminServerOptions {
  readonly catalog: Catalog;
  readonly fleet: Pick<Fleet, 'tenants' | 'migrations' | 'drift'>;
  readonly store: TenantStore;
  /** Who may call it. */
  readonly auth: GuardedPath['auth'];
  /** As the app gives them to {@link TenancyAdminModule}. */
  readonly members?: MembersOptions | undefined;
  /** Likewise; web servers ask the app which domains are served. */
  readonly domains?: Omit<TenancyAdminDomainsOptions, 'ask'> | undefined;
  /** As the app gives them to {@link TenantSettingsModule}. */
  readonly settings?: SettingsDeclaration | undefined;
  /** As the app gives them to {@link TenancyAdminModule}: this process sends them too. */
  readonly webhooks?: WebhooksOptions | undefined;
  /** Of the app, where it serves tenants in this process: what the routes `cache` show. */
  readonly directory?: TenantDirectory | undefined;
  /** Likewise: what the route `pools` shows. */
  readonly registry?: DataSourceRegistry | undefined;
  /** Examines the deployment with the options of the app. Left out, the route `doctor` answers 404. */
  readonly examine?: ExamineDeployment | undefined;
}

const PATH = 'admin';

/** What the app's own modules provide where {@link TenancyAdminModule} is mounted in an app. */
@Module({})
class DeploymentModule {
  static of({ catalog, fleet, store, ...optional }: AdminServerOptions): DynamicModule {
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
      ],
    };
  }
}

@Module({})
class AdminServerModule {}

/**
 * The admin API as a server of its own, on Express: `/admin`, its document at `/admin/openapi.json`; for everybody `/health/live` and
 * `/health/ready`. No cookies, no CORS; a body may have 100 KB. `listen()` opens it.
 */
export async function createAdminServer(options: AdminServerOptions): Promise<INestApplication> {
  const { auth, members, domains, settings, webhooks } = options;
  const root: DynamicModule = {
    module: AdminServerModule,
    controllers: [HealthController],
    imports: [
      DeploymentModule.of(options),
      ...(settings ? [TenantSettingsModule.forRoot(settings)] : []),
      TenancyAdminModule.forRoot({ path: PATH, auth, members, domains, webhooks }),
    ],
  };
  const app = await NestFactory.create(root, { logger: ['warn', 'error', 'fatal'], abortOnError: false });
  app.use(helmet());
  return app;
}
