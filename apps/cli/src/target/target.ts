import { dirname } from 'node:path';
import { type TenancyPoolOptions } from '@rowhouse/core';
import { isPostgresUrl, rolesOf } from '@rowhouse/core/internal';
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
  /** How the application's login connects. */
  readonly app: ClientConfig;
  /** How the owner of the schemas connects. */
  readonly owner: ClientConfig;
  /** How the application connects to the replicas that the data source of the config names. */
  readonly replicas: readonly ClientConfig[];
  readonly pool: TenancyPoolOptions;
  /** Where the address comes from, to display. */
  readonly source: string;
  readonly config: LoadedConfig | undefined;
}

/** A URL, and where it comes from. */
interface NamedUrl {
  readonly url: string;
  readonly source: string;
}

/** Where the application's database is. */
interface Address {
  /** Left out where the data source of the config says it. */
  readonly url?: NamedUrl;
  readonly directUrl?: NamedUrl;
  readonly pool?: TenancyPoolOptions;
  readonly source: string;
  /** The replicas of the config are of another server. */
  readonly isElsewhere?: boolean;
}

type Environment = Pick<Io, 'env' | 'cwd'>;

/**
 * Finds the target, in this order: the command line, the config, the environment, an application that runs here with an
 * embedded server, the data source of the config. Empty URLs and variables are unset.
 *
 * @throws {UnusableError} when none of them names a database, or one is no URL of PostgreSQL.
 */
export async function resolveTarget(options: TargetOptions, environment: Environment): Promise<Target> {
  const config = await loadConfig(options.config, environment);
  const { env } = environment;
  const address =
    namedAddress(options, environment, config) ??
    runningAddress(environment, config) ??
    (await dataSourceAddress(environment, config));
  if (!address) {
    throw new UnusableError(
      'No database is configured. Give --url, DATABASE_URL or a config, or start the demo (npm start) and run this in its folder.',
    );
  }
  const direct =
    named(options.directUrl, '--direct-url') ??
    address.directUrl ??
    named(config?.config.directUrl, `directUrl of ${config?.path}`) ??
    named(env['DIRECT_DATABASE_URL'], 'DIRECT_DATABASE_URL');
  const app = await configAt(config, address.url);
  return {
    app,
    owner: direct ? await configAt(config, direct) : app,
    replicas: address.isElsewhere ? [] : await replicasIn(config),
    pool: {
      ...config?.config.pool,
      ...(config?.config.plans && { plans: config.config.plans }),
      ...address.pool,
      ...poolOf(options),
    },
    source: address.source,
    config,
  };
}

/** @throws {UnusableError} when there is none, and the command would do the wrong thing without the application's migrations. */
export function requireConfig({ config }: Target): LoadedConfig {
  if (config) return config;
  throw new UnusableError(
    "This command needs the application's entities and migrations. Create a rowhouse.config.ts with `rowhouse init`, or give --config.",
  );
}

function named(url: string | undefined, source: string): NamedUrl | undefined {
  return url ? { url, source } : undefined;
}

function namedAddress(
  options: TargetOptions,
  { env }: Environment,
  loaded: LoadedConfig | undefined,
): Address | undefined {
  const url =
    named(options.url, '--url') ??
    named(loaded?.config.url, `${loaded?.path}`) ??
    named(env['DATABASE_URL'], 'DATABASE_URL');
  return url && { url, source: url.source, isElsewhere: Boolean(options.url) };
}

function runningAddress({ cwd }: Environment, loaded: LoadedConfig | undefined): Address | undefined {
  const found = findConnectionFile(cwd) ?? (loaded && findConnectionFile(dirname(loaded.path)));
  if (!found) return undefined;
  const { path: source, connection } = found;
  const { url, directUrl, pool } = connection;
  return { url: { url, source }, directUrl: { url: directUrl, source }, pool, source, isElsewhere: true };
}

/** The data source counts when it names a server or a database, or the variables that pg reads do. */
async function dataSourceAddress(
  { env }: Environment,
  loaded: LoadedConfig | undefined,
): Promise<Address | undefined> {
  if (!loaded) return undefined;
  const { addressOf } = await import('@rowhouse/typeorm/internal');
  const { connectionString, host, database } = addressOf(loaded.config.dataSource);
  if (connectionString || host || database || env['PGHOST'] || env['PGDATABASE'])
    return { source: loaded.path };
  return undefined;
}

/** How to connect to a URL, secured as the data source of the config is; without one, to the data source itself. */
async function configAt(loaded: LoadedConfig | undefined, url: NamedUrl | undefined): Promise<ClientConfig> {
  const connectionString = url && checked(url);
  if (!loaded) return { connectionString };
  const { addressOf } = await import('@rowhouse/typeorm/internal');
  return addressOf(loaded.config.dataSource, connectionString);
}

async function replicasIn(loaded: LoadedConfig | undefined): Promise<readonly ClientConfig[]> {
  if (!loaded) return [];
  const { replicaAddressesOf } = await import('@rowhouse/typeorm/internal');
  return replicaAddressesOf(loaded.config.dataSource);
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

/** The error names where the URL comes from instead of the URL, which may contain a password. */
function checked({ url, source }: NamedUrl): string {
  if (isPostgresUrl(url)) return url;
  throw new UnusableError(`${source}: expected postgres://login:password@host:port/database.`);
}
