import type { AddressInfo } from 'node:net';
import { CacheModule } from '@nestjs/cache-manager';
import { type DynamicModule, type INestApplication, Module, type Type } from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { PinMode, TenantPool } from '@rowhouse/core';
import {
  HeaderResolver,
  InMemoryTenantStore,
  TenancyModule,
  type TenancyModuleOptions,
} from '@rowhouse/nestjs';
import { TenantCacheInterceptor } from '@rowhouse/nestjs/cache';
import { DataSource } from 'typeorm';
import { SharedMemoryCache } from '../../support/shared-memory-cache.js';
import { shop } from '../../support/shop.js';
import { Counter } from '../counter.js';
import { fleet } from '../fleet.js';
import { Diary, LibraryModule } from './library-app.js';

export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

export interface LibrarySetting {
  readonly platform: Platform;
  /** The URL for the pool. */
  readonly url: string;
  /** A superuser's URL of the server itself, not through a pooler. */
  readonly directUrl: string;
  readonly pin: PinMode;
  readonly poolSize: number;
  /** Additional imports of the root module. */
  readonly imports?: readonly (Type | DynamicModule)[];
  /** Called before the app listens. */
  readonly prepare?: (app: INestApplication) => unknown;
  readonly tenancy?: Partial<Pick<TenancyModuleOptions, 'messages'>>;
}

export interface RunningLibrary {
  readonly app: INestApplication;
  readonly port: number;
  readonly diary: Diary;
  readonly dataSource: DataSource;
  readonly pool: TenantPool;
}

/** The maximum size of bodies in bytes. */
export const BODY_LIMIT = 1_000_000;

/** Keeps the answers to all GET requests for as long as the app runs. */
@Module({
  imports: [CacheModule.register()],
  providers: [{ provide: APP_INTERCEPTOR, useClass: TenantCacheInterceptor }],
})
export class ResponseCacheModule {}

/** The app, with the whole fleet as its tenants, on a free port of the loopback interface. */
export async function startLibrary(setting: LibrarySetting): Promise<RunningLibrary> {
  const app = await createApp(setting);
  await setting.prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const dataSource = app.get(DataSource);
  const { master: pool } = dataSource.driver as unknown as { master: TenantPool };
  return { app, port, diary: app.get(Diary), dataSource, pool };
}

async function createApp(setting: LibrarySetting): Promise<INestApplication> {
  const root = rootModule(setting);
  // Many requests fail on purpose, and should not appear in the log.
  const options = { logger: false, abortOnError: false } as const;
  if (setting.platform === 'express') {
    const app = await NestFactory.create<NestExpressApplication>(root, new ExpressAdapter(), options);
    app.useBodyParser('json', { limit: BODY_LIMIT });
    app.useBodyParser('raw', { type: 'multipart/form-data', limit: BODY_LIMIT });
    return app;
  }
  const adapter = new FastifyAdapter({ bodyLimit: BODY_LIMIT });
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, options);
  adapter.getInstance().addContentTypeParser('multipart/form-data', collect);
  return app;
}

/** Reads a body by its events, as form parsers do. The events run in the context of the socket. */
function collect(
  _request: unknown,
  payload: NodeJS.ReadableStream,
  done: (error: Error | null, body?: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  payload.on('data', (chunk: Buffer) => chunks.push(chunk));
  payload.on('end', () => done(null, Buffer.concat(chunks)));
  payload.on('error', done);
}

function rootModule({ url, directUrl, pin, poolSize, imports = [], tenancy }: LibrarySetting) {
  @Module({
    imports: [
      TenancyModule.forRoot({
        typeorm: {
          type: 'postgres',
          url,
          poolSize,
          entities: [...shop.entities, Counter],
          cache: { provider: () => new SharedMemoryCache() },
          connectTimeoutMS: 60_000,
        },
        directUrl,
        pool: { pin, databases: { maxConnections: poolSize } },
        store: new InMemoryTenantStore(
          fleet.map(({ tenant }) => ({
            id: tenant.id,
            slug: tenant.slug,
            isolation: tenant.isolation,
          })),
        ),
        resolvers: [new HeaderResolver()],
        ...tenancy,
      }),
      LibraryModule,
      ...imports,
    ],
  })
  class RootModule {}
  return RootModule;
}
