import type pg from 'pg';
import { OptionsInvalidError, PlacementUnknownError } from '../errors.js';
import type { DatabasesOptions, PlacementOptions, UrlReference } from '../pool-options.js';
import { clientConfig, isPostgresUrl } from '../support/postgres-address.js';
import type { Tenant } from '../tenant.js';

// Where tenants' own databases are, and how a database is recognised as a tenant's.

/**
 * The server that a placement names; `undefined` for the server that the application itself connects to.
 *
 * @throws {PlacementUnknownError} when the options do not name it.
 */
export function placementOf(
  placements: Required<DatabasesOptions>['placements'],
  name: string,
): PlacementOptions | undefined {
  if (Object.hasOwn(placements, name)) return placements[name];
  if (name === 'default') return undefined;
  throw new PlacementUnknownError(name);
}

/**
 * Looks up the address that a placement refers to.
 *
 * @throws {OptionsInvalidError} when the variable is not set, or holds no PostgreSQL URL. It names the variable and shows no
 *   URL.
 */
export async function readAddress(reference: UrlReference, placement: string): Promise<pg.ClientConfig> {
  const isFunction = typeof reference === 'function';
  const address = isFunction ? await reference() : process.env[reference.env];
  if (address && typeof address === 'object') return clientConfig(address);
  if (address && isPostgresUrl(address)) return { connectionString: address };
  throw new OptionsInvalidError(`The placement "${placement}"`, [
    {
      field: isFunction ? 'its function' : reference.env,
      expected: 'expected postgres://login:password@host:port/database',
    },
  ]);
}

/** How the comment begins that every tenant's own database bears. */
export const DATABASE_MARK_PREFIX = 'Rowhouse tenant ';

/** The comment on a tenant's own database. Pools refuse a database that does not bear it. */
export function databaseMark({ id }: Pick<Tenant, 'id'>): string {
  return `${DATABASE_MARK_PREFIX}${id}`;
}
