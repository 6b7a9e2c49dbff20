/** @suite vectors */
import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { AddressInfo } from 'node:net';
import { Body, Controller, Get, type INestApplication, Post } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SYSTEM_CONTEXT_CHANNEL, type SystemEntry } from '@rowhouse/core';
import { TenancyMigrationModule, TenantLifecycle } from '@rowhouse/migrations';
import { HeaderResolver, HealthChecks, TenancyModule } from '@rowhouse/nestjs';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { type ChromaServer, startChroma } from '../../../../test/support/chroma.js';
import { dropRoles } from '../../../../test/support/roles.js';
import { until } from '../../../../test/support/until.js';
import { chromaStore } from '../chroma/index.js';
import { TenantVectors } from '../tenant-vectors.js';
import { TenantVectorsModule } from './tenant-vectors.module.js';

@Controller('memory')
class MemoryController {
  readonly #memory;

  constructor(vectors: TenantVectors) {
    this.#memory = vectors.collection('memory');
  }

  @Post()
  async remember(@Body() { text }: { text: string }) {
    await this.#memory.upsert([{ id: text, document: text }]);
    return { count: await this.#memory.count() };
  }

  @Get()
  async recall() {
    return (await this.#memory.query({ text: 'abc', limit: 1 })).map(({ document }) => document);
  }
}

/** As good as a model, for a test: what letters there are. */
const embed = async (texts: readonly string[]) =>
  texts.map((text) => ['a', 'b', 'c', 'd'].map((letter) => text.split(letter).length));

describe.each([
  ['express', () => new ExpressAdapter()],
  ['fastify', () => new FastifyAdapter()],
] as const)('TenantVectorsModule on %s', (_platform, adapter) => {
  let chroma: ChromaServer;
  let database: TestDatabase;
  let app: INestApplication;
  let url: string;
  const prefix = `vec_${randomBytes(5).toString('hex')}`;

  beforeAll(async () => {
    [chroma, database] = await Promise.all([startChroma(), createTestDatabase()]);
    const testing = await Test.createTestingModule({
      imports: [
        TenancyModule.forRoot({
          typeorm: { type: 'postgres', url: database.loginUrl, poolSize: 4, retryAttempts: 1, retryDelay: 1 },
          directUrl: database.url,
          pool: { roles: prefix },
          resolvers: [new HeaderResolver()],
        }),
        TenancyMigrationModule.forRoot(),
        TenantVectorsModule.forRootAsync({
          useFactory: () => ({ store: chromaStore(chroma.client), embed }),
        }),
      ],
      controllers: [MemoryController],
    }).compile();
    app = testing.createNestApplication(adapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/memory`;
  });

  afterAll(async () => {
    await app?.close();
    await chroma?.close();
    await database?.drop();
    await dropRoles(prefix);
  });

  const as = async (slug: string, text?: string) => {
    const headers = { 'x-tenant-id': slug, 'content-type': 'application/json' };
    const init =
      text === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify({ text }) };
    return (await fetch(url, init)).json();
  };

  it('serves each tenant its own, and removes what a purged tenant had', async () => {
    const tenants = app.get(TenantLifecycle);
    await tenants.create({ slug: 'acme' });
    await tenants.create({ slug: 'globex', isolation: 'row' });
    expect(await as('acme', 'aab')).toEqual({ count: 1 });
    expect(await as('acme', 'ddd')).toEqual({ count: 2 });
    expect(await as('globex', 'bbc')).toEqual({ count: 1 });
    expect(await as('acme')).toEqual(['aab']);
    expect(await as('globex')).toEqual(['bbc']);
    expect(await as('acme', '')).toMatchObject({ status: 400, code: 'VECTORS_INVALID' });

    const [check] = app.get(HealthChecks).all.filter(({ name }) => name === 'vectors');
    expect(await check?.check?.()).toEqual({ status: 'up', store: 'chroma' });
    expect(await check?.checkTenant?.(await tenants.find('acme'))).toEqual({
      status: 'up',
      store: 'chroma',
      collections: 1,
    });

    const reasons: string[] = [];
    const listen = (entry: unknown) => void reasons.push((entry as SystemEntry).reason);
    subscribe(SYSTEM_CONTEXT_CHANNEL, listen);
    await tenants.delete('acme');
    await tenants.purge('acme', { confirm: 'acme', beforeRetentionEnds: true });
    await until(async () => (await chroma.client.countCollections()) === 1);
    unsubscribe(SYSTEM_CONTEXT_CHANNEL, listen);
    expect(reasons).toContain('remove the collections of the purged tenant acme');
    expect(await as('globex')).toEqual(['bbc']);
  });
});
