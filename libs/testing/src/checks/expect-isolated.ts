import { AssertionError } from 'node:assert';
import { type AppOrUrl, baseUrlOf } from './app-server.js';
import { entityIdsIn } from './entity-ids.js';

/** A request that is sent as several tenants. */
export interface IsolationRequest {
  /** With its query, relative to the app's root: `/products?limit=50`. */
  readonly path: string;
  /** Default GET. */
  readonly method?: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** At least two tenants, each with data that the request returns. */
  readonly as: readonly [string, string, ...string[]];
  /** The header that names the tenant. Default `X-Tenant-ID`. */
  readonly tenantHeader?: string;
  /**
   * The headers that say who the client is for a tenant, in place of `tenantHeader`: a bearer token, an API key, a
   * Host.
   */
  readonly identify?: (tenant: string) => Readonly<Record<string, string>>;
  /**
   * Names of the fields whose values belong to a single tenant, at any depth of the response. Default `['id']`.
   * Where ids count up from 1 in every schema, name another field: an e-mail address, a number of yours.
   */
  readonly keys?: readonly string[];
  /** Fields that may hold the same in every tenant, say `country`; they are ignored with everything in them. */
  readonly shared?: readonly string[];
  /** A tenant that does not exist. Default `no-such-tenant`; `false` leaves that request out. */
  readonly unknownTenant?: string | false;
  /** False where a request without a tenant is served, for example by a default tenant. Default true. */
  readonly refusesNoTenant?: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

type Send = (headers: Readonly<Record<string, string>>) => Promise<Answer>;

/**
 * Proves that one request keeps tenants apart: sent as each of them, it succeeds and returns entities that no other of
 * them received; sent for an unknown tenant, or for none, it is refused (400, 401, 403 or 404).
 *
 * A response without any entity proves nothing and fails as well: seed each tenant first. The requests are sent all at
 * once and then one by one, so that connections change hands.
 *
 * @param app - a Nest application (made to listen on a free port if it does not yet; close it yourself), or a base URL.
 * @returns the parsed bodies by tenant, for further expectations.
 * @throws {AssertionError} that names the entity and the two tenants that received it.
 *
 * @example
 * await expectIsolated(app, { path: '/products', as: ['acme', 'globex'] });
 */
export async function expectIsolated(
  app: AppOrUrl,
  request: IsolationRequest,
): Promise<ReadonlyMap<string, unknown>> {
  const { as: tenants, tenantHeader = 'X-Tenant-ID', unknownTenant = 'no-such-tenant' } = request;
  if (new Set(tenants).size < 2) throw new TypeError('expectIsolated needs two different tenants in "as".');
  const name = `${request.method ?? 'GET'} ${request.path}`;
  const send = senderOf(new URL(request.path, await baseUrlOf(app)), request);
  const identify = request.identify ?? ((tenant: string) => ({ [tenantHeader]: tenant }));

  const ask = async (tenant: string) => [tenant, await send(identify(tenant))] as const;
  const together = await Promise.all(tenants.map(ask));
  const alone: Array<readonly [string, Answer]> = [];
  for (const tenant of tenants) alone.push(await ask(tenant));

  expectDisjoint(name, [...together, ...alone], request);
  if (unknownTenant !== false) {
    expectRefused(`${name} for the unknown tenant "${unknownTenant}"`, await send(identify(unknownTenant)));
  }
  if (request.refusesNoTenant ?? true) expectRefused(`${name} without a tenant`, await send({}));
  return new Map(alone.map(([tenant, { body }]) => [tenant, body]));
}

function senderOf(url: URL, { method = 'GET', headers, body }: IsolationRequest): Send {
  const content: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const payload = body === undefined ? null : JSON.stringify(body);
  return async (identity) => {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...content, ...headers, ...identity },
      body: payload,
    });
    return { status: response.status, body: parse(await response.text()) };
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function expectDisjoint(
  name: string,
  answers: ReadonlyArray<readonly [string, Answer]>,
  { keys = ['id'], shared = [] }: IsolationRequest,
): void {
  const seenBy = new Map<string, string>();
  for (const [tenant, { status, body }] of answers) {
    if (status < 200 || status > 299) fail(`${name} as "${tenant}" was answered ${status}: ${excerpt(body)}`);
    const ids = entityIdsIn(body, { keys, shared });
    if (ids.size === 0) {
      fail(
        `${name} as "${tenant}" was answered without any ${keys.join(' or ')}, which proves nothing. ` +
          `Seed the tenant, or name the fields to compare in "keys". The answer: ${excerpt(body)}`,
      );
    }
    for (const id of ids) {
      const other = seenBy.get(id) ?? tenant;
      if (other !== tenant) {
        fail(
          `${name} shows ${id} to both "${other}" and "${tenant}". If every tenant may see it, name its field in ` +
            '"shared"; if such values count up in each schema, compare another field with "keys".',
        );
      }
      seenBy.set(id, tenant);
    }
  }
}

const REFUSALS = [400, 401, 403, 404];

function expectRefused(name: string, { status, body }: Answer): void {
  if (REFUSALS.includes(status)) return;
  fail(
    `${name} should be refused with one of ${REFUSALS.join(', ')}, and was answered ${status}: ${excerpt(body)}`,
  );
}

const EXCERPT_LENGTH = 300;

function excerpt(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text;
}

function fail(message: string): never {
  throw new AssertionError({ message, stackStartFn: expectIsolated });
}
