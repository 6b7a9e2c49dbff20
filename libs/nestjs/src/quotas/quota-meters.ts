import { OptionsInvalidError, type Tenant } from '@rowhouse/core';
import { LRUCache } from 'lru-cache';

/** What says how much of a quota a tenant has. */
export interface QuotaMeter {
  /** The name of the quota; no other meter has it. */
  readonly quota: string;
  /** How long a reading holds, in milliseconds. Default 60,000. */
  readonly everyMs?: number;
  /** Runs in the tenant's context. `undefined` where it cannot be told: then nothing is refused. */
  usedBy(tenant: Tenant): Promise<number | undefined>;
}

/** How many tenants' readings of each quota are held. */
const READINGS = 10_000;
const EVERY_MS = 60_000;

interface Installed {
  readonly meter: QuotaMeter;
  readonly readings: LRUCache<string, { readonly used: Promise<number | undefined> }>;
}

/** The meters that the modules of an application have added; an app adds its own in the same way. */
export class QuotaMeters {
  readonly #meters = new Map<string, Installed>();

  /** @throws {OptionsInvalidError} when the quota has a meter. */
  add(meter: QuotaMeter): void {
    const { quota, everyMs = EVERY_MS } = meter;
    if (this.#meters.has(quota))
      throw new OptionsInvalidError('QuotaMeters', [
        { field: 'quota', expected: `expected another quota than "${quota}", which has a meter` },
      ]);
    // A time to live of 0 would be for ever.
    const readings = new LRUCache<string, { readonly used: Promise<number | undefined> }>({
      max: READINGS,
      ttl: Math.max(1, everyMs),
    });
    this.#meters.set(quota, { meter, readings });
  }

  has(quota: string): boolean {
    return this.#meters.has(quota);
  }

  /** What the tenant had at the last reading: one for all who ask at once. */
  usedBy(tenant: Tenant, quota: string): Promise<number | undefined> {
    const installed = this.#meters.get(quota);
    if (!installed) return Promise.reject(new Error(`The quota ${quota} has no meter.`));
    const { meter, readings } = installed;
    const held = readings.get(tenant.id);
    if (held) return held.used;
    const reading = { used: meter.usedBy(tenant) };
    readings.set(tenant.id, reading);
    // What failed is read again by the next who asks.
    reading.used.catch(() => {
      if (readings.get(tenant.id) === reading) readings.delete(tenant.id);
    });
    return reading.used;
  }
}
