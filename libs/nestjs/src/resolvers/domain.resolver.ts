import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { hostOf, isDomainName, ownDomain } from './request/host.js';
import type { TenantRequest } from './request/tenant-request.js';
import type { TenantReference } from './tenant-reference.js';
import type { TenantResolver } from './tenant-resolver.js';

export interface DomainResolverOptions {
  /** Domains of the application itself; they and all below them are never looked up. Default none. */
  readonly ownDomains?: readonly string[];
  /** Prefer the first `X-Forwarded-Host`. Default false. Set it only behind a proxy that overwrites the header. */
  readonly trustForwardedHost?: boolean;
}

const optionsSchema = z.strictObject({
  ownDomains: z.array(ownDomain).default([]),
  trustForwardedHost: z.boolean().default(false),
});

/**
 * Takes the whole host name as a tenant's own domain, to be looked up in the store.
 * A domain that the store does not know is no match. IP addresses never match.
 */
export class DomainResolver implements TenantResolver {
  readonly name = 'domain';
  readonly clientSupplied = false;
  readonly #options: Readonly<z.output<typeof optionsSchema>>;

  constructor(options: DomainResolverOptions = {}) {
    this.#options = parseOptions('DomainResolver', optionsSchema, options);
  }

  resolve(request: TenantRequest): TenantReference | undefined {
    const host = hostOf(request, this.#options.trustForwardedHost);
    if (host === undefined || !isDomainName(host) || this.#isOwn(host)) return undefined;
    return { kind: 'domain', value: host, optional: true };
  }

  #isOwn(host: string): boolean {
    return this.#options.ownDomains.some((own) => host === own || host.endsWith(`.${own}`));
  }
}
