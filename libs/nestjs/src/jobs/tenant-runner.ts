import { Injectable } from '@nestjs/common';
import {
  type ForEachTenantOptions,
  forEachTenant,
  type Tenant,
  TenantContext,
  TenantDirectory,
  TenantNotFoundError,
  type TenantReport,
} from '@rowhouse/core';
import { unavailabilityOf } from '../http/tenant-outcome.js';
import { parseTenantReference } from '../resolvers/tenant-reference.js';

/** Runs work as tenants where there is no request: jobs, queues, commands. */
@Injectable()
export class TenantRunner {
  constructor(private readonly directory: TenantDirectory) {}

  /**
   * Runs `fn` as one tenant.
   *
   * @param slugOrId - the tenant's slug or UUID.
   * @throws {TenantNotFoundError} when there is no such tenant.
   * @throws {TenantSuspendedError} and {@link TenantUnavailableError} when it is not active.
   */
  async run<T>(slugOrId: string, fn: (tenant: Tenant) => T | Promise<T>): Promise<T> {
    const tenant = await this.directory.find(parseTenantReference(slugOrId));
    if (!tenant) throw new TenantNotFoundError();
    const unavailability = unavailabilityOf(tenant);
    if (unavailability) throw unavailability;
    return TenantContext.run(tenant, () => fn(tenant));
  }

  /** Runs `fn` as each tenant in turn, by default the active ones; see {@link forEachTenant}. */
  forEachTenant<T>(
    fn: (tenant: Tenant, signal: AbortSignal | undefined) => T | Promise<T>,
    options?: ForEachTenantOptions,
  ): Promise<TenantReport<T>> {
    return forEachTenant(this.directory, fn, options);
  }
}
