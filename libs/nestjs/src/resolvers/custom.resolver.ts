import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import type { TenantRequest } from './request/tenant-request.js';
import { checkTenantReference, parseTenantReference, type TenantReference } from './tenant-reference.js';
import { isPromise, type MaybePromise, type TenantResolver } from './tenant-resolver.js';

/** A slug or UUID as text, a reference, or nothing. Text is validated like a client's. */
export type CustomResolution = string | TenantReference | null | undefined;

/** Reads whatever it likes of the request; `request.raw` is Node's request. */
export type ResolveTenant = (request: TenantRequest) => MaybePromise<CustomResolution>;

export interface CustomResolverOptions {
  readonly resolve: ResolveTenant;
  /** Names the resolver in messages and metrics. Default `custom`. */
  readonly name?: string;
  /** False only when the value is verified, not what a client typed. Default true. */
  readonly clientSupplied?: boolean;
}

const optionsSchema = z.strictObject({
  resolve: z.custom<ResolveTenant>(
    (value) => typeof value === 'function',
    'expected a function of the request',
  ),
  name: z.string().min(1, 'expected a name').max(64, 'expected at most 64 characters').default('custom'),
  clientSupplied: z.boolean().default(true),
});

/** Resolves by a function of the user's. */
export class CustomResolver implements TenantResolver {
  readonly name: string;
  readonly clientSupplied: boolean;
  readonly #resolve: ResolveTenant;

  constructor(options: CustomResolverOptions | ResolveTenant) {
    const given = typeof options === 'function' ? { resolve: options } : options;
    const { resolve, name, clientSupplied } = parseOptions('CustomResolver', optionsSchema, given);
    this.#resolve = resolve;
    this.name = name;
    this.clientSupplied = clientSupplied;
  }

  resolve(request: TenantRequest): MaybePromise<TenantReference | undefined> {
    const resolution = this.#resolve(request);
    return isPromise(resolution) ? Promise.resolve(resolution).then(toReference) : toReference(resolution);
  }
}

function toReference(resolution: CustomResolution): TenantReference | undefined {
  if (resolution === undefined || resolution === null) return undefined;
  // An object goes on as a reference; whatever else is no text (an array of a repeated parameter) is refused there.
  const isReference = typeof resolution === 'object' && !Array.isArray(resolution);
  return isReference ? checkTenantReference(resolution) : parseTenantReference(resolution);
}
