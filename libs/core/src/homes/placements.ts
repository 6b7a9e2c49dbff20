import { PlacementUnknownError } from '../errors.js';
import type { DatabasesOptions, PlacementOptions, UrlReference } from '../pool-options.js';
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
 * Looks up the URL that a placement refers to.
 *
 * @throws {Error} when the variable is not set, or the function returns no PostgreSQL URL. The message holds no URL.
 */
export async function readUrl(reference: UrlReference, placement: string): Promise<string> {
  const url = typeof reference === 'function' ? await reference() : process.env[reference.env];
  if (url && /^postgres(?:ql)?:\/\//.test(url)) return url;
  const source = typeof reference === 'function' ? 'its function' : `the variable ${reference.env}`;
  throw new Error(
    `The placement "${placement}" has no URL: ${source} should hold postgres://login:password@host/database.`,
  );
}

/** The same server and login, another database. */
export function databaseUrl(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${encodeURIComponent(database)}` }).href;
}

/** How the comment begins that every tenant's own database bears. */
export const DATABASE_MARK_PREFIX = 'Rowhouse tenant ';

/** The comment on a tenant's own database. Pools refuse a database that does not bear it. */
export function databaseMark({ id }: Pick<Tenant, 'id'>): string {
  return `${DATABASE_MARK_PREFIX}${id}`;
}
