import { addressIn, atAddress, securityIn, withFields } from '@rowhouse/core/internal';
import type { ClientConfig, PoolConfig } from 'pg';
import type { PostgresOptions } from './data-source-options.js';

/** TypeORM's names for a database and a login: of the options themselves, and of each replica. */
interface Credentials {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: ClientConfig['password'];
  readonly database?: string;
  readonly ssl?: ClientConfig['ssl'];
}

/** The part of TypeORM's options that names a database. */
interface AddressedOptions extends Credentials {
  readonly extra?: PoolConfig;
  readonly replication?: { readonly master: Credentials };
}

/**
 * The address in TypeORM's options, as TypeORM gives it to pg: of the primary, if there are replicas, and what `extra` says
 * comes first. `directUrl` replaces it, and is secured in the same way.
 */
export function addressOf(options: object = {}, directUrl?: string): ClientConfig {
  const given: AddressedOptions = options;
  const { url, host, port, username, password, database, ssl } = given.replication?.master ?? given;
  const named = { connectionString: url || undefined, host, port, user: username, password, database, ssl };
  const address = addressIn(withFields(named, given.extra ?? {}));
  return directUrl ? withFields(securityIn(address), { connectionString: directUrl }) : address;
}

/** TypeORM's options, without replicas, for another address. */
export function optionsAt<Options extends Partial<PostgresOptions>>(
  options: Options,
  { connectionString: url, host, port, user: username, password, database, ssl, ...more }: ClientConfig,
): Options {
  const extra: PoolConfig = withFields(atAddress((options.extra ?? {}) as PoolConfig, more), { ssl });
  const address = { url, host, port, username, password, database, ssl, replication: undefined };
  return { ...options, ...address, extra };
}
