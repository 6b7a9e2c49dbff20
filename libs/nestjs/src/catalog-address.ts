import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import type { ClientConfig } from 'pg';

/** Where the catalog's database is. */
export interface CatalogAddress {
  readonly url: string;
  readonly ssl: ClientConfig['ssl'];
}

/** The part of TypeORM's options that names a database. */
interface PostgresCredentials {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: unknown;
  readonly database?: string;
  readonly ssl?: ClientConfig['ssl'];
  readonly extra?: { readonly ssl?: ClientConfig['ssl'] };
  readonly replication?: { readonly master: PostgresCredentials };
}

/**
 * The catalog lives where `directUrl` leads, else in the database of TypeORM, on the primary if it is replicated.
 *
 * @throws {TypeError} when TypeORM's password is a function: only a URL can be handed on.
 */
export function catalogAddressOf(
  directUrl: string | undefined,
  typeorm: TypeOrmModuleOptions | undefined,
): CatalogAddress {
  const options: PostgresCredentials = (typeorm as object | undefined) ?? {};
  const credentials = options.replication?.master ?? options;
  const ssl = credentials.ssl ?? options.ssl ?? options.extra?.ssl;
  return { url: directUrl ?? urlOf(credentials), ssl };
}

/**
 * As TypeORM reads them: what the URL says counts, the other fields fill in. What is still missing `pg` takes from
 * PGUSER, PGDATABASE and the like, but a URL always has a host.
 */
function urlOf({
  url,
  host = process.env.PGHOST,
  port,
  username,
  password,
  database,
}: PostgresCredentials): string {
  if (typeof password === 'function') {
    throw new TypeError('TypeORM takes its password from a function: name the catalog by directUrl.');
  }
  const address = new URL(url ?? 'postgres://localhost');
  // A path is the directory of a Unix socket, which only the query of a URL can hold.
  if (!url && host?.startsWith('/')) address.searchParams.set('host', host);
  else if (!url && host) address.hostname = host.includes(':') ? `[${host}]` : host;
  if (!address.port && port !== undefined) address.port = String(port);
  address.username ||= encodeURIComponent(username ?? '');
  address.password ||= encodeURIComponent(typeof password === 'string' ? password : '');
  if (address.pathname.length <= 1 && database) address.pathname = encodeURI(database);
  return address.href;
}
