import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TenantLogger } from '@rowhouse/nestjs';
import { AppModule } from './app.module.js';
import type { Settings } from './settings.js';

export type Platform = 'express' | 'fastify';

/** Builds the app; `listen()` makes its catalog, where there is none. */
export async function createApp(settings: Settings, platform: Platform): Promise<INestApplication> {
  const rootModule = AppModule.forRoot(settings);
  const options = {
    logger: new TenantLogger({ logLevels: ['warn', 'error', 'fatal'] }),
    abortOnError: false,
  };
  if (platform === 'express') return NestFactory.create(rootModule, options);
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return NestFactory.create(rootModule, new FastifyAdapter(), options);
}
