import { OptionsInvalidError } from '@rowhouse/core';
import type { MigrationInterface } from 'typeorm';
import { MigrationConflictError } from '../errors.js';

/** The prefix of shared migrations' names in histories, which can hold both kinds. */
const SHARED_PREFIX = 'shared:';

/** One migration class of TypeORM. */
export interface Migration {
  /** Its name in histories: {@link storedName}, with a prefix for shared migrations. */
  readonly name: string;
  /** Its name in the home's migrations table, as TypeORM writes it: the instance's `name`, else the class name. */
  readonly storedName: string;
  /** Milliseconds since 1970: the last 13 characters of the name. */
  readonly timestamp: number;
  readonly instance: MigrationInterface;
  /** Its class sets `transaction = false`, because its statements cannot run in a transaction. */
  readonly nonTransactional: boolean;
  /** It changes tables that all tenants read. */
  readonly isShared: boolean;
}

/** Converts names from a home's migrations table to names in histories. */
export function namesOf(
  storedNames: readonly string[],
  { isShared }: { isShared: boolean },
): readonly string[] {
  return isShared ? storedNames.map((name) => SHARED_PREFIX + name) : storedNames;
}

export function isSharedName(name: string): boolean {
  return name.startsWith(SHARED_PREFIX);
}

/** The migrations of a release, in the order in which they run. */
export class MigrationSet {
  /** Migrations of tenants' own tables. */
  readonly tenant: readonly Migration[];
  /** Migrations of the tables that all tenants read. */
  readonly shared: readonly Migration[];
  readonly #byName: ReadonlyMap<string, Migration>;

  /** @throws {OptionsInvalidError} for a name without a time stamp, and for a name that two migrations have. */
  constructor(tenant: readonly MigrationInterface[], shared: readonly MigrationInterface[] = []) {
    this.tenant = inOrder(tenant, { isShared: false });
    this.shared = inOrder(shared, { isShared: true });
    this.#byName = new Map([...this.shared, ...this.tenant].map((migration) => [migration.name, migration]));
  }

  find(name: string): Migration | undefined {
    return this.#byName.get(name);
  }

  /**
   * The migrations with these names, in this order.
   *
   * @throws {MigrationConflictError} when the release has no migration with one of the names.
   */
  named(names: readonly string[]): readonly Migration[] {
    return names.map((name) => {
      const migration = this.#byName.get(name);
      if (migration) return migration;
      throw new MigrationConflictError(
        `The database has run the migration "${name}", which this release does not have: it was deployed by another ` +
          'release, or renamed. Use the release that has it.',
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
