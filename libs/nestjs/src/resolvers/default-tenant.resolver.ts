import { TenantIdInvalidError } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { parseTenantReference, type TenantReference } from './tenant-reference.js';
import type { TenantResolver } from './tenant-resolver.js';

export interface DefaultTenantResolverOptions {
  /** Slug or UUID. */
  readonly tenant: string;
}

const optionsSchema = z.strictObject({
  tenant: z.string().refine(namesTenant, 'expected a slug or a UUID'),
});

/**
 * Names one tenant for every request that names none: for applications that were single-tenant.
 * Counts only when nothing else matched, wherever it stands in the order.
 */
export class DefaultTenantResolver implements TenantResolver {
  readonly name = 'default';
  readonly clientSupplied = false;
  readonly #reference: TenantReference;

  constructor(options: DefaultTenantResolverOptions) {
    const { tenant } = parseOptions('DefaultTenantResolver', optionsSchema, options);
    this.#reference = Object.freeze({ ...parseTenantReference(tenant), fallback: true });
  }

  resolve(): TenantReference {
    return this.#reference;
  }
}

function namesTenant(value: string): boolean {
  try {
    parseTenantReference(value);
    return true;
  } catch (error) {
    if (error instanceof TenantIdInvalidError) return false;
    throw error;
  }
}
