import { TenantIdInvalidError } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { decodeOnce, MAX_ENCODED_LENGTH } from './request/percent.js';
import type { TenantRequest } from './request/tenant-request.js';
import { parseTenantReference, type TenantReference } from './tenant-reference.js';
import type { TenantResolver } from './tenant-resolver.js';

export interface PathResolverOptions {
  /** Literal segments and, last, `:tenant`: `/t/:tenant`, `/:tenant`, `/api/:tenant`. Default `/t/:tenant`. */
  readonly pattern?: string;
  /** Whether the module takes the prefix off before routing. Default true. */
  readonly strip?: boolean;
  /** Take off only the tenant's segment, for apps with a global prefix: `/api/acme/products` becomes `/api/products`. Default false. */
  readonly keepLiterals?: boolean;
}

/** A path cut at its tenant. */
export interface PathSplit {
  /** The tenant's segment, percent-decoded once and not yet validated. */
  readonly tenant: string;
  /** What is left to route: begins with exactly one `/`; query and fragment are kept. */
  readonly rest: string;
}

const PATTERN = /^(?:\/[A-Za-z0-9._~-]+)*\/:tenant$/;

const optionsSchema = z.strictObject({
  pattern: z
    .string()
    .regex(PATTERN, 'expected literal segments with :tenant as the last, such as /t/:tenant')
    .default('/t/:tenant'),
  strip: z.boolean().default(true),
  keepLiterals: z.boolean().default(false),
});

/**
 * Reads a slug or a UUID from a segment of the path.
 *
 * A run of slashes counts as one up to the tenant and right after it, so that neither `//t//acme`
 * hides a tenant nor the rest turns into `//host`, which browsers read as another site.
 */
export class PathResolver implements TenantResolver {
  readonly name = 'path';
  readonly clientSupplied = true;
  readonly strip: boolean;
  readonly #literals: readonly string[];
  readonly #kept: string;

  constructor(options: PathResolverOptions = {}) {
    const { pattern, strip, keepLiterals } = parseOptions('PathResolver', optionsSchema, options);
    this.strip = strip;
    this.#literals = pattern.split('/').slice(1, -1);
    this.#kept = keepLiterals ? this.#literals.map((literal) => `/${literal}`).join('') : '';
  }

  resolve(request: TenantRequest): TenantReference | undefined {
    const split = this.split(request.path);
    return split && parseTenantReference(split.tenant);
  }

  /**
   * Cuts a path, with or without a query, at the tenant's segment.
   *
   * @returns `undefined` when the path does not begin as the pattern does.
   * @throws {TenantIdInvalidError} when the segment is over-long or its percent-encoding is broken.
   */
  split(path: string): PathSplit | undefined {
    let at = 0;
    for (const literal of this.#literals) {
      const segment = segmentAfter(path, at);
      if (!segment || !spells(segment.text, literal)) return undefined;
      at = segment.end;
    }
    const segment = segmentAfter(path, at);
    if (!segment) return undefined;
    const tenant = decodeOnce(segment.text);
    return { tenant, rest: this.#restOf(path, segment.end) };
  }

  #restOf(path: string, end: number): string {
    const rest = path.slice(afterSlashes(path, end));
    // With the literals kept, `/api/acme` becomes `/api`, not `/api/`.
    if (this.#kept && path[end] !== '/') return this.#kept + rest;
    return `${this.#kept}/${rest}`;
  }
}

interface Segment {
  readonly text: string;
  readonly end: number;
}

/** The segment that follows the slashes at `at`. A longer one than can be valid is cut short: it is refused all the same. */
function segmentAfter(path: string, at: number): Segment | undefined {
  const start = afterSlashes(path, at);
  if (start === at) return undefined;
  let end = start;
  while (end < path.length && end - start <= MAX_ENCODED_LENGTH && !isDelimiter(path[end])) end += 1;
  return end === start ? undefined : { text: path.slice(start, end), end };
}

function afterSlashes(path: string, at: number): number {
  let i = at;
  while (path[i] === '/') i += 1;
  return i;
}

function isDelimiter(character: string | undefined): boolean {
  return character === '/' || character === '?' || character === '#';
}

/** Routers differ in whether `/%74` is `/t`; to read a tenant where none is routed is the safe side. */
function spells(segment: string, literal: string): boolean {
  if (segment === literal || !segment.includes('%')) return segment === literal;
  try {
    return decodeOnce(segment) === literal;
  } catch (error) {
    if (error instanceof TenantIdInvalidError) return false;
    throw error;
  }
}
