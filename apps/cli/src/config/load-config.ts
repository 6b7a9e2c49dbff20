import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Io, UnusableError } from '../shell/io.js';
import { configSchema, type ParsedConfig } from './define-config.js';
import type { GlobModules } from './glob-modules.js';
import type { ImportModule } from './module-loader.js';

const NAMES = ['ts', 'mts', 'js', 'mjs', 'cjs'].map((extension) => `rowhouse.config.${extension}`);

/** An application's config and its path. */
export interface LoadedConfig {
  readonly path: string;
  readonly config: ParsedConfig;
  /** Imports the files that its globs name, which share with it what they import. */
  globModules(): Promise<GlobModules>;
}

/**
 * Loads the config that `--config` or ROWHOUSE_CONFIG names, otherwise the nearest one in the working folder or above;
 * `undefined` when there is none.
 *
 * @throws {UnusableError} when it cannot be loaded, or a field of it is wrong; the message names the field.
 */
export async function loadConfig(
  named: string | undefined,
  { env, cwd }: Pick<Io, 'env' | 'cwd'>,
): Promise<LoadedConfig | undefined> {
  const path = findConfig(named ?? env['ROWHOUSE_CONFIG'], cwd);
  if (path === undefined) return undefined;
  const { importerFor } = await import('./module-loader.js');
  const importModule = importerFor(path);
  return {
    path,
    config: parse(path, await exportedBy(path, importModule)),
    async globModules() {
      const { GlobModules } = await import('./glob-modules.js');
      return new GlobModules(dirname(path), importModule);
    },
  };
}

function findConfig(named: string | undefined, cwd: string): string | undefined {
  if (named) {
    const path = resolve(cwd, named);
    if (!existsSync(path))
      throw new UnusableError(`There is no config ${path}. \`rowhouse init\` creates one.`);
    return path;
  }
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = NAMES.map((name) => join(folder, name)).find(existsSync);
    if (found !== undefined || folder === dirname(folder)) return found;
  }
}

async function exportedBy(path: string, importModule: ImportModule): Promise<unknown> {
  const { default: exported } = await importModule(path);
  if (typeof exported !== 'function') return exported;
  try {
    return await exported();
  } catch (error) {
    const { cannotLoad } = await import('./module-loader.js');
    throw cannotLoad(path, error);
  }
}

function parse(path: string, value: unknown): ParsedConfig {
  const { data, error } = configSchema.safeParse(value);
  if (data) return data;
  const issues = error.issues.map(({ path: field, message }) => `${field.join('.') || 'config'}: ${message}`);
  throw new UnusableError(`${path}\n${issues.join('\n')}`);
}
