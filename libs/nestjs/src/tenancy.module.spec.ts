import { jest } from '@jest/globals';
import { Inject, Injectable, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { InMemoryTenantStore, type TenantChangeFeed, TenantContext, TenantDirectory } from '@rowhouse/core';
import { TenantRunner } from './jobs/tenant-runner.js';
import { exampleStore } from './platforms.fixture.js';
import { CustomResolver } from './resolvers/custom.resolver.js';
import { HeaderResolver } from './resolvers/header.resolver.js';
import { PathResolver } from './resolvers/path.resolver.js';
import { SubdomainResolver } from './resolvers/subdomain.resolver.js';
import { TenancyModule } from './tenancy.module.js';
import { TENANT_STORE } from './tenancy.module-definition.js';
import { TENANCY_OPTIONS, type TenancyModuleOptions, type TenancyOptionsFactory } from './tenancy-options.js';

const options = (more: Partial<TenancyModuleOptions> = {}): TenancyModuleOptions => ({
  store: exampleStore(),
  resolvers: [new HeaderResolver()],
  ...more,
});

@Injectable()
class Settings {
  readonly header = 'X-Company-ID';
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Injectable()
class OptionsFactory implements TenancyOptionsFactory {
  constructor(@Inject(Settings) private readonly settings: Settings) {}

  async createTenancyOptions(): Promise<TenancyModuleOptions> {
    return options({ resolvers: [new HeaderResolver({ header: this.settings.header })] });
  }
}

@Module({ imports: [SettingsModule], providers: [OptionsFactory], exports: [OptionsFactory] })
class OptionsModule {}

/** A provider of a feature module, which imports nothing of Rowhouse. */
@Injectable()
class Feature {
  constructor(
    readonly context: TenantContext,
    readonly directory: TenantDirectory,
    readonly runner: TenantRunner,
    @Inject(TENANT_STORE) readonly store: InMemoryTenantStore,
  ) {}
}

@Module({ providers: [Feature], exports: [Feature] })
class FeatureModule {}

async function start(...imports: NonNullable<Parameters<typeof Test.createTestingModule>[0]['imports']>) {
  const module = await Test.createTestingModule({ imports }).compile();
  return module.init();
}

describe('TenancyModule', () => {
  it('makes its parts injectable everywhere', async () => {
    const store = exampleStore();
    const module = await start(TenancyModule.forRoot(options({ store })), FeatureModule);
    const feature = module.get(Feature, { strict: false });
    expect(feature.store).toBe(store);
    expect(feature.context).toBeInstanceOf(TenantContext);
    expect(await feature.directory.bySlug('acme')).toMatchObject({ slug: 'acme' });
    expect(await feature.runner.run('acme', ({ slug }) => slug)).toBe('acme');
    await module.close();
  });

  it('has no provider that is made anew for each request', async () => {
    const module = await start(TenancyModule.forRoot(options({ accessPolicy: { canEnter: () => true } })));
    for (const { providers } of module.get(ModulesContainer).values()) {
      for (const wrapper of providers.values()) {
        if (wrapper.name === 'REQUEST' || wrapper.name === 'INQUIRER') continue;
        expect([wrapper.name, wrapper.isDependencyTreeStatic()]).toEqual([wrapper.name, true]);
      }
    }
    await module.close();
  });

  it.each([
    ['useFactory', () => ({ useFactory: async () => options(), inject: [] })],
    [
      'useFactory with inject',
      () => ({
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: (settings: Settings) =>
          options({ resolvers: [new HeaderResolver({ header: settings.header })] }),
      }),
    ],
    ['useClass', () => ({ imports: [SettingsModule], useClass: OptionsFactory })],
    ['useExisting', () => ({ imports: [OptionsModule], useExisting: OptionsFactory })],
  ])('takes its options from %s', async (_way, asyncOptions) => {
    const module = await start(TenancyModule.forRootAsync({ orm: 'none', ...asyncOptions() }), FeatureModule);
    expect(module.get(TENANCY_OPTIONS, { strict: false })).toMatchObject({ required: true });
    await module.close();
  });

  it('takes options from one place only', () => {
    const useFactory = () => options();
    expect(() => TenancyModule.forRootAsync({})).toThrow(
      'TenancyModule.forRootAsync: options: expected exactly one of useFactory, useClass, useExisting; got none',
    );
    expect(() => TenancyModule.forRootAsync({ useFactory, useClass: OptionsFactory })).toThrow(
      'got useFactory and useClass',
    );
  });

  it('does not start with wrong options, and names the field', async () => {
    const wrong = { ...options(), directory: { ttlMs: -1 } };
    await expect(start(TenancyModule.forRoot(wrong))).rejects.toThrow(/^TenancyModule: directory\.ttlMs: /);
    const unknown = { ...options(), resolver: 1 } as TenancyModuleOptions;
    await expect(start(TenancyModule.forRoot(unknown))).rejects.toThrow(
      /^TenancyModule: options: .*resolver/,
    );
    const asynchronous = TenancyModule.forRootAsync({ useFactory: () => options() });
    await expect(start(asynchronous)).rejects.toThrow(
      /typeorm: expected the options of TypeORM, or `orm: 'none'`/,
    );
  });

  it('follows the changes of the store until it is shut down', async () => {
    const store = exampleStore();
    let subscribers = 0;
    const feed: TenantChangeFeed = {
      async subscribe(handler) {
        subscribers += 1;
        const unsubscribe = await store.subscribe(handler);
        return async () => {
          subscribers -= 1;
          await unsubscribe();
        };
      },
    };
    const module = await start(TenancyModule.forRoot(options({ store, directory: { feed } })), FeatureModule);
    const { runner } = module.get(Feature, { strict: false });
    const { id } = await runner.run('acme', (tenant) => tenant);
    await store.setStatus(id, 'suspended');
    await expect(runner.run('acme', () => 1)).rejects.toMatchObject({ code: 'TENANT_SUSPENDED' });
    expect(subscribers).toBe(1);
    await module.close();
    expect(subscribers).toBe(0);
  });
});

describe('The warning of TenancyModule', () => {
  const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };

  async function warningsOf(more: Partial<TenancyModuleOptions>): Promise<unknown[]> {
    logger.warn.mockClear();
    const testing = Test.createTestingModule({ imports: [TenancyModule.forRoot(options(more))] }).setLogger(
      logger,
    );
    const module = await (await testing.compile()).init();
    await module.close();
    return logger.warn.mock.calls.map(([message]) => message);
  }

  const trusting = [
    new HeaderResolver(),
    new SubdomainResolver({ baseDomains: ['example.com'] }),
    new PathResolver(),
  ];

  it.each([true, false])(
    'names the resolvers that believe clients, without an access policy (production: %s)',
    async (production) => {
      const warnings = await warningsOf({ production, resolvers: trusting });
      expect(warnings).toEqual([expect.stringContaining('(resolvers: header, path)')]);
    },
  );

  it.each([
    [
      'with an access policy',
      { production: true, resolvers: trusting, accessPolicy: { canEnter: () => true } },
    ],
    [
      'where no resolver believes clients',
      { production: true, resolvers: [new CustomResolver({ resolve: () => null, clientSupplied: false })] },
    ],
  ])('is not given %s', async (_where, more) => {
    expect(await warningsOf(more)).toEqual([]);
  });
});
