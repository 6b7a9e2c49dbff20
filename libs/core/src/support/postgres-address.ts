import pg from 'pg';
import { type ConnectionOptions, parse } from 'pg-connection-string';

/** Where a database is and how to log in: the fields of `pg.ClientConfig`, or a URL. */
export interface PostgresAddress extends pg.ClientConfig {
  /** `postgres://login:password@host:port/database`, in the place of the fields; pg's `connectionString`. Empty is unset. */
  readonly url?: string;
}

/** What pg reads from a URL: its `ConnectionParameters`, which take nothing else from what a URL holds. */
const URL_FIELDS = [
  'user',
  'password',
  'host',
  'port',
  'database',
  'ssl',
  'sslnegotiation',
  'options',
  'client_encoding',
  'replication',
  'binary',
  'application_name',
  'fallback_application_name',
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'query_timeout',
] as const;

/** The fields that name a server, a database and a login. */
const SERVER_FIELDS = [
  'connectionString',
  'host',
  'port',
  'user',
  'password',
  'database',
  'stream',
  'sslnegotiation',
] as const;

/** How a connection is secured, which is as true of the deployment's other servers. */
const SECURITY_FIELDS = ['ssl', 'enableChannelBinding', 'scramMaxIterations'] as const;

/**
 * Both objects in one, the second first. Unlike a spread it keeps what is not enumerable: `pg.Pool` hides the password in
 * the options that it hands to its clients.
 */
export function withFields<Config extends object, More extends object>(
  config: Config,
  more: More,
): Omit<Config, keyof More> & More {
  return Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(config), ...Object.getOwnPropertyDescriptors(more) },
  ) as Omit<Config, keyof More> & More;
}

/** The address as pg takes it. */
export function clientConfig(address: PostgresAddress): pg.ClientConfig {
  const { url } = address;
  const config: pg.ClientConfig & { url?: string } = withFields(
    address,
    url ? { connectionString: url } : {},
  );
  delete config.url;
  return config;
}

/** The part of a config that a connection for another purpose needs to reach the same database as the same login. */
export function addressIn(config: pg.ClientConfig): pg.ClientConfig {
  return fieldsIn(config, [...SERVER_FIELDS, ...SECURITY_FIELDS, 'options']);
}

/** A config that leads to another address, secured as before unless the address says how. */
export function atAddress<Config extends pg.ClientConfig>(config: Config, address: pg.ClientConfig): Config {
  const rest = withFields(config, {}) as Config;
  for (const field of SERVER_FIELDS) Reflect.deleteProperty(rest, field);
  return withFields(rest, address) as unknown as Config;
}

/** How a config secures its connections. */
export function securityIn(config: pg.ClientConfig): pg.ClientConfig {
  return fieldsIn(config, SECURITY_FIELDS);
}

/** The same server and login, another database. */
export function atDatabase(config: pg.ClientConfig, database: string): pg.ClientConfig {
  const { connectionString } = config;
  if (!connectionString) return withFields(config, { database });
  // As pg does it: what the URL says comes before the fields, and it says something of the login in any case.
  const ofUrl = fieldsIn(parse(connectionString), URL_FIELDS);
  return withFields(withFields(config, ofUrl), { connectionString: undefined, database });
}

/** The login that pg would use. */
export function loginOf(config: pg.ClientConfig): string | undefined {
  const { connectionString } = config;
  const { user } = connectionString ? parse(connectionString) : config;
  return user || process.env['PGUSER'] || pg.defaults.user;
}

/** The database that pg would connect to. */
export function databaseIn(config: pg.ClientConfig): string | undefined {
  const { connectionString } = config;
  const { database, user } = connectionString ? parse(connectionString) : config;
  return database || process.env['PGDATABASE'] || user || loginOf(config);
}

/** Whether pg can read a text as a connection string. */
export function isPostgresUrl(text: string): boolean {
  if (!/^(?:postgres(?:ql)?:\/\/|socket:|\/)/.test(text)) return false;
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function fieldsIn(config: pg.ClientConfig | ConnectionOptions, names: readonly string[]): pg.ClientConfig {
  const fields = config as Record<string, unknown>;
  return Object.fromEntries(names.filter((name) => name in fields).map((name) => [name, fields[name]]));
}
