import { Child } from './child.mjs';

const WORKER = new URL('./load-worker.mjs', import.meta.url);
const LATE_ANSWERS_MS = 20_000;

/** The load generator, in a process of its own. */
export class LoadProcess {
  #child;

  constructor(child) {
    this.#child = child;
  }

  /** @param {import('./clean-up.mjs').CleanUp} cleanUp */
  static async start(cleanUp) {
    return new LoadProcess(await Child.start({ name: 'the load generator', file: WORKER, cleanUp }));
  }

  /** See {@link import('./load.mjs').runLoad}. */
  run(load) {
    return this.#child.ask('load', load, load.seconds * 1_000 + LATE_ANSWERS_MS);
  }

  /** See {@link import('./open-load.mjs').runOpenLoad}. */
  runOpen(load) {
    return this.#child.ask('open-load', load, (load.leadSeconds + load.seconds) * 1_000 + LATE_ANSWERS_MS);
  }

  /** See {@link import('./load.mjs').probeFirstRequests}. */
  probe(probe) {
    return this.#child.ask('probe', probe, 120_000);
  }

  /** @throws {Error} when an answer holds another tenant's rows. */
  async verify({ port, work, tenants, who }) {
    const wrong = await this.#child.ask('verify', { port, work, tenants }, 30_000);
    if (wrong) throw new Error(`${who} is no contender: ${wrong}`);
  }

  stop() {
    return this.#child.stop();
  }
}
