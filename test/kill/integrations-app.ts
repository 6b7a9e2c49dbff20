import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TenantContext } from '@rowhouse/core';
import {
  IntegrationProviderError,
  localKeys,
  TenantAuthorization,
  TenantIntegration,
  TenantIntegrations,
  TenantIntegrationsModule,
  type TenantIntegrationsModuleOptions,
} from '@rowhouse/integrations';
import {
  TenantMcpExchange,
  TenantMcpModule,
  TenantMcpServer,
  TenantMcpServers,
} from '@rowhouse/integrations/mcp';
import { HeaderResolver, TenancyModule, TenantRunner } from '@rowhouse/nestjs';

/** What the program is told, as JSON in its argument. */
export interface IntegrationsAppSettings {
  readonly url: string;
  readonly roles: string;
  /** Where the provider sends browsers to. */
  readonly routes: string;
  /** The first one encrypts. */
  readonly keys: readonly { readonly id: string; readonly secret: string }[];
  readonly providers: TenantIntegrationsModuleOptions['providers'];
  /** Connections whose tokens are refreshed, and stay. */
  readonly connections: readonly { readonly tenant: string; readonly id: string }[];
  /** MCP servers that have been authorized, with the connection of each. */
  readonly servers: readonly { readonly tenant: string; readonly id: string; readonly connection: string }[];
}

/** What has been done, or is about to be, a line each. */
export type IntegrationsStep =
  | { readonly did: 'refreshed' | 'rotated' }
  /** The provider has sent the browser back. */
  | { readonly did: 'returned'; readonly tenant: string; readonly query: string }
  | {
      readonly did: 'connected' | 'begun to delete' | 'deleted';
      readonly tenant: string;
      readonly id: string;
    };

const { url, roles, routes, keys, providers, connections, servers }: IntegrationsAppSettings = JSON.parse(
  process.argv[2] ?? '',
);

class IntegrationsApp {}
const app = await NestFactory.create(
  {
    module: IntegrationsApp,
    imports: [
      TenancyModule.forRoot({
        typeorm: {
          type: 'postgres',
          url,
          entities: [TenantIntegration, TenantAuthorization, TenantMcpServer, TenantMcpExchange],
          poolSize: 4,
        },
        pool: { roles },
        resolvers: [new HeaderResolver()],
      }),
      TenantIntegrationsModule.forRoot({
        path: 'integrations',
        auth: { canActivate: () => true },
        url: routes,
        secret: 'a secret of the specs, of more than 32 letters',
        keys: localKeys(keys),
        providers,
      }),
      TenantMcpModule.forRoot({
        path: 'mcp-servers',
        auth: { canActivate: () => true },
        keys: localKeys(keys),
        allowHttp: true,
        allowedNetworks: ['127.0.0.1'],
      }),
    ],
  },
  new FastifyAdapter(),
  { logger: false },
);
await app.init();
const [integrations, runner] = [app.get(TenantIntegrations), app.get(TenantRunner)];
const mcp = app.get(TenantMcpServers);

const report = (step: IntegrationsStep) => process.stdout.write(`${JSON.stringify(step)}\n`);

/** In the context of a tenant and of its user, without an end. */
const forever = (tenant: string, work: () => Promise<void>) =>
  runner.run(tenant, (found) =>
    TenantContext.run(
      found,
      async () => {
        for (;;) await work();
      },
      { actor: { type: 'user', id: 'ada' } },
    ),
  );

async function connectAndDelete(tenant: string): Promise<void> {
  const { headers } = await fetch(await integrations.authorize('calendar'), { redirect: 'manual' });
  const query = new URL(headers.get('location') ?? '').search.slice(1);
  report({ did: 'returned', tenant, query });
  const { id } = (await integrations.finish('calendar', query)).integration;
  report({ did: 'connected', tenant, id });
  if (Math.random() < 0.5) return;
  report({ did: 'begun to delete', tenant, id });
  await integrations.delete(id);
  report({ did: 'deleted', tenant, id });
}

async function authorizeServer(tenant: string, id: string): Promise<void> {
  const { headers } = await fetch(await mcp.authorize(id), { redirect: 'manual' });
  const query = new URL(headers.get('location') ?? '').search.slice(1);
  report({ did: 'returned', tenant, query });
  const { integration } = await integrations.finish(`mcp-${id}`, query);
  report({ did: 'connected', tenant, id: integration.id });
}

async function rotate(): Promise<void> {
  await integrations.rotateKeys();
  report({ did: 'rotated' });
}

/** Who is authorized meanwhile has other tokens than those that the refresh has brought. */
function undefinedIfOvertaken(error: unknown): undefined {
  if (!(error instanceof IntegrationProviderError && error.message.includes('overtaken'))) throw error;
}

/** Takes each token for one that the provider rejects. */
function refreshForever(tenant: string, id: string, use: () => Promise<unknown> = async () => {}) {
  let rejected: string | undefined;
  return forever(tenant, async () => {
    rejected = await integrations.accessToken(id, { rejected }).catch(undefinedIfOvertaken);
    report({ did: 'refreshed' });
    await use().catch(undefinedIfOvertaken);
  });
}

await Promise.all([
  ...connections.flatMap(({ tenant, id }) => {
    return [
      refreshForever(tenant, id),
      forever(tenant, () => connectAndDelete(tenant)),
      forever(tenant, rotate),
    ];
  }),
  ...servers.flatMap(({ tenant, id, connection }) => [
    forever(tenant, () => authorizeServer(tenant, id)),
    refreshForever(tenant, connection, () => mcp.test(id)),
  ]),
]);
