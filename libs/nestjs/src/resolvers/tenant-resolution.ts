import {
  type ApiKeyFacts,
  type Tenant,
  TenantMismatchError,
  TenantNotFoundError,
  type TenantOfApiKey,
} from '@rowhouse/core';
import { parseOptions, UNKNOWN_API_KEY } from '@rowhouse/core/internal';
import { z } from 'zod';
import { ExcludedPaths, isPathPattern, type PathPattern } from './excluded-paths.js';
import type { TenantRequest } from './request/tenant-request.js';
import { checkTenantReference, type TenantReference, type TenantReferenceKind } from './tenant-reference.js';
import { isPromise, type MaybePromise, type TenantResolver } from './tenant-resolver.js';

/** Where references are looked up: the tenant directory, as far as resolution needs it. */
export interface TenantLookup {
  /** What is in memory and fresh; `null` for "known not to exist", `undefined` for "ask {@link find}". */
  peek(kind: TenantReferenceKind, value: string): Tenant | null | undefined;
  find(reference: TenantReference): Promise<Tenant | undefined>;
  /** As `peek` and `find`, with what is known of the key: asked in their place where the look-up has both. */
  peekApiKey?(value: string): TenantOfApiKey | null | undefined;
  findApiKey?(value: string): Promise<TenantOfApiKey | undefined>;
}

export interface TenantResolutionOptions {
  /** In order: the first that matches names the tenant, the others must not contradict. */
  readonly resolvers: readonly TenantResolver[];
  readonly directory: TenantLookup;
  /** Paths that no resolver is asked about: exact, with `*` for one segment and `**` for the rest, or expressions. Default none. */
  readonly exclude?: readonly PathPattern[];
}

/** The tenant of a request, and who says so. */
export interface Resolved {
  readonly tenant: Tenant;
  /** Name of the first resolver that matched. */
  readonly resolver: string;
  /** True when only client-supplied values name the tenant; false as soon as one resolver vouches for it. */
  readonly clientSupplied: boolean;
  /** The API key that names the tenant, alone or beside others. */
  readonly apiKey?: ApiKeyFacts | undefined;
}

/** What a reference leads to. */
interface Found {
  readonly tenant: Tenant;
  readonly apiKey?: ApiKeyFacts;
}

/** What one resolver said. */
interface Sighting {
  readonly resolver: TenantResolver;
  readonly reference: TenantReference;
}

const optionsSchema = z.strictObject({
  resolvers: z.array(
    z.custom<TenantResolver>(
      (value) => hasMethods(value, ['resolve']),
      'expected a resolver: an object with resolve()',
    ),
  ),
  directory: z.custom<TenantLookup>(
    (value) => hasMethods(value, ['peek', 'find']),
    'expected a tenant directory: an object with peek() and find()',
  ),
  exclude: z
    .array(
      z.custom<PathPattern>(
        isPathPattern,
        "expected a path such as '/health', '/docs/**' or '/v1/*/status', or a RegExp",
      ),
    )
    .default([]),
});

/**
 * Finds the tenant of a request.
 *
 * Every resolver is asked. The first match names the tenant, and every other match must be the same
 * tenant, whichever way it names it; a fallback counts only when nothing else matched.
 */
export class TenantResolution {
  readonly #resolvers: readonly TenantResolver[];
  readonly #directory: TenantLookup;
  readonly #excluded: ExcludedPaths;

  constructor(options: TenantResolutionOptions) {
    const { resolvers, directory, exclude } = parseOptions('TenantResolution', optionsSchema, options);
    this.#resolvers = [...resolvers];
    this.#directory = directory;
    this.#excluded = new ExcludedPaths(exclude);
  }

  /** Whether `path` (without query) belongs to no tenant. */
  excludes(path: string): boolean {
    return this.#excluded.has(path);
  }

  /**
   * The tenant of a request; `undefined` when it names none or its path is excluded.
   *
   * Answers without a promise when every resolver does and the directory has the tenants in memory.
   * Errors are thrown in the first case and reject in the second: `await` covers both.
   *
   * @param entered - the id of the tenant that an operator's entry leads to. The resolvers must not contradict.
   * @throws {TenantIdInvalidError} when any resolver meets a malformed identifier.
   * @throws {TenantTokenInvalidError} when a token does not verify.
   * @throws {TenantNotFoundError} when the store does not know the tenant.
   * @throws {TenantMismatchError} when two resolvers name different tenants, or only one names a tenant that exists.
   */
  resolve(request: TenantRequest, entered?: string): MaybePromise<Resolved | undefined> {
    if (this.excludes(request.path)) return undefined;
    return this.#ask(request, 0, entered === undefined ? [] : [sightingOfEntry(entered)]);
  }

