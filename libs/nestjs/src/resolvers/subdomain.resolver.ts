import { TenantIdInvalidError } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { hostOf, ownDomain } from './request/host.js';
import type { TenantRequest } from './request/tenant-request.js';
import { parseTenantReference, type TenantReference } from './tenant-reference.js';
import type { TenantResolver } from './tenant-resolver.js';

export interface SubdomainResolverOptions {
  /** Domains whose subdomains are tenants: `example.com` makes `acme.example.com` tenant `acme`. Of several that fit, the longest counts. */
  readonly baseDomains: readonly string[];
  /** Labels that are no tenants. Default `['www']`. */
  readonly reserved?: readonly string[];
  /** Accept further labels left of the tenant's (`eu.acme.example.com`), and ignore them. Default false: they are refused. */
  readonly allowNested?: boolean;
  /** Prefer the first `X-Forwarded-Host`. Default false. Set it only behind a proxy that overwrites the header. */
  readonly trustForwardedHost?: boolean;
}

const optionsSchema = z.strictObject({
  baseDomains: z
    .array(ownDomain)
    .min(1, 'expected at least one domain')
    // Longest first, so that the most specific base decides.
    .transform((domains) => domains.toSorted((a, b) => b.length - a.length)),
  reserved: z
    .array(z.string().transform((label) => label.toLowerCase()))
    .prefault(['www'])
    .transform((labels): ReadonlySet<string> => new Set(labels)),
  allowNested: z.boolean().default(false),
  trustForwardedHost: z.boolean().default(false),
});

/**
 * Reads the tenant from the label next to a base domain. Port, trailing dot and letter case do not
 * matter (RFC 4343); IP addresses, other domains and the base domain itself name no tenant.
 */
export class SubdomainResolver implements TenantResolver {
  readonly name = 'subdomain';
  readonly clientSupplied = false;
  readonly #options: Readonly<z.output<typeof optionsSchema>>;

  constructor(options: SubdomainResolverOptions) {
    this.#options = parseOptions('SubdomainResolver', optionsSchema, options);
  }

  resolve(request: TenantRequest): TenantReference | undefined {
    const host = hostOf(request, this.#options.trustForwardedHost);
    const subdomain = host === undefined ? undefined : this.#below(host);
    if (subdomain === undefined) return undefined;

    const lastDot = subdomain.lastIndexOf('.');
    const label = subdomain.slice(lastDot + 1);
    if (this.#options.reserved.has(label)) return undefined;
    if (lastDot >= 0 && !this.#options.allowNested) throw new TenantIdInvalidError();
    return parseTenantReference(label);
  }

  /** What stands before the base domain; `undefined` when nothing does, or when no base domain fits. */
  #below(host: string): string | undefined {
    for (const base of this.#options.baseDomains) {
      if (host === base) return undefined;
      const dot = host.length - base.length - 1;
      if (dot > 0 && host[dot] === '.' && host.endsWith(base)) return host.slice(0, dot);
    }
    return undefined;
  }
}
