import { DelayProxy } from '../harness/delay-proxy.mjs';
import { startPgBouncer } from '../harness/pgbouncer.mjs';

/** As many as the pool of an app has, so that nobody waits at the pooler. */
const SERVER_CONNECTIONS = 20;

/**
 * The way from the apps to the server, the same for all variants: straight, by a pooler, farther. A pooler is near the server, and the
 * owners' logins go past it.
 */
export class Route {
  #asked;
  #cleanUp;
  #proxy;
  #measured;

  /**
   * @param {{ delayMs: number, pooler: boolean }} plan
   * @param {object} tools database, cleanUp, log
   */
  static async open(plan, { database, cleanUp, log }) {
    const route = new Route(plan, cleanUp);
    if (plan.delayMs > 0) await route.#goFarther(database, log);
    return route;
  }

  constructor({ delayMs, pooler }, cleanUp) {
    this.#asked = { delayMs, pooler };
    this.#cleanUp = cleanUp;
  }

  /**
   * The logins as the apps are to be given them.
   *
   * @param {Map<string, { role: string, url: string, owner?: { role: string, url: string } }>} logins by variant
   */
  async reach(logins) {
    const pooled = await this.#pooled([...logins.values()].map(({ url }) => url));
    const reached = new Map();
    for (const [variant, { role, url, owner }] of logins) {
      reached.set(variant, {
        role,
        url: await this.#farther(pooled(url)),
        ...(owner && { owner: { ...owner, url: await this.#farther(owner.url) } }),
      });
    }
    return reached;
  }

  /** What is to be said of it with the figures, if anything. */
  async describe() {
    const { delayMs, pooler } = this.#asked;
    const sentences = pooler ? ['All variants went through PgBouncer, in transaction mode.'] : [];
    if (this.#proxy) {
      const { medianMs, p99Ms } = await this.#proxy.lateness();
      sentences.push(
        `Each round trip to the server took ${this.#measured.medianMs.toFixed(2)} ms longer (asked for: ${delayMs}). ` +
          `Under load the proxy passed bytes on ${medianMs.toFixed(2)} ms late (median; 99 %: ${p99Ms.toFixed(2)} ms).`,
      );
    }
    return sentences;
  }

  async #goFarther(database, log) {
    this.#proxy = await DelayProxy.start({ roundTripMs: this.#asked.delayMs, cleanUp: this.#cleanUp });
    this.#measured = await this.#proxy.measure(database.url);
    const { medianMs, p99Ms } = this.#measured;
    log(`A round trip takes ${medianMs.toFixed(2)} ms longer (median; 99 %: ${p99Ms.toFixed(2)} ms).`);
  }

  #farther(url) {
    return this.#proxy ? this.#proxy.through(url) : url;
  }

  #pooled(urls) {
    if (!this.#asked.pooler) return (url) => url;
    return startPgBouncer({ urls, serverConnections: SERVER_CONNECTIONS, cleanUp: this.#cleanUp });
  }
}
