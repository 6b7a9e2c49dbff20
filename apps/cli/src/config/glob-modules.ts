import { posix } from 'node:path';
import { glob } from 'tinyglobby';
import { type DataSourceOptions, EntitySchema, type MigrationInterface } from 'typeorm';
import { UnusableError } from '../shell/io.js';
import type { ImportModule } from './module-loader.js';

type MigrationClass = new () => MigrationInterface;
type Kind = 'entities' | 'migrations' | 'subscribers';

/** Whether a module exports a value as one of these, as TypeORM sees it. */
const IS_ONE: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  entities: (value) => typeof value === 'function' || value instanceof EntitySchema,
  migrations: (value) => typeof value === 'function' && typeof value.prototype?.up === 'function',
  subscribers: (value) => typeof value === 'function',
};

/**
 * Imports the files that globs name, through the config's own loader: TypeORM would import them itself, and Node cannot load
 * TypeScript with decorators.
 */
export class GlobModules {
  readonly #folder: string;
  readonly #importModule: ImportModule;

  /** @param folder - what relative globs start from. */
  constructor(folder: string, importModule: ImportModule) {
    this.#folder = folder;
    this.#importModule = importModule;
  }

  /**
   * TypeORM's options, with classes in place of globs.
   *
   * @throws {UnusableError} for globs of entities that name no file.
   */
  async optionsOf(options: DataSourceOptions): Promise<DataSourceOptions> {
    const kinds = (['entities', 'migrations', 'subscribers'] as const).filter((kind) => options[kind]);
    const imported: Partial<Record<Kind, readonly unknown[]>> = {};
    for (const kind of kinds) imported[kind] = await this.#all(kind, Object.values(options[kind] ?? {}));
    return { ...options, ...imported } as DataSourceOptions;
  }

  async migrationsIn(entries: readonly unknown[]): Promise<readonly MigrationClass[]> {
    return (await this.#all('migrations', entries)) as readonly MigrationClass[];
  }

  async #all(kind: Kind, entries: readonly unknown[]): Promise<readonly unknown[]> {
    const globs = entries.filter((entry) => typeof entry === 'string');
    if (globs.length === 0) return entries;
    const found = new Set(entries.filter((entry) => typeof entry !== 'string'));
    for (const file of await this.#filesOf(kind, globs)) {
      const exported = Object.values(await this.#importModule(file)).flatMap(valuesIn);
      for (const value of exported) if (IS_ONE[kind](value)) found.add(value);
    }
    return [...found];
  }

  async #filesOf(kind: Kind, globs: readonly string[]): Promise<readonly string[]> {
    const patterns = globs.map((pattern) => posix.normalize(pattern.replaceAll('\\', '/')));
    const all = await glob(patterns, { cwd: this.#folder, absolute: true, expandDirectories: false });
    const files = all.filter((file) => /(?<!\.d)\.[cm]?[jt]s$/.test(file)).sort();
    if (files.length > 0 || kind !== 'entities') return files;
    throw new UnusableError(
      `dataSource.entities: no file is named by ${globs.join(', ')} (from ${this.#folder}). ` +
        'Build the application, or name its sources: src/**/*.entity.ts.',
    );
  }
}

/** Classes may be exported in arrays and plain objects, too. */
function valuesIn(value: unknown): readonly unknown[] {
  const isList = Array.isArray(value) || Object.getPrototypeOf(Object(value)) === Object.prototype;
  return isList ? Object.values(value as object).flatMap(valuesIn) : [value];
}
