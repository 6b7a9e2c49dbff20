import { setTimeout as pause } from 'node:timers/promises';
import { Child } from './child.mjs';

const APP = new URL('../app/dist/main.js', import.meta.url);

/** Unfinished work of a cell (late connections, timed-out requests) must not slow down the next one. */
const SETTLE_WITHIN_MS = 5_000;
const SETTLE_SAMPLE_MS = 50;
const BUSY_SHARE = 0.1;

/** One variant of the app under test, in a process of its own. */
export class AppProcess {
  #child;

  constructor(child) {
    this.#child = child;
  }

  /**
   * @param {object} options
   * @param {string} options.variant
   * @param {'fastify' | 'express'} options.platform
   * @param {string} options.databaseUrl
   * @param {string} [options.ownerUrl] the owner's login, for variants that need one
   * @param {'schema' | 'row' | 'database'} [options.isolation] of the tenants, for variants with Rowhouse
   * @param {string} options.roles the prefix of the tenants' roles
   * @param {number} [options.acquireTimeoutMs] how long a request waits for a connection. Default 5,000
   * @param {import('./clean-up.mjs').CleanUp} options.cleanUp
   */
  static async start({
    variant,
    platform,
    databaseUrl,
    ownerUrl,
    isolation = 'schema',
    roles,
    acquireTimeoutMs = 5_000,
    cleanUp,
  }) {
    const child = await Child.start({
      name: `the app (${variant}, ${platform})`,
      file: APP,
      execArgv: ['--expose-gc'],
      env: {
        NODE_ENV: 'production',
        BENCH_VARIANT: variant,
        BENCH_PLATFORM: platform,
        BENCH_DATABASE_URL: databaseUrl,
        ...(ownerUrl && { BENCH_OWNER_URL: ownerUrl }),
        BENCH_ISOLATION: isolation,
        BENCH_ROLES: roles,
        BENCH_ACQUIRE_TIMEOUT_MS: String(acquireTimeoutMs),
      },
      cleanUp,
    });
    return new AppProcess(child);
  }

  get port() {
    return this.#child.ready.port;
  }

  get isRunning() {
    return this.#child.isRunning;
  }

  /** CPU time of the process since its start, all threads, in microseconds. */
  async cpuUs() {
    const { user, system } = await this.#child.ask('cpu');
    return user + system;
  }

  /** Lets the garbage collector run, so that nobody pays for another one's garbage, or for an earlier cell's. */
  collectGarbage() {
    return this.#child.ask('collect-garbage');
  }

  /** Waits until the process has nothing left to do, for a few seconds at most. */
  async settle() {
    const deadline = performance.now() + SETTLE_WITHIN_MS;
    for (let before = await this.cpuUs(); performance.now() < deadline; ) {
      await pause(SETTLE_SAMPLE_MS);
      const now = await this.cpuUs();
      if (now - before < SETTLE_SAMPLE_MS * 1000 * BUSY_SHARE) return;
      before = now;
    }
  }

  startProfile() {
    return this.#child.ask('start-profile');
  }

  stopProfile() {
    return this.#child.ask('stop-profile', {}, 30_000);
  }

  stop() {
    return this.#child.stop();
  }
}
