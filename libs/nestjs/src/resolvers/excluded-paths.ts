/** A path without query; `*` stands for one whole segment, `**` at the end for all below. Or an expression. */
export type PathPattern = string | RegExp;

const WELL_FORMED = /^(?:\/(?:\*|[^*/?#]*))*(?:\/\*\*)?$/;

export function isPathPattern(value: unknown): value is PathPattern {
  if (value instanceof RegExp) return true;
  return typeof value === 'string' && value.startsWith('/') && WELL_FORMED.test(value);
}

/**
 * Paths that belong to no tenant.
 *
 * Compared as the client sent them, undecoded: an unusual spelling of an excluded path is not
 * excluded, which is the safe side. One slash at the end makes no difference.
 */
export class ExcludedPaths {
  readonly #exact = new Set<string>();
  readonly #expressions: RegExp[] = [];

  constructor(patterns: readonly PathPattern[]) {
    for (const pattern of patterns) {
      if (typeof pattern !== 'string') this.#expressions.push(stateless(pattern));
      else if (pattern.includes('*')) this.#expressions.push(compile(pattern));
      else this.#exact.add(withoutTrailingSlash(pattern));
    }
  }

  has(path: string): boolean {
    const trimmed = withoutTrailingSlash(path);
    if (this.#exact.has(trimmed)) return true;
    return this.#expressions.some((expression) => expression.test(path));
  }
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** `/docs/**` covers `/docs` itself too. */
function compile(pattern: string): RegExp {
  const below = pattern.endsWith('/**');
  const segments = withoutTrailingSlash(below ? pattern.slice(0, -3) : pattern)
    .split('/')
    .map((segment) => (segment === '*' ? '[^/]+' : segment.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')));
  return new RegExp(`^${segments.join('/')}${below ? '(?:/.*)?' : '/?'}$`, 's');
}

/** With `g` or `y` an expression remembers where it stopped, and every second answer would be wrong. */
function stateless(expression: RegExp): RegExp {
  return new RegExp(expression.source, expression.flags.replaceAll(/[gy]/g, ''));
}
