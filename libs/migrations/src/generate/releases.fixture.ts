import { rolesOf } from '@rowhouse/core/internal';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import {
  type ColumnOptions,
  type DataSource,
  type DataSourceOptions,
  EntitySchema,
  type MigrationInterface,
} from 'typeorm';
import type { Deployment } from '../deployment.fixture.js';
import { FleetDeployment } from '../fleet/fleet-deployment.js';
import { MigrationSet } from '../homes/migration-set.js';
import { type GeneratedMigration, type GenerateOptions, generateMigration } from './generate-migration.js';
import type { EntityClass } from './shop.fixture.js';

export const FIRST = 1_757_000_000_001;

export type Entities = readonly (EntityClass | EntitySchema)[];
type Generate = (options?: Partial<GenerateOptions>) => Promise<GeneratedMigration | undefined>;

/** A generated migration, as an app has it that compiles its file. */
export function asMigration({ className, up, down }: GeneratedMigration): MigrationInterface {
  return {
    name: className,
    async up(runner) {
      for (const { text, values = [] } of up) await runner.query(text, [...values]);
    },
    async down(runner) {
      for (const { text, values = [] } of down) await runner.query(text, [...values]);
    },
  };
}

/** `EntitySchema` leaves out the kind of an identity, which decorators take. */
function giveIdentities(dataSource: DataSource, entities: Entities): void {
  for (const entity of entities) {
    if (!(entity instanceof EntitySchema)) continue;
    for (const [name, options] of Object.entries(entity.options.columns)) {
      const { generatedIdentity } = options as ColumnOptions;
      const column = dataSource.getMetadata(entity).findColumnWithPropertyName(name);
      if (column && generatedIdentity) column.generatedIdentity = generatedIdentity;
    }
  }
}

/** Generates migrations for releases of an app on a deployment. */
export function releasesOf(deployment: () => Deployment) {
  /** Generates for a release with these entities and migrations, as often as `work` asks. */
  async function withRelease<T>(
    entities: Entities,
    migrations: MigrationInterface[],
    work: (generate: Generate) => Promise<T>,
  ): Promise<T> {
    const { database, tenancy, catalog, prefix } = deployment();
    const ambient = await openTenantDataSource(
      {
        type: 'postgres',
        url: database.loginUrl,
        poolSize: 1,
        installExtensions: false,
        entities: [...entities] as NonNullable<DataSourceOptions['entities']>,
      } as DataSourceOptions,
      tenancy,
    );
    giveIdentities(ambient, entities);
    const registry = new DataSourceRegistry({ ambient, directUrl: database.url, tenancy });
    try {
      return await work((options) => {
        const shared = migrations.filter(({ name }) => name?.startsWith('Shared'));
        const set = new MigrationSet(
          migrations.filter((one) => !shared.includes(one)),
          shared,
        );
        const systemRole = rolesOf(prefix).system;
        const parts = new FleetDeployment({ registry, catalog, set, homeSchema: 'public', systemRole });
        return generateMigration(parts, {
          name: 'Generated',
          timestamp: FIRST + migrations.length,
          ...options,
        });
      });
    } finally {
      await registry.close();
      await ambient.destroy();
    }
  }

  /** Generates a migration, and another one after it, which there should be none of. */
  async function generateTwice(
    entities: Entities,
    migrations: MigrationInterface[] = [],
  ): Promise<{ first: GeneratedMigration | undefined; rest: readonly string[] | undefined }> {
    return withRelease(entities, migrations, async (generate) => {
      const first = await generate();
      if (first) migrations.push(asMigration(first));
      const second = await generate();
      return { first, rest: second?.up.map(({ text }) => text) };
    });
  }

  return { withRelease, generateTwice };
}
