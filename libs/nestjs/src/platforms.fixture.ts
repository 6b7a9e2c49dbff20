import type { AddressInfo } from 'node:net';
import type { DynamicModule, INestApplication, ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { InMemoryTenantStore, TENANT_STATUSES } from '@rowhouse/core';
import { HeaderResolver } from './resolvers/header.resolver.js';
import { TenancyModule } from './tenancy.module.js';
import type { TenancyModuleOptions } from './tenancy-options.js';

/** What our users run: every behaviour over HTTP must be the same on both. */
export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Tenants `acme` and `globex`, and one tenant in each status, named after it. */
export function exampleStore(): InMemoryTenantStore {
  return new InMemoryTenantStore([
    { slug: 'acme', id: '00000000-0000-4000-8000-00000000000a' },
    { slug: 'globex', id: '00000000-0000-4000-8000-00000000000b' },
    ...TENANT_STATUSES.map((status) => ({ slug: status, status })),
  ]);
}

export interface RunningApp {
  readonly app: INestApplication;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
}

const running: INestApplication[] = [];

export interface AppOptions extends ModuleMetadata {
  readonly tenancy?: Partial<TenancyModuleOptions> | DynamicModule;
  readonly prepare?: (app: INestApplication) => unknown;
  readonly adapter?: FastifyAdapter | ExpressAdapter;
}

/** An application that listens on a free port of the loopback interface, until {@link closeApps}. */
export async function startApp(platform: Platform, options: AppOptions): Promise<RunningApp> {
  const app = await createApp(platform, options);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, port, url: `http://127.0.0.1:${port}` };
}

export async function createApp(platform: Platform, options: AppOptions): Promise<INestApplication> {
  const { tenancy = {}, prepare, adapter, imports = [], ...metadata } = options;
  const module =
    'module' in tenancy
      ? tenancy
      : TenancyModule.forRoot({ store: exampleStore(), resolvers: [new HeaderResolver()], ...tenancy });
  const testing = await Test.createTestingModule({ imports: [module, ...imports], ...metadata }).compile();
  const app = testing.createNestApplication(adapter ?? adapterOf(platform), { logger: false });
  await prepare?.(app);
  running.push(app);
  return app;
}

function adapterOf(platform: Platform): FastifyAdapter | ExpressAdapter {
  return platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
}

export async function closeApps(): Promise<void> {
  await Promise.all(running.splice(0).map((app) => app.close()));
}
