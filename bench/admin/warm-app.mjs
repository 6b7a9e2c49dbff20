import { Controller, Get, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Members,
  MembershipPolicy,
  TenancyAdminModule,
  TenantSettings,
  TenantSettingsModule,
} from '@rowhouse/admin';
import { TenancyMigrationModule, TenantLifecycle } from '@rowhouse/migrations';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import { z } from 'zod';

const ADA = { issuer: 'https://id.example.com', subject: 'ada' };

class ProbeController {
  constructor(settings) {
    this.settings = settings;
  }

  async read() {
    return this.settings ? await this.settings.get() : { theme: 'light' };
  }
}

/**
 * Opens an app with one tenant. Its route answers from memory: without tenants' members and settings, or with both.
 *
 * @param {Awaited<ReturnType<typeof import('../fleet/bench-deployment.mjs').openBenchDeployment>>} deployment
 * @param {{ hasMembers: boolean }} options
 */
export async function openWarmApp({ appUrl, ownerUrl, roles }, { hasMembers }) {
  const App = moduleOf({
    controllers: [probeOf(hasMembers)],
    imports: [
      TenancyModule.forRoot({
        typeorm: { type: 'postgres', url: appUrl },
        directUrl: ownerUrl,
        pool: { roles },
        resolvers: [new HeaderResolver()],
        ...(hasMembers && { accessPolicy: MembershipPolicy }),
      }),
      TenancyMigrationModule.forRoot({}),
      ...(hasMembers ? [withSettings(), withMembers()] : []),
    ],
  });
  const app = await NestFactory.create(App, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const { id } = await app.get(TenantLifecycle).create({ slug: 'acme' });
  if (hasMembers) await app.get(Members).add(id, { ...ADA, email: 'ada@example.com', roles: ['owner'] });
  const { port } = app.getHttpServer().address();
  return { url: `http://127.0.0.1:${port}/probe`, close: () => app.close() };
}

function withSettings() {
  return TenantSettingsModule.forRoot({ schema: z.object({ theme: z.string().default('light') }) });
}

function withMembers() {
  return TenancyAdminModule.forRoot({
    path: 'admin',
    auth: new OperatorAuth({ tokens: [{ token: () => 'bench' }] }),
    members: { roles: ['owner'], ownerRole: 'owner', userOf: () => ADA },
  });
}

/** This file is JavaScript, which has no decorators. */
function probeOf(hasSettings) {
  class Probe extends ProbeController {
    read() {
      return super.read();
    }
  }
  Controller('probe')(Probe);
  if (hasSettings) Inject(TenantSettings)(Probe, undefined, 0);
  Get()(Probe.prototype, 'read', Object.getOwnPropertyDescriptor(Probe.prototype, 'read'));
  return Probe;
}

function moduleOf(metadata) {
  class App {}
  Module(metadata)(App);
  return App;
}
