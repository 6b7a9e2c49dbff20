import { setTimeout as wait } from 'node:timers/promises';

const PAUSE_MS = 400;
const PATHS = ['/products?limit=20', '/products?limit=50', '/orders?limit=20', '/me'];

/** Customers who look at the shops over HTTP, one request after the other: the charts of the admin app have something to show. */
export class GentleLoad {
  readonly #slugs: string[] = [];
  #ended: Promise<void> | undefined;

  constructor(
    private readonly url: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Settles after the signal. */
  get ended(): Promise<void> {
    return this.#ended ?? Promise.resolve();
  }

  /** From now on also of these. */
  start(slugs: readonly string[]): void {
    this.#slugs.push(...slugs);
    this.#ended ??= this.#run();
  }

  async #run(): Promise<void> {
    while (!this.signal.aborted) {
      // The square makes some shops busier than others.
      const slug = this.#slugs[Math.floor(Math.random() ** 2 * this.#slugs.length)] ?? '';
      const path = PATHS[Math.floor(Math.random() * PATHS.length)];
      const headers = { 'X-Tenant-ID': slug };
      // What is answered is counted by the app; a shop that somebody has closed meanwhile is no error here.
      await fetch(`${this.url}${path}`, { headers, signal: this.signal })
        .then((response) => response.arrayBuffer())
        .catch(() => {});
      await wait(PAUSE_MS, undefined, { signal: this.signal }).catch(() => {});
    }
  }
}
