import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { Catalog, type TenantStore } from '@rowhouse/core';
import { type Fleet, TenantLifecycle } from '@rowhouse/migrations';
import { TENANT_STORE, TenancyExceptionFilter } from '@rowhouse/nestjs';
import type { GuardedPath } from '@rowhouse/nestjs/operator';
import helmet from 'helmet';
import { TenancyAdminModule } from '../tenancy-admin.module.js';
import { HttpProblemFilter } from './http-problem.filter.js';

/** The parts of a deployment that the admin API works on. They stay the caller's to close. */
export interface AdminServerOptions {
  readonly catalog: Catalog;
  readonly fleet: Pick<Fleet, 'tenants'>;
  readonly store: TenantStore;
  /** Who may call it. */
  readonly auth: GuardedPath['auth'];
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
        { provide: TENANT_STORE, useValue: store },
        // The last one is asked first.
        { provide: APP_FILTER, useClass: HttpProblemFilter },
        { provide: APP_FILTER, useClass: TenancyExceptionFilter },
      ],
      exports: [Catalog, TenantLifecycle, TENANT_STORE],
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
  const root: DynamicModule = {
    module: AdminServerModule,
    imports: [DeploymentModule.of(options), TenancyAdminModule.forRoot({ path: PATH, auth: options.auth })],
  };
  const app = await NestFactory.create(root, { logger: ['warn', 'error', 'fatal'], abortOnError: false });
  app.use(helmet());
  return app;
}
