import { TenantIdInvalidError } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { decodeOnce } from './request/percent.js';
import type { TenantRequest } from './request/tenant-request.js';
import { parseTenantReference, type TenantReference } from './tenant-reference.js';
import type { TenantResolver } from './tenant-resolver.js';

export interface QueryResolverOptions {
  /** Name of the parameter, in this letter case. Default `tenant`. */
  readonly parameter?: string;
}

const optionsSchema = z.strictObject({
  parameter: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'expected a parameter name of letters, digits, "_", "." and "-"')
    .default('tenant'),
});

/** The parsers of Express read so many parts of a query, empty ones included, and no more. */
const MAX_PARTS = 1_000;

/**
 * Reads a slug or a UUID from a query parameter.
 *
 * A parameter that occurs twice, in any spelling that a query parser takes for it or makes an array or an object of
 * (`tenant[]=`, `[tenant]=`, `%74enant=` beside `tenant=`), or so late that some parsers have stopped reading, is refused:
 * handlers and proxies would disagree about which one counts.
 */
export class QueryResolver implements TenantResolver {
  readonly name = 'query';
  readonly clientSupplied = true;
  readonly #parameter: string;

  constructor(options: QueryResolverOptions = {}) {
    this.#parameter = parseOptions('QueryResolver', optionsSchema, options).parameter;
  }

  resolve(request: TenantRequest): TenantReference | undefined {
    const { query } = request;
    if (query === '') return undefined;

    let value: string | undefined;
    for (let start = 0, part = 1; start <= query.length; part += 1) {
      const ampersand = query.indexOf('&', start);
      const end = ampersand < 0 ? query.length : ampersand;
      const pair = query.slice(start, end);
      const equals = pair.indexOf('=');
      const match = this.#match(equals < 0 ? pair : pair.slice(0, equals));
      if (match === 'indexed' || (match && (value !== undefined || part > MAX_PARTS))) {
        throw new TenantIdInvalidError();
      }
      if (match === 'exact') value = equals < 0 ? '' : pair.slice(equals + 1);
      start = end + 1;
    }
    return value === undefined ? undefined : parseTenantReference(decodeOnce(value));
  }

  #match(encodedName: string): 'exact' | 'indexed' | undefined {
    const name = encodedName.includes('%') ? decodedName(encodedName) : encodedName;
    if (name === this.#parameter) return 'exact';
    // `[tenant]` is `tenant` to qs, whatever follows.
    return name.startsWith(`${this.#parameter}[`) || name.startsWith(`[${this.#parameter}]`)
      ? 'indexed'
      : undefined;
  }
}

/**
 * Broken encoding in some other parameter's name is not ours to refuse; query parsers take such a name as it stands, qs with
 * its brackets decoded.
 */
function decodedName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name.replaceAll(/%5b/gi, '[').replaceAll(/%5d/gi, ']');
  }
}
