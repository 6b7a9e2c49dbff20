import { OptionsInvalidError } from '@rowhouse/core';
import type { MigrationInterface } from 'typeorm';
import { MigrationConflictError } from '../errors.js';

/** What stands before the names of migrations of shared tables, in histories that hold both kinds. */
const SHARED_PREFIX = 'shared:';

/** One migration class, as TypeORM knows it. */
export interface Migration {
  /** How it is called in histories: {@link storedName}, for migrations of shared tables with a prefix. */
  readonly name: string;
  /** As TypeORM writes it into the home's table of migrations: the instance's `name`, else the class's. */
  readonly storedName: string;
  /** Milliseconds since 1970: the last 13 characters of the name. */
  readonly timestamp: number;
  readonly instance: MigrationInterface;
  /** Its class says `transaction = false`: it holds what refuses to run in a transaction. */
  readonly nonTransactional: boolean;
  /** For tables that all tenants read. */
  readonly isShared: boolean;
}

/** The names under which histories hold what a table of migrations of a home says. */
export function namesOf(
  storedNames: readonly string[],
  { isShared }: { isShared: boolean },
): readonly string[] {
  return isShared ? storedNames.map((name) => SHARED_PREFIX + name) : storedNames;
}

export function isSharedName(name: string): boolean {
  return name.startsWith(SHARED_PREFIX);
}

/** The migrations of an app, in the order in which they run. */
export class MigrationSet {
  /** Of tenants' own tables. */
  readonly tenant: readonly Migration[];
  /** Of the tables that all tenants read. */
  readonly shared: readonly Migration[];
  readonly #byName: ReadonlyMap<string, Migration>;

  /** @throws {OptionsInvalidError} for a name without a time stamp, or one that two migrations have. */
  constructor(tenant: readonly MigrationInterface[], shared: readonly MigrationInterface[] = []) {
    this.tenant = inOrder(tenant, { isShared: false });
    this.shared = inOrder(shared, { isShared: true });
    this.#byName = new Map([...this.shared, ...this.tenant].map((migration) => [migration.name, migration]));
  }

  find(name: string): Migration | undefined {
    return this.#byName.get(name);
  }

  /**
   * The migrations of these names, in the order of the names.
   *
   * @throws {MigrationConflictError} when the app has no migration of a name.
   */
  named(names: readonly string[]): readonly Migration[] {
    return names.map((name) => {
      const migration = this.#byName.get(name);
      if (migration) return migration;
      throw new MigrationConflictError(
        `The database knows a migration "${name}", and this release has none of that name: it was deployed by another ` +
          'release, or renamed. Run this with the release that has it.',
      );
    });
  }
}

function inOrder(
  instances: readonly MigrationInterface[],
  { isShared }: { isShared: boolean },
): readonly Migration[] {
  const migrations = instances
    .map((instance) => migrationOf(instance, isShared))
    .sort((one, other) => one.timestamp - other.timestamp);
  const names = migrations.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0)
    throw new OptionsInvalidError('migrations', [
      { field: twice.join(', '), expected: 'two migrations have this name; rename one of them' },
    ]);
  return migrations;
}

function migrationOf(instance: MigrationInterface, isShared: boolean): Migration {
  const storedName = instance.name ?? (instance.constructor as { name: string }).name;
  if (!/\d{13}$/.test(storedName)) {
    throw new OptionsInvalidError('migrations', [
      {
        field: storedName,
        expected:
          'it has no time stamp: its name must end in 13 digits, milliseconds since 1970 (AddOrders1757000000000)',
      },
    ]);
  }
  return {
    name: isShared ? SHARED_PREFIX + storedName : storedName,
    storedName,
    timestamp: Number.parseInt(storedName.slice(-13), 10),
    instance,
    nonTransactional: instance.transaction === false,
    isShared,
  };
}
