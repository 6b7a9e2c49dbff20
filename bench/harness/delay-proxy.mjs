import pg from 'pg';
import { Child } from './child.mjs';
import { median, percentile } from './statistics.mjs';

const WORKER = new URL('./delay-worker.mjs', import.meta.url);
const PINGS = 200;

/** A proxy on loopback that makes every server seem farther away, in a process of its own. */
export class DelayProxy {
  #child;
  #ports = new Map();

  constructor(child) {
    this.#child = child;
  }

  /**
   * @param {object} options
   * @param {number} options.roundTripMs what a round trip takes longer: half of it on the way there, half on the way back
   * @param {import('./clean-up.mjs').CleanUp} options.cleanUp
   */
  static async start({ roundTripMs, cleanUp }) {
    const env = { BENCH_ROUND_TRIP_MS: String(roundTripMs) };
    return new DelayProxy(await Child.start({ name: 'the delaying proxy', file: WORKER, env, cleanUp }));
  }

  /** The same URL, by way of the proxy. */
  async through(url) {
    const { hostname: host, port } = new URL(url);
    if (!this.#ports.has(`${host}:${port}`))
      this.#ports.set(`${host}:${port}`, await this.#child.ask('open', { host, port: Number(port || 5432) }));
    return Object.assign(new URL(url), { hostname: '127.0.0.1', port: this.#ports.get(`${host}:${port}`) })
      .href;
  }

  /**
   * How much longer a round trip really takes: one by way of the proxy and one without in turns, while nothing else runs.
   *
   * @returns {Promise<{ medianMs: number, p99Ms: number }>}
   */
  async measure(url) {
    const near = await connect(url);
    const far = await connect(await this.through(url));
    const added = [];
    for (let turn = 0; turn < PINGS; turn += 1) {
      const nearMs = await ping(near);
      added.push((await ping(far)) - nearMs);
    }
    await Promise.all([near.end(), far.end()]);
    return { medianMs: median(added), p99Ms: percentile(added, 0.99) };
  }

  /** How late it has passed on what was due, since its start. @returns {Promise<{ medianMs: number, p99Ms: number }>} */
  lateness() {
    return this.#child.ask('lateness');
  }
}

async function connect(url) {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

async function ping(client) {
  const sentAt = performance.now();
  await client.query('select 1');
  return performance.now() - sentAt;
}
