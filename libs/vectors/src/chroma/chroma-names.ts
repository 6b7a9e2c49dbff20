import { createHash } from 'node:crypto';
import type { Tenant } from '@rowhouse/core';

/** Chroma allowed 63 characters before it allowed 512. What follows the name of the collection takes 40 of them. */
const MAX_LENGTH = 63 - '_tenant_'.length - 32;
const KEPT = 10;
const HASHED = MAX_LENGTH - KEPT - 1;

/**
 * What Chroma calls a collection of a tenant: `memory_tenant_` and the tenant's id. Names that are too long are cut, and a hash of the
 * whole name added behind a dot, which no name of a collection has: so a short name never equals a cut one.
 */
export function chromaNameOf(tenant: Pick<Tenant, 'id'>, name: string): string {
  return `${shortened(name)}${chromaSuffixOf(tenant)}`;
}

/** What the names of all collections of a tenant end in, and of no other's: ids have one length. */
export function chromaSuffixOf({ id }: Pick<Tenant, 'id'>): string {
  return `_tenant_${id.replaceAll('-', '')}`;
}

function shortened(name: string): string {
  if (name.length <= MAX_LENGTH) return name;
  return `${name.slice(0, KEPT)}.${createHash('sha256').update(name).digest('hex').slice(0, HASHED)}`;
}
