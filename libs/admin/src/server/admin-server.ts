import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { Catalog, type TenantStore } from '@rowhouse/core';
import { type Fleet, FleetMigrations, TenantLifecycle } from '@rowhouse/migrations';
import { TENANT_STORE, TenancyExceptionFilter } from '@rowhouse/nestjs';
import type { GuardedPath } from '@rowhouse/nestjs/operator';
import helmet from 'helmet';
import type { MembersOptions } from '../members/members.providers.js';
import type { SettingsDeclaration } from '../settings/settings-shape.js';
import { TenantSettingsModule } from '../settings/tenant-settings.module.js';
import { type TenancyAdminDomainsOptions, TenancyAdminModule } from '../tenancy-admin.module.js';
import { HttpProblemFilter } from './http-problem.filter.js';

/** The parts of a deployment that the admin API works on. They stay the caller's to close. */
export interface AdminServerOptions {
  readonly catalog: Catalog;
  readonly fleet: Pick<Fleet, 'tenants' | 'migrations'>;
  readonly store: TenantStore;
  /** Who may call it. */
  readonly auth: GuardedPath['auth'];
  /** As the app gives them to {@link TenancyAdminModule}. */
  readonly members?: MembersOptions | undefined;
  /** Likewise; web servers ask the app which domains are served. */
  readonly domains?: Omit<TenancyAdminDomainsOptions, 'ask'> | undefined;
  /** As the app gives them to {@link TenantSettingsModule}. */
  readonly settings?: SettingsDeclaration | undefined;
}

const PATH = 'admin';

/** What the app's own modules provide where {@link TenancyAdminModule} is mounted in an app. */
@Module({})
class DeploymentModule {
  static of({ catalog, fleet, store }: AdminServerOptions): DynamicModule {
    return {
      module: DeploymentModule,
      global: true,
      providers: [
        { provide: Catalog, useValue: catalog },
        { provide: TenantLifecycle, useValue: fleet.tenants },
        { provide: FleetMigrations, useValue: fleet.migrations },
        { provide: TENANT_STORE, useValue: store },
        // The last one is asked first.
        { provide: APP_FILTER, useClass: HttpProblemFilter },
        { provide: APP_FILTER, useClass: TenancyExceptionFilter },
      ],
      exports: [Catalog, TenantLifecycle, FleetMigrations, TENANT_STORE],
    };
  }
}

@Module({})
class AdminServerModule {}

/**
 * The admin API as a server of its own, on Express: `/admin`, its document at `/admin/openapi.json`. No cookies, no CORS; a body may
 * have 100 KB. `listen()` opens it.
 */
export async function createAdminServer(options: AdminServerOptions): Promise<INestApplication> {
  const { auth, members, domains, settings } = options;
  const root: DynamicModule = {
    module: AdminServerModule,
    imports: [
      DeploymentModule.of(options),
      ...(settings ? [TenantSettingsModule.forRoot(settings)] : []),
      TenancyAdminModule.forRoot({ path: PATH, auth, members, domains }),
    ],
  };
  const app = await NestFactory.create(root, { logger: ['warn', 'error', 'fatal'], abortOnError: false });
  app.use(helmet());
  return app;
}
