import { messageOf, parseOptions, type StatementReader } from '@rowhouse/core/internal';
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
import { inScratchHome, makeMissingRoles } from '../recording/scratch-home.js';
import { migrateScratchHome, runUpInTransaction } from '../recording/scratch-run.js';
import { type EntityDifference, entityDifference } from './entity-difference.js';
import { keepingDefaults } from './enum-default.js';
import { schemaNeutral } from './schema-neutral.js';
import { keepingInvokers } from './view-options.js';

const optionsSchema = z.strictObject({
  /** The class name without the time stamp: `AddOrders`. */
  name: z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of a class, such as AddOrders'),
  /** Milliseconds since 1970. Default: now. */
  timestamp: z.int().min(1_000_000_000_000).max(9_999_999_999_999).optional(),
  /** Generates for the entities whose decorator names a schema, which all tenants read, instead of tenants' own. Default false. */
  shared: z.boolean().default(false),
});

export type GenerateOptions = z.input<typeof optionsSchema>;

export interface GeneratedMigration {
  /** The name with the time stamp. */
  readonly className: string;
  /** TypeScript: an ordinary TypeORM migration. */
  readonly source: string;
  readonly up: readonly MigrationStatement[];
  /** In the order in which they run. */
  readonly down: readonly MigrationStatement[];
  /**
   * The error of PostgreSQL, if `down` failed when it was tried after `up`. TypeORM cannot revert every change, for example the
   * type of a column that a view uses; `down` must then be written by hand. It is not tried on shared tables.
   */
  readonly downError: string | undefined;
}

interface Changes extends EntityDifference {
  readonly upWithCatalog?: readonly MigrationStatement[];
  readonly downError: string | undefined;
}

/**
 * Compares the entities with the result of the migrations, and generates the missing migration.
 *
 * For tenants' own tables the migrations run in a scratch home, so it does not matter which tenants are behind. The generated
 * migration names no schema, and includes the policies of `@TenantEntity()` classes. Entities whose decorator names a schema
 * are left out. With `shared` only those are compared, with the existing tables after the pending shared migrations.
 * Everything is rolled back.
 *
 * While it works, it holds the locks that the migrations take on shared tables. It waits for each lock for at most 10 s.
 *
 * @returns undefined when the entities and the migrations agree.
 * @throws {MigrationRefusedError} when a migration would change something outside its home.
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

function tenantChanges(
  { registry, set, systemRole }: FleetDeployment,
  reader: StatementReader,
): Promise<Changes> {
  return inScratchHome(registry, async (scratch) => {
    const { runner, dataSource, tenant } = scratch;
    await migrateScratchHome(scratch, reader, set.tenant);
    const { up, down } = await entityDifference(dataSource, 'tenant');
    const reverting = await keepingInvokers(await keepingDefaults(down, runner), runner);
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

/** Shared tables are in schemas with fixed names, so they are compared in place. */
async function sharedChanges({ registry, set }: FleetDeployment, reader: StatementReader): Promise<Changes> {
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
    await makeMissingRoles(runner, registry.homes.roles);
    await runUpInTransaction(runner, { reader, kind: 'shared', schema, migrations: pending });
    const { up, down } = await entityDifference(dataSource, 'shared');
    // These tables hold rows and are in use, so `down` is not tried on them.
    return { up, down: await keepingDefaults(down, runner), downError: undefined };
  } finally {
    await runner.rollbackTransaction().finally(() => runner.release());
  }
}

async function runEach(runner: QueryRunner, statements: readonly MigrationStatement[]): Promise<void> {
  for (const { text, values = [] } of statements) await runner.query(text, [...values]);
}

/** @returns the message of the error; undefined if there was none. */
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