  /** Asks the resolvers from `start` on, one after the other. */
  #ask(request: TenantRequest, start: number, sightings: Sighting[]): MaybePromise<Resolved | undefined> {
    for (let next = start; ; next += 1) {
      const resolver = this.#resolvers[next];
      if (!resolver) return this.#settle(sightings);
      const answer = resolver.resolve(request);
      if (isPromise(answer)) {
        return answer.then((reference) => {
          note(sightings, resolver, reference);
          return this.#ask(request, next + 1, sightings);
        });
      }
      note(sightings, resolver, answer);
    }
  }

  #settle(sightings: readonly Sighting[]): MaybePromise<Resolved | undefined> {
    const fallback = sightings.find(({ reference }) => reference.fallback);
    if (!fallback) return this.#decide(sightings);
    const resolved = this.#decide(sightings.filter(({ reference }) => !reference.fallback));
    const orFallback = (first: Resolved | undefined) => first ?? this.#decide([fallback]);
    return isPromise(resolved) ? resolved.then(orFallback) : orFallback(resolved);
  }

  #decide(sightings: readonly Sighting[]): MaybePromise<Resolved | undefined> {
    const finds = sightings.map(({ reference }) => this.#find(reference));
    return areSettled(finds)
      ? decide(sightings, finds)
      : Promise.all(finds).then((settled) => decide(sightings, settled));
  }

  #find(reference: TenantReference): MaybePromise<Found | undefined> {
    const { kind, value } = reference;
    const directory = this.#directory;
    if (kind === 'apiKey' && directory.peekApiKey && directory.findApiKey) {
      const known = directory.peekApiKey(value);
      return known === undefined ? directory.findApiKey(value) : (known ?? undefined);
    }
    const known = directory.peek(kind, value);
    if (known === undefined) return directory.find(reference).then((tenant) => foundBy(kind, tenant));
    return foundBy(kind, known);
  }
}

function areSettled<T>(values: readonly MaybePromise<T>[]): values is readonly T[] {
  return !values.some(isPromise);
}

function sightingOfEntry(tenantId: string): Sighting {
  const reference: TenantReference = { kind: 'id', value: tenantId };
  return { resolver: { name: 'entry', clientSupplied: false, resolve: () => reference }, reference };
}

function foundBy(kind: TenantReferenceKind, tenant: Tenant | null | undefined): Found | undefined {
  if (!tenant) return undefined;
  return kind === 'apiKey' ? { tenant, apiKey: UNKNOWN_API_KEY } : { tenant };
}

function note(sightings: Sighting[], resolver: TenantResolver, reference: TenantReference | undefined): void {
  if (reference) sightings.push({ resolver, reference: checkTenantReference(reference) });
}

/**
 * The one tenant that all sightings name.
 *
 * A tenant that does not exist contradicts one that does: answering 404 there would tell a user of one
 * tenant, by the difference to 403, which others exist.
 *
 * @param finds - that of each sighting; `undefined` for those the store does not know.
 */
function decide(sightings: readonly Sighting[], finds: readonly (Found | undefined)[]): Resolved | undefined {
  let first: Sighting | undefined;
  let tenant: Tenant | undefined;
  let clientSupplied = true;
  let apiKey: ApiKeyFacts | undefined;
  for (const [i, sighting] of sightings.entries()) {
    const found = finds[i]?.tenant;
    if (!found && sighting.reference.optional) continue;
    clientSupplied &&= sighting.resolver.clientSupplied;
    apiKey ??= finds[i]?.apiKey;
    if (!first) {
      first = sighting;
      tenant = found;
    } else if (found?.id !== tenant?.id) {
      throw new TenantMismatchError(first.resolver.name, sighting.resolver.name);
    }
  }
  if (!first) return undefined;
  if (!tenant) throw new TenantNotFoundError();
  return { tenant, resolver: first.resolver.name, clientSupplied, apiKey };
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
  );
}
