import { DelayProxy } from '../harness/delay-proxy.mjs';

/** The way from the apps to the server, the same for all variants. */
export class Route {
  #delay;
  #proxy;
  #measured;

  /**
   * @param {{ delayMs: number }} plan
   * @param {object} tools database, cleanUp, log
   */
  static async open({ delayMs }, { database, cleanUp, log }) {
    const route = new Route(delayMs);
    if (delayMs > 0) await route.#goFarther({ database, cleanUp, log });
    return route;
  }

  constructor(delayMs) {
    this.#delay = delayMs;
  }

  /** A login with its owner's, as the app is to be given them. */
  async reach(login) {
    const url = await this.#farther(login.url);
    if (!login.owner) return { ...login, url };
    return { ...login, url, owner: { ...login.owner, url: await this.#farther(login.owner.url) } };
  }

  /** What is to be said of it with the figures, if anything. */
  async describe() {
    if (!this.#proxy) return [];
    const { medianMs, p99Ms } = await this.#proxy.lateness();
    return [
      `Each round trip to the server took ${this.#measured.medianMs.toFixed(2)} ms longer (asked for: ${this.#delay}). ` +
        `Under load the proxy passed bytes on ${medianMs.toFixed(2)} ms late (median; 99 %: ${p99Ms.toFixed(2)} ms).`,
    ];
  }

  async #goFarther({ database, cleanUp, log }) {
    this.#proxy = await DelayProxy.start({ roundTripMs: this.#delay, cleanUp });
    this.#measured = await this.#proxy.measure(database.url);
    const { medianMs, p99Ms } = this.#measured;
    log(`A round trip takes ${medianMs.toFixed(2)} ms longer (median; 99 %: ${p99Ms.toFixed(2)} ms).`);
  }

  #farther(url) {
    return this.#proxy ? this.#proxy.through(url) : url;
  }
}
