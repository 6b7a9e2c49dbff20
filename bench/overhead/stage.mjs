import { AppProcess } from '../harness/app-process.mjs';
import { sampleForeignLoad } from '../harness/machine.mjs';
import { runRounds } from '../harness/rounds.mjs';
import { WORKS } from '../harness/works.mjs';
import { failedCell, measureLoad } from './cell.mjs';
import { isSettled } from './comparison.mjs';
import { AGAIN, BASELINE, firstTenantOf, SHARED, secondsOf, weightOf } from './plan.mjs';

/** Tenants whose answers are read and checked before anything is measured. */
const VERIFIED_TENANTS = 8;

/** A data source per tenant opens connections for a long time; without this warm-up its figures would be too good. */
const MOST_OPENING_TURNS = 12;

/** How often each tenant is asked for before the first round, on average: what is prepared for it is prepared then. */
const WARM_UP_PER_TENANT = 12;

/** After so many rounds it is asked whether they are enough, and what others take of the machine. */
const ASK_EVERY = 20;
const FEWEST_ROUNDS = 60;

/** Cells of the warm-up. */
const WARM_UP_SECONDS = 1;

const PROFILED_ROUNDS = 5;
const PROFILED_SECONDS = 2;

/**
 * All variants on one platform with one number of tenants. Their apps are started together, run for all
 * works and rounds, and are stopped together.
 */
export class Stage {
  #platform;
  #tenants;
  #plan;
  #tools;
  #contenders = new Map();

  /**
   * @param {string} platform
   * @param {number} tenants
   * @param {import('./plan.mjs').Plan} plan
   * @param {object} tools database, logins, roles, generator, cleanUp, log
   */
  constructor(platform, tenants, plan, tools) {
    this.#platform = platform;
    this.#tenants = tenants;
    this.#plan = plan;
    this.#tools = tools;
  }

  async open() {
    for (const variant of this.#plan.variants) await this.#start(variant);
  }

  async close() {
    await Promise.all([...this.#contenders.values()].map(({ app }) => app.stop()));
  }

  /**
   * Rounds of short cells, until the medians are known well enough or there were as many as the plan allows.
   *
   * @returns {Promise<{ cells: Map<string, import('./cell.mjs').Cell[]>, foreignLoads: number[] }>}
   */
  async measure(work) {
    const { variants, rounds } = this.#plan;
    const seconds = secondsOf(this.#plan, work);
    for (const variant of variants) {
      await this.#verify(variant, work);
      await this.#warmUp(variant, work);
    }
    const foreignLoads = [];
    const cells = await runRounds(
      variants,
      rounds,
      (variant, round) => this.#cell(variant, this.#load(work, seconds, round + 1)),
      async (cells, done) => {
        if (done % ASK_EVERY !== 0) return false;
        foreignLoads.push(await sampleForeignLoad());
        return done >= FEWEST_ROUNDS && isSettled(cells);
      },
    );
    return { cells, foreignLoads };
  }

  async #cell(variant, load) {
    try {
      return await measureLoad(await this.#running(variant), load, this.#instruments);
    } catch (error) {
      if (this.#tools.cleanUp.interrupted) throw error;
      this.#tools.log(`${variant}: ${error.message}`);
      return failedCell(error);
    }
  }

  /** @returns {Promise<Map<string, { firstUs: number, warmUs: number }[]>>} first requests of each variant, by round */
  measureFirstRequests(work) {
    return runRounds(this.#plan.variants, this.#plan.firstRounds, async (variant, round) => {
      const { app } = await this.#running(variant);
      const times = await this.#tools.generator.probe({
        port: app.port,
        work,
        warmTenant: 1,
        firstTenant: firstTenantOf(this.#plan, this.#tenants, work, round),
        tenants: this.#plan.firstTenants,
      });
      await app.settle();
      return times;
    });
  }

  /** More rounds, under the profiler. */
  async profile(work) {
    return runRounds(this.#plan.variants, PROFILED_ROUNDS, async (variant, round) => {
      const { app } = await this.#running(variant);
      const load = { ...this.#load(work, PROFILED_SECONDS, round + 1), port: app.port };
      await app.startProfile();
      const { answered } = await this.#tools.generator.run(load);
      const profile = await app.stopProfile();
      await app.settle();
      return { requests: answered, profile };
    });
  }

  get #instruments() {
    return { generator: this.#tools.generator, admin: this.#tools.database.admin };
  }

  #load(work, seconds, seed) {
    return {
      work,
      tenants: this.#tenants,
      connections: this.#plan.connections,
      draw: this.#plan.draw,
      seconds,
      seed,
    };
  }

  async #start(variant) {
    const { logins, roles, cleanUp } = this.#tools;
    const { role, url, owner } = logins.get(variant);
    const app = await AppProcess.start({
      variant: variant === AGAIN ? BASELINE : variant,
      platform: this.#platform,
      databaseUrl: url,
      ownerUrl: owner?.url,
      isolation: this.#plan.isolation,
      roles,
      cleanUp,
    });
    this.#contenders.set(variant, { app, logins: owner ? [role, owner.role] : [role] });
  }

  /** Starts an app that has died again, once for each of its cells. */
  async #running(variant) {
    if (!this.#contenders.get(variant).app.isRunning) await this.#start(variant);
    return this.#contenders.get(variant);
  }

  async #verify(variant, work) {
    // Without tenancy there is one table for all.
    if (SHARED.includes(variant)) return;
    const count = Math.min(VERIFIED_TENANTS, this.#tenants);
    const tenants = Array.from(
      { length: count },
      (_, index) => 1 + Math.floor((index * this.#tenants) / count),
    );
    const asked = WORKS[work].method === 'GET' ? work : 'get';
    const { port } = this.#contenders.get(variant).app;
    await this.#tools.generator.verify({ port, work: asked, tenants, who: variant });
  }

  /**
   * Loads in turns until the app has answered enough for its code to be compiled and for what it prepares for each tenant, and
   * no turn opens more connections than the one before, within bounds.
   */
  async #warmUp(variant, work) {
    const contender = this.#contenders.get(variant);
    const forCode = this.#plan.warmUpRequests / weightOf(work);
    const forTenants = SHARED.includes(variant) ? 0 : WARM_UP_PER_TENANT * this.#tenants;
    let answered = 0;
    let before = 0;
    for (let turn = 0; ; turn += 1) {
      const cell = await measureLoad(contender, this.#load(work, WARM_UP_SECONDS, -turn), this.#instruments);
      answered += cell.answered;
      const isOpening = cell.connections > before && turn < MOST_OPENING_TURNS;
      if (cell.answered === 0 || (answered >= Math.max(forCode, forTenants) && !isOpening)) return;
      before = cell.connections;
    }
  }
}
