import { TenantContext } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { UsageMeterUnknownError } from './usage-errors.js';
import type { OwnMeters } from './usage-meters.js';

/** Keeps what one instance counts between two flushes exact. */
const MOST = 1_000_000_000;
const quantitySchema = z.int().min(0).max(MOST);

/** Counts what tenants do that only the app knows of, for their bills: `usage.add('emails', 3)`. */
export class TenantUsage {
  readonly #meters: OwnMeters;
  readonly #used: (tenantId: string, meter: string, quantity: number) => void;

  /** @param used - takes what is counted, in memory. */
  constructor(meters: OwnMeters, used: (tenantId: string, meter: string, quantity: number) => void) {
    this.#meters = meters;
    this.#used = used;
  }

  /**
   * Counts for the tenant of the context, in memory; the next flush writes it, once. What operators do under an entry is not counted.
   *
   * @param meter - of `usage.meters` of the module's options.
   * @param quantity - a whole number, 0 to 1,000,000,000, in the unit of the meter. Default 1.
   * @throws {UsageMeterUnknownError}
   * @throws {OptionsInvalidError}
   * @throws {TenantContextMissingError}
   */
  add(meter: string, quantity = 1): void {
    if (!Object.hasOwn(this.#meters, meter)) throw new UsageMeterUnknownError(meter);
    parseOptions('TenantUsage.add', quantitySchema, quantity);
    const { id } = TenantContext.require();
    if (!TenantContext.entry() && quantity > 0) this.#used(id, meter, quantity);
  }
}
