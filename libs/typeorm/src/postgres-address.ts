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
  readonly replication?: { readonly master: Credentials; readonly slaves?: readonly Credentials[] };
}

/**
 * The address in TypeORM's options, as TypeORM gives it to pg: of the primary, if there are replicas, and what `extra` says
 * comes first. `directUrl` replaces it, and is secured in the same way.
 */
export function addressOf(options: object = {}, directUrl?: string): ClientConfig {
  const given: AddressedOptions = options;
  const address = addressBy(given.replication?.master ?? given, given);
  return directUrl ? withFields(securityIn(address), { connectionString: directUrl }) : address;
}

/** The addresses of the replicas in TypeORM's options. */
export function replicaAddressesOf(options: object = {}): readonly ClientConfig[] {
  const given: AddressedOptions = options;
  return (given.replication?.slaves ?? []).map((replica) => addressBy(replica, given));
}

function addressBy(
  { url, host, port, username, password, database, ssl }: Credentials,
  { extra = {} }: AddressedOptions,
): ClientConfig {
  const named = { connectionString: url || undefined, host, port, user: username, password, database, ssl };
  return addressIn(withFields(named, extra));
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
