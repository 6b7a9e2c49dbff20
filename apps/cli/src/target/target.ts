import { dirname } from 'node:path';
import { type TenancyPoolOptions } from '@rowhouse/core';
import { rolesOf } from '@rowhouse/core/internal';
import type { ClientConfig } from 'pg';
import { type LoadedConfig, loadConfig } from '../config/load-config.js';
import { type Io, UnusableError } from '../shell/io.js';
import { findConnectionFile } from './connection-file.js';

/** The options of every command that uses a database. */
export interface TargetOptions {
  /** The path of the config. */
  readonly config?: string;
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
  /** The SSL options of the application's data source, used for every connection. */
  readonly ssl: ClientConfig['ssl'];
  readonly pool: TenancyPoolOptions;
  /** Where the address comes from, to display. */
  readonly source: string;
  readonly config: LoadedConfig | undefined;
}

/** An address, and where it comes from. */
interface Address {
  readonly url: string;
  readonly directUrl?: string;
  readonly pool?: TenancyPoolOptions;
  readonly source: string;
}

type Environment = Pick<Io, 'env' | 'cwd'>;

/**
 * Finds the target, in this order: the command line, the config, the environment, an application that runs here with an
 * embedded server, the data source of the config.
 *
 * @throws {UnusableError} when none of them names a database.
 */
export async function resolveTarget(options: TargetOptions, environment: Environment): Promise<Target> {
  const config = await loadConfig(options.config, environment);
  const address =
    namedAddress(options, environment, config) ??
    runningAddress(environment, config) ??
    (await dataSourceAddress(config));
  if (!address) {
    throw new UnusableError(
      'No database is configured. Give --url, DATABASE_URL or a config, or start the demo (npm start) and run this in its folder.',
    );
  }
  const direct = options.directUrl ?? address.directUrl ?? address.url;
  return {
    url: checked(address.url, address.source),
    directUrl: checked(direct, options.directUrl ? '--direct-url' : address.source),
    ssl: await sslOf(config, address),
    pool: { ...config?.config.pool, ...address.pool, ...poolOf(options) },
    source: address.source,
    config,
  };
}

function namedAddress(
  options: TargetOptions,
  { env }: Environment,
  loaded: LoadedConfig | undefined,
): Address | undefined {
  const directUrl = loaded?.config.directUrl ?? env['DIRECT_DATABASE_URL'];
  if (options.url) return { url: options.url, directUrl, source: '--url' };
  if (loaded?.config.url) return { url: loaded.config.url, directUrl, source: loaded.path };
  if (env['DATABASE_URL']) return { url: env['DATABASE_URL'], directUrl, source: 'DATABASE_URL' };
  return undefined;
}

function runningAddress({ cwd }: Environment, loaded: LoadedConfig | undefined): Address | undefined {
  const found = findConnectionFile(cwd) ?? (loaded && findConnectionFile(dirname(loaded.path)));
  return found && { ...found.connection, source: found.path };
}

async function dataSourceAddress(loaded: LoadedConfig | undefined): Promise<Address | undefined> {
  if (!loaded) return undefined;
  const { path, config } = loaded;
  const options = config.dataSource as { url?: string; host?: string; database?: string };
  if (!options.url && !options.host && !options.database) return undefined;
  const { addressOf } = await import('@rowhouse/typeorm/internal');
  return { url: addressOf(options).url, directUrl: config.directUrl, source: path };
}

async function sslOf(loaded: LoadedConfig | undefined, { url }: Address): Promise<ClientConfig['ssl']> {
  if (!loaded) return undefined;
  const { addressOf } = await import('@rowhouse/typeorm/internal');
  return addressOf(loaded.config.dataSource, url).ssl;
}

/** @throws {OptionsInvalidError} for a prefix that is not valid in role names. */
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

/** @param source - named in the error message instead of the URL, which may contain a password. */
function checked(url: string, source: string): string {
  if (/^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new UnusableError(`${source}: expected postgres://login:password@host:port/database.`);
}
