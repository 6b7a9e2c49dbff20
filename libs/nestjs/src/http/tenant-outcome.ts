import {
  ApiKeyNetworkRefusedError,
  type OperatorEntry,
  type RowhouseError,
  type Tenant,
  TenantNotFoundError,
  TenantSuspendedError,
  TenantUnavailableError,
  TenantUnresolvedError,
} from '@rowhouse/core';
import { isAllowedFrom } from '@rowhouse/core/internal';
import { type Resolved } from '../resolvers/tenant-resolution.js';
import type { TenantNeed } from '../routes/tenant-route.decorator.js';

/** Which tenant a request belongs to, or why none. Found once per request. */
export type TenantOutcome =
  | { readonly kind: 'excluded' }
  | { readonly kind: 'unresolved' }
  /** The identifier is malformed, unknown or contradicted, or the tenant is not served at present. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly onEveryRoute?: boolean }
  | ({ readonly kind: 'resolved'; readonly entry?: OperatorEntry | undefined } & Resolved);

export const EXCLUDED: TenantOutcome = Object.freeze({ kind: 'excluded' });
export const UNRESOLVED: TenantOutcome = Object.freeze({ kind: 'unresolved' });

/** Why a tenant is not served; `undefined` for active ones, and for suspended ones under an entry that only reads. */
export function unavailabilityOf({ status }: Tenant, entry?: OperatorEntry): RowhouseError | undefined {
  switch (status) {
    case 'active':
      return undefined;
    case 'suspended':
      return entry?.readOnly ? undefined : new TenantSuspendedError();
    case 'archived':
    case 'deleting':
    case 'deleted':
      return new TenantNotFoundError();
    default:
      return new TenantUnavailableError(status);
  }
}

/** A request's client, as the framework knows it: behind the proxies that it trusts. */
export interface Client {
  readonly ip?: string | undefined;
}

/** The outcome for a request in which the resolvers found `resolved`. @param entry - by which it comes. */
export function outcomeOf(
  resolved: Resolved | undefined,
  client: Client,
  entry?: OperatorEntry,
): TenantOutcome {
  if (!resolved) return UNRESOLVED;
  const { tenant, apiKey } = resolved;
  // To read the address costs something; most keys do not ask for it.
  const isRefused = apiKey && apiKey.networks.length > 0 && !isAllowedFrom(apiKey, client.ip);
  const error = isRefused ? new ApiKeyNetworkRefusedError() : unavailabilityOf(tenant, entry);
  return error
    ? { kind: 'failed', error, onEveryRoute: entry !== undefined }
    : { kind: 'resolved', entry, ...resolved };
}

/** What to throw instead of serving a request on a route with this need; `undefined` lets it in. */
export function refusalOf(need: TenantNeed['kind'], outcome: TenantOutcome): unknown {
  // Without the entry that it asks for, a request would be served with more rights.
  if (outcome.kind === 'failed' && outcome.onEveryRoute) return outcome.error;
  if (need === 'system' || outcome.kind === 'excluded' || outcome.kind === 'resolved') return undefined;
  if (outcome.kind === 'failed') return outcome.error;
  return need === 'required' ? new TenantUnresolvedError() : undefined;
}
