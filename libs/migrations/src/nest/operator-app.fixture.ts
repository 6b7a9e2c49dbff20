import type { AddressInfo } from 'node:net';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import type { MigrationInterface } from 'typeorm';
import type { Deployment } from '../deployment.fixture.js';

export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

export interface OperatorAppOptions extends ModuleMetadata {
  readonly platform?: Platform;
  readonly migrations?: readonly (new () => MigrationInterface)[];
}

const running: INestApplication[] = [];

/** An application over a deployment, with {@link TenancyModule} and what is given, that listens until {@link closeApps}. */
export async function startApp(
  { database, tenancy }: Deployment,
  { platform = 'express', migrations = [], imports = [], ...metadata }: OperatorAppOptions,
): Promise<{ readonly app: INestApplication; readonly url: string }> {
  const tenancyModule = TenancyModule.forRoot({
    typeorm: {
      type: 'postgres',
      url: database.loginUrl,
      poolSize: 4,
      retryAttempts: 1,
      retryDelay: 1,
      migrations: [...migrations],
    },
    directUrl: database.url,
    pool: tenancy,
    resolvers: [new HeaderResolver()],
  });
  const module = await Test.createTestingModule({
    imports: [tenancyModule, ...imports],
    ...metadata,
  }).compile();
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = module.createNestApplication(adapter, { logger: false });
  running.push(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, url: `http://127.0.0.1:${port}` };
}

/** Closes an application before its time. */
export async function closeApp(app: INestApplication): Promise<void> {
  running.splice(running.indexOf(app), 1);
  await app.close();
}

export async function closeApps(): Promise<void> {
  await Promise.all(running.splice(0).map((app) => app.close()));
}
