import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf } from '@rowhouse/core/internal';
import { type Io, UnusableError } from '../shell/io.js';
import { configSchema, type ParsedConfig } from './define-config.js';

const NAMES = ['ts', 'mts', 'js', 'mjs', 'cjs'].map((extension) => `rowhouse.config.${extension}`);

/** An application's config and its path. */
export interface LoadedConfig {
  readonly path: string;
  readonly config: ParsedConfig;
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
  return path === undefined ? undefined : { path, config: parse(path, await exportedBy(path)) };
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

async function exportedBy(path: string): Promise<unknown> {
  try {
    const { importModule } = await import('./module-loader.js');
    const { default: exported } = await importModule(path);
    return typeof exported === 'function' ? await exported() : exported;
  } catch (error) {
    throw new UnusableError(`${path} cannot be loaded: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const message = messageOf(error).trim();
  if (!/Definitely assigned fields|decorators/i.test(message)) return message;
  return 'it imports TypeScript with decorators, which needs the compiler: npm install --save-dev typescript';
}

function parse(path: string, value: unknown): ParsedConfig {
  const { data, error } = configSchema.safeParse(value);
  if (data) return data;
  const issues = error.issues.map(({ path: field, message }) => `${field.join('.') || 'config'}: ${message}`);
  throw new UnusableError(`${path}\n${issues.join('\n')}`);
}
