import { Global, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { OptionsInvalidError } from '@rowhouse/core';
import { TenancyMigrationModule } from '@rowhouse/migrations';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { z } from 'zod';
import { dropRoles } from '../../../test/support/roles.js';
import { Domains } from './domains/domains.js';
import { Members } from './members/members.js';
import { TenantSettings } from './settings/tenant-settings.js';
import { TenantSettingsModule } from './settings/tenant-settings.module.js';
import { TenancyAdminModule } from './tenancy-admin.module.js';

const ROLES = 'modules_async';

/** As Nest's ConfigService. */
@Injectable()
class Config {
  get(name: string): string {
    return { owner: 'boss', reserved: 'app.example.com', theme: 'dark' }[name] ?? '';
  }
}

@Global()
@Module({ providers: [Config], exports: [Config] })
class ConfigModule {}

const http = {
  path: 'admin',
  auth: new OperatorAuth({ tokens: [{ token: () => 'owner' }] }),
};

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  await dropRoles(ROLES);
});

async function start(admin: Parameters<typeof TenancyAdminModule.forRootAsync>[0]) {
  const module = await Test.createTestingModule({
    imports: [
      ConfigModule,
      TenancyModule.forRoot({
        typeorm: { type: 'postgres', url: database.loginUrl },
        directUrl: database.url,
        pool: { roles: ROLES },
        resolvers: [new HeaderResolver()],
      }),
      TenancyMigrationModule.forRoot({}),
      TenantSettingsModule.forRootAsync({
        inject: [Config],
        useFactory: (config: Config) => ({
          schema: z.object({ theme: z.string().default(config.get('theme')) }),
          ttlMs: 1_000,
        }),
      }),
      TenancyAdminModule.forRootAsync(admin),
    ],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

const withConfig = {
  ...http,
  inject: [Config],
  useFactory: async (config: Config) => ({
    domains: { reservedDomains: [config.get('reserved')] },
    members: { roles: [config.get('owner'), 'member'], ownerRole: config.get('owner') },
  }),
};

describe('forRootAsync of the modules', () => {
  it('takes options from other providers, and serves what stands beside the factory', async () => {
    const app = await start({ ...withConfig, hasMembers: true, ask: () => 'ask' });
    try {
      const call = async (path: string, method = 'GET', body?: object) => {
        const response = await fetch(`${await app.getUrl()}/admin/${path}`, {
          method,
          headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
          ...(body && { body: JSON.stringify(body) }),
        });
        return { status: response.status, text: await response.text() };
      };
      const begun = await call('tenants', 'POST', { slug: 'acme' });
      const { id } = JSON.parse(begun.text) as { id: string };
      await call(`operations/${id}/events`);
      expect(await app.get(TenantSettings).getFor(id)).toEqual({ theme: 'dark' });
      await expect(app.get(Domains).add('acme', 'x.app.example.com')).rejects.toThrow('reserved');
      const owner = { issuer: 'https://id.example.com', subject: '1', email: 'a@example.com' };
      expect((await call('tenants/acme/members', 'POST', { ...owner, roles: ['boss'] })).status).toBe(201);
      expect((await call('domains/ask?domain=none.example.com&token=ask')).status).toBe(404);
      const { paths } = JSON.parse((await call('openapi.json')).text) as { paths: object };
      expect(Object.keys(paths)).toEqual(
        expect.arrayContaining(['/admin/domains/ask', '/admin/tenants/{tenant}/members']),
      );
    } finally {
      await app.close();
    }
  });

  it('has no members and no questions without what stands beside the factory', async () => {
    const app = await start({ ...http, useFactory: () => ({ members: undefined }) });
    try {
      expect(() => app.get(Members)).toThrow();
      for (const path of ['tenants/acme/members', 'domains/ask?domain=a.example'])
        expect(
          (await fetch(`${await app.getUrl()}/admin/${path}`, { headers: { authorization: 'Bearer owner' } }))
            .status,
        ).toBe(404);
    } finally {
      await app.close();
    }
  });

  it.each([
    [{ oidc: {} }, 'oidc: expected `oidc` beside the factory'],
    [{ path: 'other' }, 'path: expected `path` beside the factory'],
    [{ domains: { ask: 'token' } }, 'domains.ask: expected `ask` beside the factory'],
    [{ members: {} }, 'members: expected `hasMembers: true` beside the factory'],
    [{ webhooks: {} }, 'webhooks: expected `hasWebhooks: true` beside the factory'],
    [{ transfers: { folder: '/tmp' } }, 'transfers: expected `hasTransfers: true` beside the factory'],
  ])('refuses at start what a factory returns too late: %j', async (given, message) => {
    await expect(start({ ...http, useFactory: () => given as object })).rejects.toThrow(message);
  });

  it('refuses members without their roles, and routes without a guard', async () => {
    await expect(start({ ...http, hasMembers: true, useFactory: () => ({}) })).rejects.toThrow(
      OptionsInvalidError,
    );
    expect(() => TenancyAdminModule.forRootAsync({ path: 'admin', useFactory: () => ({}) })).toThrow(
      'expected a guard',
    );
    expect(() => TenancyAdminModule.forRootAsync({ useFactory: () => ({}) })).toThrow('path');
  });
});
