import type { Catalog } from '@rowhouse/core';
import type { CountedWindow, RateStore, WindowState } from './rate-store.js';

/** How often an instance removes windows that have ended. */
const CLEAN_UP_MS = 60_000;

/** Windows in the catalog: one statement for all of a request's, by PostgreSQL's clock. */
export class CatalogRateStore implements RateStore {
  readonly kind = 'catalog';
  readonly #catalog: Catalog;
  #cleanedUpAt = performance.now();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  async take<Window extends CountedWindow>(
    windows: readonly Window[],
  ): Promise<readonly WindowState<Window>[]> {
    await this.#catalog.migrate();
    // In one order everywhere, so that no two wait for each other.
    const sorted = [...windows].sort((a, b) => (a.key < b.key ? -1 : 1));
    const { rows } = await this.#catalog.query<{ used: number; resetMs: number }>(
      'select used, reset_ms as "resetMs" from rowhouse.take_rates($1, $2, $3)',
      [
        sorted.map(({ key }) => key),
        sorted.map(({ limit }) => limit),
        sorted.map(({ windowSeconds }) => windowSeconds),
      ],
    );
    this.#cleanUp();
    return windows.flatMap((window) => {
      const row = rows[sorted.indexOf(window)];
      return row ? [{ window, ...row }] : [];
    });
  }

  async ping(): Promise<void> {
    await this.#catalog.migrate();
    await this.#catalog.query('select 1');
  }

  /** Nothing waits for it, and what it leaves it removes the next time. */
  #cleanUp(): void {
    const now = performance.now();
    if (now - this.#cleanedUpAt < CLEAN_UP_MS) return;
    this.#cleanedUpAt = now;
    this.#catalog.query('select rowhouse.drop_ended_rates()').catch(() => {});
  }
}
