import type { INestApplication, NestApplicationOptions } from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import { TenantLogger } from '@rowhouse/nestjs';
import { ProblemFilter } from './http/problem.filter.js';
import { validationPipe } from './http/validation.js';
import type { Platform } from './settings.js';

/** Builds the application on a database; `init()` or `listen()` opens its shops. */
export async function createApp(
  { url, ownerUrl = url }: { readonly url: string; readonly ownerUrl?: string | undefined },
  platform: Platform,
): Promise<INestApplication> {
  // The root module reads its environment when it is loaded, like any application's.
  process.env.DATABASE_URL = url;
  process.env.DIRECT_DATABASE_URL = ownerUrl;
  const { AppModule } = await import('./app.module.js');

  const options: NestApplicationOptions = {
    logger: new TenantLogger({
      json: process.env.NODE_ENV === 'production',
      logLevels: ['warn', 'error', 'fatal'],
      sampling: { linesPerMinute: 600 },
    }),
    abortOnError: false,
  };
  const app =
    platform === 'fastify'
      ? await NestFactory.create(
          AppModule,
          new (await import('@nestjs/platform-fastify')).FastifyAdapter(),
          options,
        )
      : await NestFactory.create(AppModule, options);

  app.useGlobalPipes(validationPipe);
  app.useGlobalFilters(new ProblemFilter(app.get(HttpAdapterHost)));
  return app;
}
