import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TypeOrmModule, type TypeOrmModuleAsyncOptions, type TypeOrmOptionsFactory } from '@nestjs/typeorm';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry } from '@rowhouse/typeorm';
import { Column, DataSource, type DataSourceOptions, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { dropRoles } from '../../../../test/support/roles.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { TenancyModule } from '../tenancy.module.js';

@Entity()
class Parcel {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column()
  label!: string;
}

let database: TestDatabase;
let roles: string;

beforeAll(async () => {
  database = await createTestDatabase();
  roles = database.name.replace('rowhouse_test', 'async');
});
afterAll(async () => {
  await database.drop();
  await dropRoles(roles);
});

@Injectable()
class Settings {
  readonly url = database.url;
}

/** As in an app without tenants. */
@Injectable()
class TypeOrmConfigService implements TypeOrmOptionsFactory {
  constructor(private readonly settings: Settings) {}

  createTypeOrmOptions() {
    const { url } = this.settings;
    return { type: 'postgres' as const, url, entities: [Parcel], synchronize: false, retryAttempts: 0 };
  }
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Module({ imports: [SettingsModule], providers: [TypeOrmConfigService], exports: [TypeOrmConfigService] })
class ConfigModule {}

const useFactory = () => ({ pool: { roles }, resolvers: [new HeaderResolver()] });

const start = (typeormAsync: TypeOrmModuleAsyncOptions) =>
  Test.createTestingModule({
    imports: [
      TenancyModule.forRootAsync({ typeormAsync, useFactory }),
      TypeOrmModule.forFeature([Parcel], typeormAsync.name),
    ],
  }).compile();

describe('what the app gave to TypeOrmModule.forRootAsync', () => {
  it.each<[string, TypeOrmModuleAsyncOptions]>([
    ['useClass', { imports: [SettingsModule], useClass: TypeOrmConfigService }],
    ['useExisting', { imports: [ConfigModule], useExisting: TypeOrmConfigService }],
    [
      'useFactory',
      {
        imports: [ConfigModule],
        inject: [TypeOrmConfigService],
        useFactory: (config: TypeOrmConfigService) => config.createTypeOrmOptions(),
      },
    ],
    ['a name', { imports: [SettingsModule], useClass: TypeOrmConfigService, name: 'parcels' }],
    ['extraProviders', { extraProviders: [Settings], useClass: TypeOrmConfigService }],
  ])('is taken as it is: %s', async (_, typeormAsync) => {
    const app = await start(typeormAsync);
    expect(app.get(DataSourceRegistry).ambient.hasMetadata(Parcel)).toBe(true);
    await app.close();
  });

  it('makes the data source by its own factory, which then serves all tenants', async () => {
    class OwnDataSource extends DataSource {}
    const app = await start({
      imports: [SettingsModule],
      useClass: TypeOrmConfigService,
      dataSourceFactory: async (options?: DataSourceOptions) =>
        new OwnDataSource(options as DataSourceOptions).initialize(),
    });
    const registry = app.get(DataSourceRegistry);
    expect(registry.ambient).toBeInstanceOf(OwnDataSource);
    await expect(registry.ambient.getRepository(Parcel).find()).rejects.toMatchObject({
      code: 'TENANT_CONTEXT_MISSING',
    });
    const tenant = makeTenant('own');
    await registry.homes.prepare(tenant);
    await registry.for(tenant).synchronize();
    await registry.for(tenant).getRepository(Parcel).save({ label: 'one' });
    expect(await registry.for(tenant).getRepository(Parcel).count()).toBe(1);
    await registry.homes.remove(tenant);
    await app.close();
  });

  it('may not make the data source of other options, which would serve no tenant', async () => {
    const made: DataSource[] = [];
    const starting = start({
      imports: [SettingsModule],
      useClass: TypeOrmConfigService,
      dataSourceFactory: async () => {
        made.push(new DataSource({ type: 'postgres', url: database.url }));
        return made[0] as DataSource;
      },
    });
    await expect(starting).rejects.toThrow(
      /typeorm: dataSourceFactory: expected a data source made of the options/,
    );
    expect(made[0]?.isInitialized).toBe(false);
  });

  it('must name one maker of options', () => {
    expect(() => start({})).toThrow(
      /typeormAsync: expected exactly one of useFactory, useClass, useExisting/,
    );
  });
});

it('finds uuid_generate_v4() in every isolation, wherever the extension is', async () => {
  for (const [schema, sharedSchemas] of [
    ['public', ['public']],
    ['extensions', ['public', 'extensions']],
  ] as const) {
    const own = await createTestDatabase();
    const admin = new DataSource({ type: 'postgres', url: own.url });
    await admin.initialize();
    await admin.query(`create schema if not exists ${schema}; create extension "uuid-ossp" schema ${schema}`);
    const app = await Test.createTestingModule({
      imports: [
        TenancyModule.forRoot({
          typeorm: {
            type: 'postgres',
            url: own.url,
            entities: [Parcel],
            retryAttempts: 0,
            installExtensions: false,
          },
          pool: { roles, sharedSchemas },
          resolvers: [new HeaderResolver()],
        }),
      ],
    }).compile();
    const registry = app.get(DataSourceRegistry);
    for (const isolation of ['schema', 'database', 'row'] as const) {
      const tenant = makeTenant(`uuid-${isolation}`, { isolation });
      await registry.homes.prepareDeployment();
      await registry.homes.prepare(tenant);
      const [row] = await registry.for(tenant).query('select uuid_generate_v4() as id');
      expect([schema, isolation, row.id]).toEqual([
        schema,
        isolation,
        expect.stringMatching(/^[0-9a-f-]{36}$/),
      ]);
      await registry.homes.remove(tenant);
    }
    await app.close();
    await admin.destroy();
    await own.drop();
  }
});
