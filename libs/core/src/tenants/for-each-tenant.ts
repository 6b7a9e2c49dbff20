import { z } from 'zod';
import { parseOptions } from '../support/parse-options.js';
import { workThrough } from '../support/work-through.js';
import { TENANT_STATUSES, type Tenant, type TenantSlug, type TenantStatus } from '../tenant.js';
import { TenantContext } from '../tenant-context.js';
import type { TenantStore } from './tenant-store.js';

type AfterError = 'continue' | 'stop';

export interface ForEachTenantOptions {
  /** How many tenants are worked on at a time. Default 4. */
  readonly concurrency?: number;
  /** Which tenants take part by their status. Default `active`. */
  readonly status?: TenantStatus | 'any';
  /** Which of these take part; the others are not reported. Default: all. */
  readonly filter?: (tenant: Tenant) => boolean;
  /**
   * What happens after a tenant has failed: go on (the default), begin no further ones, or ask. What the
   * function throws ends the run.
   */
  readonly onError?: AfterError | ((error: unknown, tenant: Tenant) => AfterError | Promise<AfterError>);
  /** Once aborted, no further tenant is begun. Those under way are waited for; `fn` is given the signal as well. */
  readonly signal?: AbortSignal;
}

interface ResultOf {
  readonly tenantId: string;
  readonly slug: TenantSlug;
  readonly durationMs: number;
}

export type TenantResult<T> =
  | (ResultOf & { readonly status: 'ok'; readonly value: T })
  | (ResultOf & { readonly status: 'failed'; readonly error: unknown })
  | (ResultOf & { readonly status: 'skipped' });

export interface TenantReport<T> {
  readonly succeeded: number;
  readonly failed: number;
  /** Tenants that were not begun, because of an error or the signal. */
  readonly skipped: number;
  readonly durationMs: number;
  /** One per tenant, by slug. */
  readonly results: readonly TenantResult<T>[];
}

const callable = <T>() => z.custom<T>((value) => typeof value === 'function', 'expected a function');

const optionsSchema = z.strictObject({
  concurrency: z.number().int().min(1).default(4),
  status: z.enum([...TENANT_STATUSES, 'any']).default('active'),
  filter: callable<(tenant: Tenant) => boolean>().default(() => () => true),
  onError: z
    .union([
      z.enum(['continue', 'stop']),
      callable<Exclude<ForEachTenantOptions['onError'], string | undefined>>(),
    ])
    .default('continue'),
  signal: z.instanceof(AbortSignal).optional(),
});

/**
 * Runs `fn` once for each tenant, as that tenant, a few at a time, and reports how each one went.
 *
 * The tenants are read page by page while the work goes on; one that is added meanwhile may or may not take part.
 *
 * @param tenants - a store or a directory.
 * @throws what `list` or `onError` throws, after the tenants under way have been waited for.
 * @throws {OptionsInvalidError}
 */
export async function forEachTenant<T>(
  tenants: Pick<TenantStore, 'list'>,
  fn: (tenant: Tenant, signal: AbortSignal | undefined) => T | Promise<T>,
  options: ForEachTenantOptions = {},
): Promise<TenantReport<T>> {
  const { concurrency, status, filter, onError, signal } = parseOptions(
    'forEachTenant',
    optionsSchema,
    options,
  );
  const startedAt = performance.now();
  const results: TenantResult<T>[] = [];
  let isStopped = false;
  let count = 0;

  async function visit(tenant: Tenant): Promise<TenantResult<T>> {
    const { id: tenantId, slug } = tenant;
    if (isStopped || signal?.aborted) return { tenantId, slug, status: 'skipped', durationMs: 0 };
    const begunAt = performance.now();
    try {
      const value = await TenantContext.run(tenant, async () => fn(tenant, signal));
      return { tenantId, slug, status: 'ok', value, durationMs: performance.now() - begunAt };
    } catch (error) {
      const durationMs = performance.now() - begunAt;
      const next = typeof onError === 'function' ? await onError(error, tenant) : onError;
      if (next === 'stop') isStopped = true;
      return { tenantId, slug, status: 'failed', error, durationMs };
    }
  }

  const selected = select(tenants, status, filter);
  await workThrough(selected, { concurrency }, async (tenant) => {
    const index = count++;
    results[index] = await visit(tenant);
  });

  const countOf = (wanted: TenantResult<T>['status']) =>
    results.filter((result) => result.status === wanted).length;
  return {
    succeeded: countOf('ok'),
    failed: countOf('failed'),
    skipped: countOf('skipped'),
    durationMs: performance.now() - startedAt,
    results,
  };
}

async function* select(
  tenants: Pick<TenantStore, 'list'>,
  status: TenantStatus | 'any',
  filter: (tenant: Tenant) => boolean,
): AsyncGenerator<Tenant, void, void> {
  let cursor: string | undefined;
  do {
    const page = await tenants.list({ cursor, status: status === 'any' ? undefined : status });
    yield* page.tenants.filter(filter);
    cursor = page.next;
  } while (cursor !== undefined);
}
