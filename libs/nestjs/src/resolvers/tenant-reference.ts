import { type IdentifierKind, isTenantId, isTenantSlug, TenantIdInvalidError } from '@rowhouse/core';
import { isHostname } from '@rowhouse/core/internal';

export type TenantReferenceKind = IdentifierKind;

/** What a resolver found: a well-formed name of a tenant, not yet looked up. */
export interface TenantReference {
  readonly kind: TenantReferenceKind;
  readonly value: string;
  /** Unknown to the store means "no match" rather than 404. Default false. */
  readonly optional?: boolean;
  /** Counts only when no other resolver matched, and is never compared with them. Default false. */
  readonly fallback?: boolean;
}

/** Longer than any slug, UUID or host name; what exceeds it is refused before it is looked at. */
export const MAX_REFERENCE_LENGTH = 253;

/** RFC 6750, section 2.1 (`b64token`): what passes unharmed through headers, logs and shells. */
const API_KEY = /^[A-Za-z0-9._~+/=-]{8,256}$/;

export function isApiKey(value: string): boolean {
  return value.length <= 256 && API_KEY.test(value);
}

/**
 * Reads a slug or a UUID that came from a client.
 *
 * A slug counts exactly as written (`ACME` is no slug); a UUID in any letter case is the same UUID
 * (RFC 9562, section 4). A text of UUID form is always an id, also where a slug may look like that.
 * The work is bounded: type and length come first, then two anchored expressions without backtracking.
 *
 * @throws {TenantIdInvalidError} for anything else, arrays of repeated headers or parameters included.
 */
export function parseTenantReference(raw: unknown): TenantReference {
  if (typeof raw !== 'string' || raw.length === 0 || raw.length > MAX_REFERENCE_LENGTH) {
    throw new TenantIdInvalidError();
  }
  if (raw.length === 36) {
    const id = raw.toLowerCase();
    if (isTenantId(id)) return { kind: 'id', value: id };
  }
  if (isTenantSlug(raw)) return { kind: 'slug', value: raw };
  throw new TenantIdInvalidError();
}

const FITS: Readonly<Record<TenantReferenceKind, (value: string) => boolean>> = {
  slug: isTenantSlug,
  id: isTenantId,
  domain: isHostname,
  apiKey: isApiKey,
};

/**
 * Checks a reference that somebody else's code made, so that a look-up never meets a malformed value.
 *
 * @throws {TenantIdInvalidError} when the value is not of its kind.
 * @throws {TypeError} when it is no reference at all: a programming error.
 */
export function checkTenantReference(reference: TenantReference): TenantReference {
  if (!Object.hasOwn(FITS, reference.kind)) {
    throw new TypeError(
      "a resolver answered with no tenant reference: expected kind 'slug', 'id', 'domain' or 'apiKey'",
    );
  }
  const { kind, value } = reference;
  if (typeof value !== 'string' || !FITS[kind](value)) throw new TenantIdInvalidError(kind);
  return reference;
}
