import { ExcludedPaths, type PathPattern } from '../resolvers/excluded-paths.js';
import { PathResolver } from '../resolvers/path.resolver.js';
import { splitTarget } from '../resolvers/request/request-target.js';
import { type TenantResolver } from '../resolvers/tenant-resolver.js';
import { type RawRequest, stateOf } from './request-state.js';

export interface PathPrefixOptions {
  readonly resolvers: readonly TenantResolver[];
  /** Paths that are left as they are. Default none. */
  readonly exclude?: readonly PathPattern[];
}

/** Takes the tenant's prefix off the URL of a request, once, before the request is routed. */
export class PathPrefix {
  readonly #resolvers: readonly PathResolver[];
  readonly #excluded: ExcludedPaths;

  constructor({ resolvers, exclude = [] }: PathPrefixOptions) {
    this.#resolvers = resolvers.filter(
      (resolver) => resolver instanceof PathResolver && resolver.strip,
    ) as PathResolver[];
    this.#excluded = new ExcludedPaths(exclude);
  }

  /** Whether there is any prefix to take off. */
  get isUsed(): boolean {
    return this.#resolvers.length > 0;
  }

  /** Shortens `raw.url`. The client's target stays in `originalUrl`. Never throws: a malformed prefix is noted. */
  strip(raw: RawRequest): void {
    const state = stateOf(raw);
    if (state.prefixChecked) return;
    state.prefixChecked = true;
    const target = raw.url ?? '/';
    try {
      const rest = this.#restOf(target);
      if (rest === undefined) return;
      state.clientTarget = target;
      raw.originalUrl = target;
      raw.url = rest;
    } catch (error) {
      state.malformedTarget = error;
    }
  }

  /** @throws {TenantIdInvalidError} when the tenant's segment cannot be read. */
  #restOf(target: string): string | undefined {
    const { path, query } = splitTarget(target);
    if (this.#excluded.has(path)) return undefined;
    for (const resolver of this.#resolvers) {
      const split = resolver.split(path);
      if (split) return query ? `${split.rest}?${query}` : split.rest;
    }
    return undefined;
  }
}

/**
 * Takes the tenant's prefix off where no HTTP server is involved, as in `app.inject()` of Fastify:
 * `new FastifyAdapter({ rewriteUrl: tenantRewriteUrl({ resolvers, exclude }) })`, with the same lists as the
 * module has. Over HTTP it is not needed, and does no harm.
 */
export function tenantRewriteUrl(options: PathPrefixOptions): (request: object & { url?: string }) => string {
  const prefix = new PathPrefix(options);
  return (request) => {
    prefix.strip(request as RawRequest);
    return request.url ?? '/';
  };
}
