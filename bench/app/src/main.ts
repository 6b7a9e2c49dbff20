import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { answerHarness } from './harness-channel.js';
import { readSettings } from './settings.js';
import { VARIANTS } from './variants/index.js';

const settings = readSettings(process.env);
const rootModule = VARIANTS.get(settings.variant);
if (!rootModule) throw new Error(`BENCH_VARIANT: expected one of ${[...VARIANTS.keys()].join(', ')}.`);

const module = await rootModule(settings);
// The harness counts errors. Writing thousands of them to a log would add to the time of the variant.
const options = { logger: false, abortOnError: false } as const;
const app: INestApplication =
  settings.platform === 'fastify'
    ? await NestFactory.create(module, await fastifyAdapter(), options)
    : await NestFactory.create(module, options);
// Longer than a variant waits for its next turn.
app.getHttpServer().keepAliveTimeout = 60_000;
await app.listen(0, '127.0.0.1');
answerHarness(app, (app.getHttpServer().address() as AddressInfo).port);

async function fastifyAdapter() {
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return new FastifyAdapter();
}
