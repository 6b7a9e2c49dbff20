import { SqlReader } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import { type History, hashOf } from '../homes/history.js';
import type { MigrationSet } from '../homes/migration-set.js';
import { type RecordedChange, recordChange } from './recorded-change.js';

/** A change from one history to the next. */
export interface Change {
  readonly base: History;
  readonly direction: 'up' | 'down';
  /** Of the migrations, in the order in which they are run. */
  readonly names: readonly string[];
}

/** The same for changes that are the same. */
export function keyOf({ base, direction, names }: Change): string {
  return `${hashOf(base)} ${direction} ${names.join(',')}`;
}

/** Records changes in scratch homes, each once. */
export class ChangeRecorder {
  readonly #registry: DataSourceRegistry;
  readonly #set: MigrationSet;
  /** Few: one for each history that homes have. */
  readonly #changes = new Map<string, Promise<RecordedChange>>();
  #reader: Promise<SqlReader> | undefined;

  constructor(registry: DataSourceRegistry, set: MigrationSet) {
    this.#registry = registry;
    this.#set = set;
  }

  reader(): Promise<SqlReader> {
    this.#reader ??= SqlReader.load().catch((error: unknown) => {
      this.#reader = undefined;
      throw error;
    });
    return this.#reader;
  }

  /** @throws {TypeError} when the app lacks one of the migrations. */
  recordOf(change: Change): Promise<RecordedChange> {
    const key = keyOf(change);
    let recorded = this.#changes.get(key);
    if (!recorded) {
      recorded = this.#record(change);
      this.#changes.set(key, recorded);
      recorded.catch(() => this.#changes.delete(key));
    }
    return recorded;
  }

  async #record({ base, direction, names }: Change): Promise<RecordedChange> {
    return recordChange(this.#registry, await this.reader(), {
      base: this.#set.named(base),
      direction,
      migrations: this.#set.named(names),
    });
  }
}
