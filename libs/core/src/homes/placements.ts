import type pg from 'pg';
import { OptionsInvalidError, PlacementUnknownError } from '../errors.js';
import type { DatabasesOptions, PlacementOptions, UrlReference } from '../pool-options.js';
import { atAddress, clientConfig, isPostgresUrl, loginOf } from '../support/postgres-address.js';
import type { Tenant } from '../tenant.js';

// Where the homes of tenants are, and how a database is recognised as a tenant's or as that of a placement.

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

/** How the owner connects to the server of a placement, and to the database that its URL names. @param owner - how it connects to the main one. */
export async function ownerConfigAt(
  placements: Required<DatabasesOptions>['placements'],
  placement: string,
  owner: pg.ClientConfig,
): Promise<pg.ClientConfig> {
  const { url, ownerUrl = url } = placementOf(placements, placement) ?? {};
  return ownerUrl ? atAddress(owner, await readAddress(ownerUrl, placement)) : owner;
}

/** The logins with which the application connects to the server of a placement. @param logins - those for the main server. */
export async function loginsAt(
  placements: Required<DatabasesOptions>['placements'],
  placement: string,
  logins: readonly string[],
): Promise<readonly string[]> {
  const { url } = placementOf(placements, placement) ?? {};
  if (!url) return logins;
  const login = loginOf(await readAddress(url, placement));
  return login ? [login] : [];
}

/** The placement in whose database tenants with isolation `schema` and `row` share the main one. */
export const DEFAULT_PLACEMENT = 'default';

/** Whether a tenant's home is in another database than the main one: in its own, or in that of its placement. */
export function isElsewhere({ isolation, placement }: Pick<Tenant, 'isolation' | 'placement'>): boolean {
  return isolation === 'database' || placement !== DEFAULT_PLACEMENT;
}

/**
 * What a database with homes is known by within its deployment: `placement/tenant id`, and of one that many tenants share,
 * `placement/`.
 */
export function databaseKeyOf({
  isolation,
  placement,
  id,
}: Pick<Tenant, 'isolation' | 'placement' | 'id'>): string {
  return `${placement}/${isolation === 'database' ? id : ''}`;
}

/** The key of the main database. */
export const MAIN_DATABASE = `${DEFAULT_PLACEMENT}/`;

/** How the comment begins that every tenant's own database bears. */
export const DATABASE_MARK_PREFIX = 'Rowhouse tenant ';

/** The comment on a tenant's own database. Pools refuse a database that does not bear it. */
export function databaseMark({ id }: Pick<Tenant, 'id'>): string {
  return `${DATABASE_MARK_PREFIX}${id}`;
}

/** How the comment begins that the database of a placement bears; the deployment's name follows, and the placement's. */
export const PLACEMENT_MARK_PREFIX = 'Rowhouse placement of ';

/** The comment on the database that tenants with isolation `schema` and `row` share on a placement. Pools refuse one that does not bear it. */
export function placementMark(placement: string, deployment: string): string {
  return `${PLACEMENT_MARK_PREFIX}${deployment}: ${placement}`;
}
