import { messageOf, parseOptions, type SqlReader } from '@rowhouse/core/internal';
import {
  type MigrationStatement,
  migrationClassName,
  migrationSource,
  missingRowSecurity,
} from '@rowhouse/typeorm/internal';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { HistoryTables } from '../homes/history-tables.js';
import { SHARED_HOME } from '../homes/home.js';
import { inScratchHome } from '../recording/scratch-home.js';
import { migrateScratchHome, runUpInTransaction } from '../recording/scratch-run.js';
import { type EntityDifference, entityDifference } from './entity-difference.js';
import { keepingDefaults } from './enum-default.js';
import { schemaNeutral } from './schema-neutral.js';

const optionsSchema = z.strictObject({
  /** Of the class, to which the time stamp is added: `AddOrders`. */
  name: z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of a class, such as AddOrders'),
  /** Milliseconds since 1970. Default: now. */
  timestamp: z.int().min(1_000_000_000_000).max(9_999_999_999_999).optional(),
  /** For the entities whose decorator names a schema, which all tenants read, instead of the tenants' own. Default false. */
  shared: z.boolean().default(false),
});

export type GenerateOptions = z.input<typeof optionsSchema>;

export interface GeneratedMigration {
  /** The name with the time stamp. */
  readonly className: string;
  /** TypeScript: an ordinary TypeORM migration. */
  readonly source: string;
  readonly up: readonly MigrationStatement[];
  /** In the order in which they are run. */
  readonly down: readonly MigrationStatement[];
  /**
   * What PostgreSQL says to `down`, when it was tried after `up` and failed: TypeORM cannot take back every change, such as the
   * type of a column that a view shows. Whoever reviews the migration has to write it then. Shared tables are not tried on.
   */
  readonly downError: string | undefined;
}

interface Changes extends EntityDifference {
  readonly upWithCatalog?: readonly MigrationStatement[];
  readonly downError: string | undefined;
}

/**
 * Compares the entities with what the migrations make, and writes the migration that is missing between them.
 *
 * For tenants' own tables the migrations are run in a scratch home, so that it does not matter which tenants are behind. What
 * is written names no schema, and the policies of `@TenantEntity()` classes are part of it. An entity that names a schema in
 * its decorator is left out; with `shared` those alone are compared, with the tables that are there and the shared migrations
 * still to be run. Nothing is changed: all of it is rolled back.
 *
 * The migrations run here meanwhile hold the locks that they take on shared tables, for 10 s at most each.
 *
 * @returns undefined when the migrations make what the entities say.
 * @throws {MigrationRefusedError} for a migration that would not stay in its home.
 */
export async function generateMigration(
  deployment: FleetDeployment,
  options: GenerateOptions,
): Promise<GeneratedMigration | undefined> {
  const { name, timestamp = Date.now(), shared } = parseOptions('generate', optionsSchema, options);
  const className = migrationClassName(name, timestamp);
  const reader = await deployment.reader();
  const changes = await (shared ? sharedChanges(deployment, reader) : tenantChanges(deployment, reader));
  const { up, upWithCatalog = [], down, downError } = changes;
  if (up.length === 0 && upWithCatalog.length === 0) return undefined;
  return {
    className,
    source: migrationSource({ className, up, upWithCatalog, down }),
    up: [...up, ...upWithCatalog],
    down,
    downError,
  };
}

function tenantChanges({ registry, set, systemRole }: FleetDeployment, reader: SqlReader): Promise<Changes> {
  return inScratchHome(registry, async (scratch) => {
    const { runner, dataSource, tenant } = scratch;
    await migrateScratchHome(scratch, reader, set.tenant);
    const { up, down } = await entityDifference(dataSource, 'tenant');
    const reverting = await keepingDefaults(down, runner);
    await runEach(runner, up);
    const security = await missingRowSecurity(dataSource, {
      isOwnHome: true,
      ...(systemRole === undefined ? {} : { systemRole }),
    });
    const securing = asStatements(security?.up);
    const revertingAll = [...asStatements(security?.down), ...reverting];
    const neutral = (statement: MigrationStatement) => schemaNeutral(statement, tenant.schema);
    return {
      up: [...up, ...securing].map(neutral),
      upWithCatalog: asStatements(security?.upWithCatalog),
      down: revertingAll.map(neutral),
      downError: await errorOf(async () => {
        await runEach(runner, securing);
        await runEach(runner, revertingAll);
      }),
    };
  });
}

/** The tables stand in schemas of fixed names, so that they are compared where they are. */
async function sharedChanges({ registry, set }: FleetDeployment, reader: SqlReader): Promise<Changes> {
  const dataSource = await registry.directFor(SHARED_HOME.tenant);
  const runner = dataSource.createQueryRunner();
  const confined: QueryRunner = Object.assign(Object.create(runner), { release: async () => {} });
  Object.assign(dataSource, { createQueryRunner: () => confined });
  try {
    await runner.startTransaction();
    const [{ schema }] = await runner.query('select current_schema() as schema');
    const { history } = await new HistoryTables(dataSource, schema).read(runner);
    const pending = set.shared.filter(({ name }) => !history.includes(name));
    await runner.query("set local lock_timeout = '10s'");
    await runUpInTransaction(runner, { reader, kind: 'shared', schema, migrations: pending });
    const { up, down } = await entityDifference(dataSource, 'shared');
    // These tables hold rows and are in use: the change is not tried on them.
    return { up, down: await keepingDefaults(down, runner), downError: undefined };
  } finally {
    await runner.rollbackTransaction().finally(() => runner.release());
  }
}

async function runEach(runner: QueryRunner, statements: readonly MigrationStatement[]): Promise<void> {
  for (const { text, values = [] } of statements) await runner.query(text, [...values]);
}

/** @returns undefined when the work is done without one. */
async function errorOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function asStatements(texts: readonly string[] = []): readonly MigrationStatement[] {
  return texts.map((text) => ({ text }));
}
