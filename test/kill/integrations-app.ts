import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  localKeys,
  TenantAuthorization,
  TenantIntegration,
  TenantIntegrations,
  TenantIntegrationsModule,
  type TenantIntegrationsModuleOptions,
} from '@rowhouse/integrations';
import { HeaderResolver, TenancyModule, TenantRunner } from '@rowhouse/nestjs';

/** What the program is told, as JSON in its argument. */
export interface IntegrationsAppSettings {
  readonly url: string;
  readonly roles: string;
  readonly key: string;
  readonly providers: TenantIntegrationsModuleOptions['providers'];
  readonly connections: readonly { readonly tenant: string; readonly id: string }[];
}

const { url, roles, key, providers, connections }: IntegrationsAppSettings = JSON.parse(
  process.argv[2] ?? '',
);

class IntegrationsApp {}
const app = await NestFactory.create(
  {
    module: IntegrationsApp,
    imports: [
      TenancyModule.forRoot({
        typeorm: { type: 'postgres', url, entities: [TenantIntegration, TenantAuthorization], poolSize: 4 },
        pool: { roles },
        resolvers: [new HeaderResolver()],
      }),
      TenantIntegrationsModule.forRoot({
        path: 'integrations',
        auth: { canActivate: () => true },
        url: 'http://127.0.0.1/integrations',
        secret: 'a secret of the specs, of more than 32 letters',
        keys: localKeys([{ id: 'k1', secret: key }]),
        providers,
      }),
    ],
  },
  new FastifyAdapter(),
  { logger: false },
);
await app.init();
const [integrations, runner] = [app.get(TenantIntegrations), app.get(TenantRunner)];

/** Each line is a step that the killer may wait for. */
await Promise.all(
  connections.map(async ({ tenant, id }) => {
    let rejected: string | undefined;
    for (;;) {
      rejected = await runner.run(tenant, () => integrations.accessToken(id, { rejected }));
      process.stdout.write('.\n');
    }
  }),
);
