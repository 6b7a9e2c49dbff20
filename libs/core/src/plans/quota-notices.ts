import { LRUCache } from 'lru-cache';
import type { Catalog } from '../catalog/catalog.js';
import type { QuotaUse } from './tenant-quotas.js';

export interface QuotaNoticesOptions {
  readonly catalog: Catalog;
  /** From how many percent of a quota on a tenant is near it. */
  readonly nearPercent: number;
  /** Called when the catalog could not be written; the next one that is found is tried again. It must not throw. */
  readonly onError: (error: unknown) => void;
}

/** Notices that this process has written today. */
const KNOWN = 10_000;

/**
 * Makes events of tenants that are near a quota or at it, `quotaNear` and `quotaReached`: of each once a day (UTC), whichever instances
 * find it. Nobody waits for it.
 */
export class QuotaNotices {
  readonly #options: QuotaNoticesOptions;
  readonly #known = new LRUCache<string, true>({ max: KNOWN });
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: QuotaNoticesOptions) {
    this.#options = options;
  }

  note({ tenant, quota, used, limit, isReached }: QuotaUse): void {
    const isNear = used * 100 >= limit * this.#options.nearPercent;
    if (!(isReached || isNear) || !Number.isFinite(used)) return;
    const event = isReached ? 'quotaReached' : 'quotaNear';
    const key = `${tenant.id} ${quota} ${event} ${new Date().toISOString().slice(0, 10)}`;
    if (this.#known.has(key)) return;
    this.#known.set(key, true);
    const written = this.#write([tenant.id, quota, event, used, limit])
      .catch((error: unknown) => {
        this.#known.delete(key);
        this.#options.onError(error);
      })
      .finally(() => this.#underWay.delete(written));
    this.#underWay.add(written);
  }

  /** Answers when nothing is being written. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #write(values: readonly unknown[]): Promise<void> {
    await this.#options.catalog.query('select rowhouse.notice_quota($1, $2, $3, $4, $5)', [...values]);
  }
}
