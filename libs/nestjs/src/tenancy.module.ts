import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type NestModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
  Optional,
} from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { Catalog, EffectivePlans, OptionsInvalidError, TenantDirectory } from '@rowhouse/core';
import { ApiKeyUses, EntryDirectory } from '@rowhouse/core/internal';
import { DataSourceRegistry } from '@rowhouse/typeorm';
import { sharedCachesIn } from './cache/shared-caches.js';
import { checkSelf } from './deployment/self-check.js';
import { ResponseCacheSharedError } from './errors.js';
import { askPolicyFirst } from './http/tenant-access.interceptor.js';
import { TenantHttp } from './http/tenant-http.js';
import { RequestQuotas } from './quotas/require-quota.decorator.js';
import { refuseUnknownRates } from './rates/rate-limit.decorator.js';
import { refuseUnknownFeatures } from './routes/require-feature.decorator.js';
import { type ASYNC_OPTIONS_TYPE, ConfigurableModuleClass } from './tenancy.module-definition.js';
import { InjectTenancyOptions, type TenancyModuleOptions, type TenancyOptions } from './tenancy-options.js';

const WAYS = ['useFactory', 'useClass', 'useExisting'] as const;

/**
 * Makes an application multi-tenant. Stands in the root module, in the place of `TypeOrmModule.forRoot`:
 *
 *     TenancyModule.forRoot({ typeorm: { type: 'postgres', … }, resolvers: [new HeaderResolver()] })
 *
 * Each request runs as its tenant, and so do the repositories, data source and entity manager it injects.
 * Everywhere injectable: {@link TenantContext}, {@link TenantDirectory}, {@link TenantRunner}, {@link TenantFeatures},
 * {@link TenantQuotas}, {@link TenantRates}, {@link EffectivePlans}, {@link DataSourceRegistry} and, by {@link TENANT_STORE}, the store.
 */
@Module({})
export class TenancyModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown
{
  readonly #logger = new Logger(TenancyModule.name);

  constructor(
    private readonly http: TenantHttp,
    private readonly directory: TenantDirectory,
    @InjectTenancyOptions() private readonly options: TenancyOptions,
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
    @Inject(EffectivePlans) private readonly plans: EffectivePlans,
    @Inject(RequestQuotas) private readonly quotas: RequestQuotas,
    @Optional() @Inject(Catalog) private readonly catalog?: Catalog,
    @Optional() @Inject(DataSourceRegistry) private readonly registry?: DataSourceRegistry,
    @Optional() @Inject(ApiKeyUses) private readonly apiKeyUses?: ApiKeyUses,
    @Optional() @Inject(EntryDirectory) private readonly entries?: EntryDirectory,
  ) {
    super();
  }

  /** @throws {OptionsInvalidError} at start-up, naming the path of each wrong option. */
  static override forRoot(options: TenancyModuleOptions): DynamicModule {
    const orm = options.typeorm ? 'typeorm' : 'none';
    // biome-ignore lint/complexity/noThisInStatic: through `super` the builder learns that the module is this class.
    return super.forRoot({ ...options, orm, dataSourceName: options.typeorm?.name });
  }

  /**
   * As {@link forRoot}, with options that come from other providers. Beside the factory stand `orm: 'none'` in
   * an app without TypeORM, and `dataSourceName` where the data source has a name.
   *
   * @throws {OptionsInvalidError} unless there is exactly one of `useFactory`, `useClass` and `useExisting`.
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    const given = WAYS.filter((way) => options[way] !== undefined);
    if (given.length !== 1) {
      const found = given.length === 0 ? 'none' : given.join(' and ');
      throw new OptionsInvalidError('TenancyModule.forRootAsync', [
        { field: 'options', expected: `expected exactly one of ${WAYS.join(', ')}; got ${found}` },
      ]);
    }
    // biome-ignore lint/complexity/noThisInStatic: as in forRoot.
    return super.forRootAsync(options);
  }

  configure(): void {
    this.http.install(this);
    askPolicyFirst(this.config);
  }

  async onModuleInit(): Promise<void> {
    this.#warnOfTrust();
    await this.#orClose(async () => {
      this.#refuseSharedCaches();
      refuseUnknownFeatures(this.modules, this.plans);
      refuseUnknownRates(this.modules, this.plans);
      this.quotas.refuseUnknown(this.modules);
      await checkSelf(this.options);
    });
  }

  /** Not before every module is ready: an application that fails to start leaves nothing that listens. */
  async onApplicationBootstrap(): Promise<void> {
    await this.#orClose(async () => {
      await this.directory.start();
      await this.entries?.start();
    });
  }

  /** Nest closes nothing of an application that fails to start. */
  async #orClose(start: () => Promise<void>): Promise<void> {
    try {
      await start();
    } catch (error) {
      await this.onApplicationShutdown();
      await this.registry?.ambient.destroy();
      throw error;
    }
  }

  #warnOfTrust(): void {
    const { accessPolicy, resolvers } = this.options;
    const trusting = resolvers.filter(({ clientSupplied }) => clientSupplied).map(({ name }) => name);
    if (accessPolicy || trusting.length === 0) return;
    this.#logger.warn(
      `Clients choose their tenant themselves (resolvers: ${trusting.join(', ')}), and no accessPolicy checks ` +
        'that they may enter it: anybody can read any tenant, and a token of one is good for all. Give TenancyModule an ' +
        'accessPolicy, such as TokenTenantPolicy.',
    );
  }

  /** @throws {ResponseCacheSharedError} in production. */
  #refuseSharedCaches(): void {
    const places = sharedCachesIn(this.modules, this.config);
    if (places.length === 0) return;
    const error = new ResponseCacheSharedError(places);
    if (this.options.production) throw error;
    this.#logger.warn(error.message);
  }

  /** Everything is tried, so that one part that fails to close leaves no other open. */
  async onApplicationShutdown(): Promise<void> {
    const parts = [this.entries, this.apiKeyUses, this.directory, this.registry, this.catalog];
    for (const part of parts) {
      await part
        ?.close()
        .catch((error: unknown) => this.#logger.error(`${part.constructor.name} failed to close.`, error));
    }
  }
}
