import { rolesOf, type TenancyPoolOptions } from '@rowhouse/core';
import { findConnectionFile } from './connection-file.js';
import { type Io, UnusableError } from './io.js';

/** The options that every command has. */
export interface TargetOptions {
  readonly url?: string;
  readonly directUrl?: string;
  /** `false` for `--no-roles`. */
  readonly roles?: string | boolean;
  readonly homeSchema?: string;
  readonly sharedSchemas?: readonly string[];
  readonly pin?: 'statement' | 'session';
  readonly guard?: 'enforce' | 'warn' | 'off';
}

/** Which deployment a command works on. */
export interface Target {
  readonly url: string;
  readonly directUrl: string;
  readonly pool: TenancyPoolOptions;
  /** Where this is known from, for a person. */
  readonly source: string;
}

/**
 * From the command line, else the environment, else an application that runs on an embedded server here.
 *
 * @throws {UnusableError} when nothing leads to a database.
 */
export function resolveTarget(options: TargetOptions, { env, cwd }: Pick<Io, 'env' | 'cwd'>): Target {
  const url = options.url ?? env['DATABASE_URL'];
  if (url) {
    const directUrl = options.directUrl ?? env['DIRECT_DATABASE_URL'] ?? url;
    return {
      url: checked(url, options.url ? '--url' : 'DATABASE_URL'),
      directUrl: checked(directUrl, options.directUrl ? '--direct-url' : 'DIRECT_DATABASE_URL'),
      pool: poolOf(options),
      source: options.url ? '--url' : 'DATABASE_URL',
    };
  }
  const found = findConnectionFile(cwd);
  if (!found) {
    throw new UnusableError(
      'No database to work on. Start the demo (npm start) and run this below its folder, or give --url or DATABASE_URL.',
    );
  }
  const { connection, path } = found;
  return {
    url: checked(connection.url, path),
    directUrl: checked(options.directUrl ?? connection.directUrl, options.directUrl ? '--direct-url' : path),
    pool: { ...connection.pool, ...poolOf(options) },
    source: path,
  };
}

/** @throws {TypeError} for a prefix that no role may have. */
function poolOf({ roles, homeSchema, sharedSchemas, pin, guard }: TargetOptions): TenancyPoolOptions {
  if (typeof roles === 'string') rolesOf(roles);
  return {
    ...((typeof roles === 'string' || roles === false) && { roles }),
    ...(homeSchema !== undefined && { homeSchema }),
    ...(sharedSchemas !== undefined && { sharedSchemas }),
    ...(pin !== undefined && { pin }),
    ...(guard !== undefined && { guard: { mode: guard } }),
  };
}

/** @param source - named in the message, which holds no URL: URLs hold passwords. */
function checked(url: string, source: string): string {
  if (/^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new UnusableError(`${source}: expected postgres://login:password@host:port/database.`);
}
