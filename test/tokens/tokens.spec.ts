import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  DataSourceRegistry,
  HeaderResolver,
  TENANT_STORE,
  TenancyModule,
  type TenantAccessPolicy,
  TokenTenantPolicy,
  type WritableTenantStore,
} from '@rowhouse/nestjs';
import { createTestDatabase, createTestTenant, type TestDatabase } from '@rowhouse/testing';
import { entities, TokenModule, Users1700000000000 } from './token-app.js';

describe.each(['express', 'fastify'])(
  'An app on %s with one secret for the tokens of all tenants',
  (platform) => {
    let database: TestDatabase;
    let app: INestApplication;

    beforeEach(async () => {
      database = await createTestDatabase();
    });
    afterEach(async () => {
      await app.close();
      await database.drop();
    });

    async function start(accessPolicy?: TenantAccessPolicy) {
      const tenancy = TenancyModule.forRoot({
        typeorm: { type: 'postgres', url: database.url, entities, migrations: [Users1700000000000] },
        resolvers: [new HeaderResolver()],
        accessPolicy,
      });
      const root = { module: class RootModule {}, imports: [tenancy, TokenModule] };
      const options = { logger: false, abortOnError: false } as const;
      app =
        platform === 'fastify'
          ? await NestFactory.create(root, new FastifyAdapter(), options)
          : await NestFactory.create(root, options);
      await app.listen(0, '127.0.0.1');
      const [store, registry] = [app.get<WritableTenantStore>(TENANT_STORE), app.get(DataSourceRegistry)];
      for (const slug of ['acme', 'globex']) await createTestTenant({ store, registry, slug });
    }

    async function signIn(tenant: string, name: string): Promise<{ token: string; bare: string }> {
      const response = await fetch(`${await app.getUrl()}/sign-in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tenant-id': tenant },
        body: JSON.stringify({ name }),
      });
      return response.json() as Promise<{ token: string; bare: string }>;
    }

    async function me(tenant: string, token: string) {
      const headers = { 'x-tenant-id': tenant, authorization: `Bearer ${token}` };
      const response = await fetch(`${await app.getUrl()}/me`, { headers });
      const body = (await response.json()) as { name?: string; code?: string };
      return [response.status, body.code ?? body.name];
    }

    it('takes a user of one tenant for the user with the same id of another', async () => {
      await start();
      await signIn('globex', 'Gina of globex');
      const { token } = await signIn('acme', 'Ada of acme');
      expect(await me('globex', token)).toEqual([200, 'Gina of globex']);
    });

    it('keeps them to their tenant with TokenTenantPolicy, and lets in nobody without the claim', async () => {
      await start(new TokenTenantPolicy({ claim: 'tenant', allowAnonymous: true }));
      await signIn('globex', 'Gina of globex');
      const { token, bare } = await signIn('acme', 'Ada of acme');
      expect(await me('acme', token)).toEqual([200, 'Ada of acme']);
      expect(await me('globex', token)).toEqual([403, 'TENANT_ACCESS_DENIED']);
      expect(await me('acme', bare)).toEqual([403, 'TENANT_ACCESS_DENIED']);
      expect(await me('globex', 'nonsense')).toEqual([401, undefined]);
    });
  },
);
