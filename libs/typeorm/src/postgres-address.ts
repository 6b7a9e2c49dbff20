import { OptionsInvalidError } from '@rowhouse/core';
import type { ClientConfig } from 'pg';

/** Where a database is. */
export interface PostgresAddress {
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
 * The address in TypeORM's options: that of the primary, if there are replicas. `directUrl` replaces it, and keeps its
 * SSL.
 *
 * @throws {OptionsInvalidError} when TypeORM's password is a function: only a URL can be handed on.
 */
export function addressOf(options: object = {}, directUrl?: string): PostgresAddress {
  const given: PostgresCredentials = options;
  const credentials = given.replication?.master ?? given;
  const ssl = credentials.ssl ?? given.ssl ?? given.extra?.ssl;
  return { url: directUrl ?? urlOf(credentials), ssl };
}

/** The login that the options of TypeORM name, if they do. */
export function loginOf(options: object = {}): string | undefined {
  const given: PostgresCredentials = options;
  const { url, username } = given.replication?.master ?? given;
  return (url && decodeURIComponent(new URL(url).username)) || username || process.env.PGUSER;
}

/**
 * As TypeORM reads them: the URL wins, and the other fields fill its gaps. `pg` takes what is still missing from PGUSER,
 * PGDATABASE and so on. The host is filled in here, because a URL always has one.
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
    throw new OptionsInvalidError('TenancyModule', [
      { field: 'directUrl', expected: 'expected a URL, since TypeORM takes its password from a function' },
    ]);
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
