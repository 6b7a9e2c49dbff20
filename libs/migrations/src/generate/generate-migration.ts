import { messageOf, parseOptions, type StatementReader } from '@rowhouse/core/internal';
import {
  type MigrationStatement,
  migrationClassName,
  migrationSource,
  missingRowSecurity,
} from '@rowhouse/typeorm/internal';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { fingerprintsOf, type StructureQuery } from '../drift/structure/read-structures.js';
import { MigrationFailedError } from '../errors.js';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { HistoryTables } from '../homes/history-tables.js';
import { SHARED_HOME } from '../homes/home.js';
import { excerptOf } from '../recording/excerpt.js';
import { inScratchHome, makeMissingRoles, type ScratchHome } from '../recording/scratch-home.js';
import { migrateScratchHome, runUpInTransaction } from '../recording/scratch-run.js';
import { type EntityDifference, entityDifference } from './entity-difference.js';
import { keepingDefaults } from './enum-default.js';
import { withMetadataTable } from './metadata-table.js';
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

/** How often TypeORM is asked for what is left to change. */
const MAX_ROUNDS = 3;

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
 * @throws {MigrationFailedError} when a migration fails, or PostgreSQL refuses the statements that TypeORM writes.
 */
export async function generateMigration(
  deployment: FleetDeployment,
  options: GenerateOptions,
): Promise<GeneratedMigration | undefined> {
  const { name, timestamp = Date.now(), shared } = parseOptions('generate', optionsSchema, options);
  const className = migrationClassName(name, timestamp);
  const reader = await deployment.reader();
  const changes = await (shared
    ? sharedChanges(deployment, reader)
    : tenantChanges(deployment, reader, className));
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
  className: string,
): Promise<Changes> {
  return inScratchHome(registry, async (scratch) => {
    const { runner, dataSource, tenant } = scratch;
    await migrateScratchHome(scratch, reader, set.tenant);
    const { up, down } = await effectiveDifference(scratch, className);
    const security = await missingRowSecurity(dataSource, {
      isOwnHome: true,
      ...(systemRole === undefined ? {} : { systemRole }),
    });
    const securing = asStatements(security?.up);
    const reverting = [...asStatements(security?.down), ...down];
    const neutral = (statement: MigrationStatement) => schemaNeutral(statement, tenant.schema);
    return {
      up: [...up, ...securing].map(neutral),
      upWithCatalog: asStatements(security?.upWithCatalog),
      down: reverting.map(neutral),
      downError: await errorOf(async () => {
        await runEach(runner, securing);
        await runEach(runner, reverting);
      }),
    };
  });
}

/**
 * What the entities change in a scratch home, which has it afterwards. One round of TypeORM may leave something to change: it
 * loses the comment of a column that it makes anew. And it drops foreign keys and makes them again around differences that it has
 * no statement for: what changes nothing is left out.
 */
async function effectiveDifference(
  { runner, dataSource, tenant: { schema } }: ScratchHome,
  className: string,
): Promise<EntityDifference> {
  const query: StructureQuery = (text, values) => runner.query(text, values);
  const structure = async () => (await fingerprintsOf(query, [schema])).get(schema);
  const up: MigrationStatement[] = [];
  const down: MigrationStatement[] = [];
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const next = await entityDifference(dataSource, 'tenant');
    if (next.up.length === 0) break;
    const before = await structure();
    const reverting = await keepingInvokers(await keepingDefaults(next.down, runner), runner);
    await runEach(runner, next.up, className);
    if ((await structure()) === before) break;
    up.push(...next.up);
    down.unshift(...reverting);
  }
  return { up: withMetadataTable(up, dataSource.metadataTableName), down };
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
    return {
      up: withMetadataTable(up, dataSource.metadataTableName),
      down: await keepingDefaults(down, runner),
      downError: undefined,
    };
  } finally {
    await runner.rollbackTransaction().finally(() => runner.release());
  }
}

/** @param className - of the migration that the statements are written for, which an error then names. */
async function runEach(
  runner: QueryRunner,
  statements: readonly MigrationStatement[],
  className?: string,
): Promise<void> {
  for (const { text, values = [] } of statements)
    await runner.query(text, [...values]).catch((error: unknown) => {
      throw className === undefined ? error : new MigrationFailedError(className, notPossible(text, error));
    });
}

/** TypeORM has no way for some changes, such as from a generated column to one with a default. */
function notPossible(text: string, error: unknown): Error {
  return new Error(
    `PostgreSQL refuses what TypeORM writes for this change: ${messageOf(error)} (${excerptOf(text)}). ` +
      'Write this part of the migration by hand, and generate the rest after it.',
    { cause: error },
  );
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
