import {
  type RowhouseError,
  type Tenant,
  TenantContext,
  type TenantDirectory,
  TenantNotFoundError,
} from '@rowhouse/core';
import { stateOf } from '../http/request-state.js';
import { outsideAnyTenant } from '../http/request-tenancy.js';
import { type TenantOutcome, unavailabilityOf } from '../http/tenant-outcome.js';
import type { MaybePromise } from '../resolvers/tenant-resolver.js';
import type { Handshake } from './handshake.js';

/**
 * A connection that a client keeps open, and the tenant that it belongs to from its handshake to its end. Without a tenant,
 * everything on it runs outside of any.
 */
export class TenantConnection {
  #outcome: TenantOutcome;
  #closeError: RowhouseError | undefined;

  /** @param end - closes the connection, and says why. */
  constructor(
    readonly handshake: Handshake,
    outcome: TenantOutcome,
    private readonly directory: TenantDirectory,
    private readonly end: (reason: RowhouseError) => void,
  ) {
    this.#outcome = outcome;
    stateOf(handshake).outcome = outcome;
  }

  get tenant(): Tenant | undefined {
    return this.#outcome.kind === 'resolved' ? this.#outcome.tenant : undefined;
  }

  /** Runs `fn` in the context of the tenant, or outside of any: whatever happened on the same socket before. */
  run<T>(fn: () => T): T {
    const outcome = this.#outcome;
    return outsideAnyTenant(() =>
      outcome.kind === 'resolved' ? TenantContext.run(outcome.tenant, fn, { entry: outcome.entry }) : fn(),
    );
  }

  /**
   * Looks whether the tenant is still served, and closes the connection if not.
   *
   * @returns why not; `undefined` while it is.
   */
  check(): MaybePromise<RowhouseError | undefined> {
    if (this.#closeError) return this.#closeError;
    const { tenant } = this;
    // The directory gives out the same object until the tenant has changed.
    if (!tenant || this.directory.peek('id', tenant.id) === tenant) return undefined;
    return this.#reload(tenant);
  }

  close(reason: RowhouseError): void {
    if (this.#closeError) return;
    this.#closeError = reason;
    this.end(reason);
  }

  async #reload({ id }: Tenant): Promise<RowhouseError | undefined> {
    const tenant = await this.directory.byId(id);
    const outcome = this.#outcome;
    if (outcome.kind !== 'resolved') return undefined;
    const refusal = tenant ? unavailabilityOf(tenant, outcome.entry) : new TenantNotFoundError();
    if (refusal) this.close(refusal);
    else if (tenant) {
      this.#outcome = { ...outcome, tenant };
      stateOf(this.handshake).outcome = this.#outcome;
    }
    return this.#closeError;
  }
}
