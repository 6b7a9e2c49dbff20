import type { TenantRequest } from './request/tenant-request.js';
import type { TenantReference } from './tenant-reference.js';

/** An answer now, or later. What is known is answered without a promise: it costs a turn of the event loop. */
export type MaybePromise<T> = T | Promise<T>;

/** By shape: promises of other realms and libraries are promises too. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/**
 * Reads a tenant reference from a request.
 *
 * Usable alone: `new HeaderResolver().resolve(toTenantRequest(request))`.
 */
export interface TenantResolver {
  /** Names the resolver in messages and metrics. */
  readonly name: string;
  /** True when the value is whatever the client typed (header, query, path): it needs an access policy. */
  readonly clientSupplied: boolean;
  /**
   * `undefined` when the request says nothing to this resolver. Synchronous wherever it can be.
   *
   * @throws {TenantIdInvalidError} when it says something malformed.
   */
  resolve(request: TenantRequest): MaybePromise<TenantReference | undefined>;
}
