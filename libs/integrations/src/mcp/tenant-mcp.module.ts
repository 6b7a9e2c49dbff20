import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { OptionsInvalidError } from '@rowhouse/core';
import { DataSourceRegistry } from '@rowhouse/nestjs';
import { integrationsPathOf, type TenantIntegrationsRoutesOptions } from '../nest/integrations-path.js';
import { Authorizations } from '../oauth/authorizations.js';
import { Providers } from '../oauth/providers.js';
import { RowSecrets } from '../row-secrets.js';
import { TenantIntegrations } from '../tenant-integrations.js';
import { type McpOptions, parseMcpOptions, type TenantMcpModuleOptions } from './mcp-options.js';
import { McpRecords } from './mcp-records.js';
import { mcpServersController } from './mcp-servers.controller.js';
import { TenantMcpServers } from './tenant-mcp-servers.js';

/** What a class for `useClass` and `useExisting` of {@link TenantMcpModule.forRootAsync} must have. */
export interface TenantMcpOptionsFactory {
  createTenantMcpOptions(): TenantMcpModuleOptions | Promise<TenantMcpModuleOptions>;
}

const GIVEN_OPTIONS = Symbol('rowhouse.given-mcp-options');
const OPTIONS = Symbol('rowhouse.mcp-options');

const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TenantMcpModuleOptions>({ optionsInjectionToken: GIVEN_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTenantMcpOptions')
    .setExtras<Partial<TenantIntegrationsRoutesOptions>>({ path: undefined, auth: undefined }, define)
    .build();

/**
 * MCP servers of tenants, in an app that has `TenancyModule` with TypeORM and {@link TenantMcpServer} and {@link TenantMcpExchange}
 * among its entities:
 *
 *     TenantMcpModule.forRoot({ path: 'mcp-servers', auth: SignedIn, keys })
 *
 * Everywhere injectable: {@link TenantMcpServers}.
 */
@Module({})
export class TenantMcpModule extends ConfigurableModuleClass {
  /** @throws {OptionsInvalidError} without `path` or `auth`; at start-up, naming the path of each other wrong option. */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: through `super` the builder learns that the module is this class.
    return super.forRoot(options);
  }

  /** As {@link forRoot}, with options that come from other providers; `path` and `auth` stand beside the factory. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: as in forRoot.
    return super.forRootAsync(options);
  }
}

const optional = (token: unknown) => ({ token: token as symbol, optional: true });

function define(definition: DynamicModule, routes: Partial<TenantIntegrationsRoutesOptions>): DynamicModule {
  return {
    ...definition,
    global: true,
    controllers: [mcpServersController(integrationsPathOf('TenantMcpModule', routes))],
    providers: [
      ...(definition.providers ?? []),
      { provide: OPTIONS, inject: [GIVEN_OPTIONS], useFactory: parseMcpOptions },
      {
        provide: McpRecords,
        inject: [optional(DataSourceRegistry)],
        useFactory: (registry: DataSourceRegistry | undefined) => {
          if (registry) return new McpRecords(registry);
          throw new OptionsInvalidError('TenantMcpModule', [
            { field: 'typeorm', expected: 'expected TenancyModule with the option typeorm' },
          ]);
        },
      },
      {
        provide: TenantMcpServers,
        inject: [
          McpRecords,
          OPTIONS,
          optional(TenantIntegrations),
          optional(Providers),
          optional(Authorizations),
        ],
        useFactory: (
          records: McpRecords,
          options: McpOptions,
          integrations?: TenantIntegrations,
          providers?: Providers,
          authorizations?: Authorizations,
        ) =>
          new TenantMcpServers(
            records,
            new RowSecrets(options.keys),
            options,
            integrations,
            providers && authorizations && { providers, authorizations },
          ),
      },
    ],
    exports: [TenantMcpServers],
  };
}
