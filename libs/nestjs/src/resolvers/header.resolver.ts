import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import type { TenantRequest } from './request/tenant-request.js';
import { headerName } from './resolver-options.js';
import { parseTenantReference, type TenantReference } from './tenant-reference.js';
import type { TenantResolver } from './tenant-resolver.js';

export interface HeaderResolverOptions {
  /** Name of the header, in any letter case. Default `X-Tenant-ID`. */
  readonly header?: string;
}

const optionsSchema = z.strictObject({ header: headerName.prefault('X-Tenant-ID') });

/** Reads a slug or a UUID from a header. A header sent twice is refused. */
export class HeaderResolver implements TenantResolver {
  readonly name = 'header';
  readonly clientSupplied = true;
  readonly #header: string;

  constructor(options: HeaderResolverOptions = {}) {
    this.#header = parseOptions('HeaderResolver', optionsSchema, options).header;
  }

  resolve(request: TenantRequest): TenantReference | undefined {
    const value = request.header(this.#header);
    return value === undefined ? undefined : parseTenantReference(value);
  }
}
