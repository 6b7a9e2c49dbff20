import type { Act } from './act.js';
import type { Lane } from './lane.js';
import type { Random } from './random.js';
import type { Release } from './releases.js';
import { Victim } from './victim.js';

/** One piece of work that is to be interrupted. */
export interface Target {
  /** The key under which its duration is stored. */
  readonly label: string;
  readonly act: Act;
  /** The victim's. Default: the operator's. */
  readonly release?: Release;
  /** Whether the victim fills new tenants. Default false. */
  readonly seeds?: boolean;
  /** What happens by itself, before an operator repairs anything. */
  readonly recover?: () => Promise<void>;
  /** Lists the inconsistencies of the deployment after the repair. */
  readonly check: () => Promise<readonly string[]>;
}

export interface StrikesOptions {
  readonly lane: Lane;
  readonly worker: string;
  readonly random: Random;
  /** How many kills must hit work in progress. */
  readonly wanted: number;
}

/** Victims that have loaded their program and wait, so that a strike need not wait for one. */
const WAITING = 2;

/** Kills victims at random points of their work, repairs the deployment, and checks it. */
export class Strikes {
  readonly hits = new Map<string, number>();
  readonly #options: StrikesOptions;
  readonly #waiting: Victim[] = [];
  readonly #durations = new Map<string, number>();

  constructor(options: StrikesOptions) {
    this.#options = options;
    for (let n = 0; n < WAITING; n += 1) this.#waiting.push(this.#newVictim());
  }

  get landed(): number {
    return [...this.hits.values()].reduce((sum, count) => sum + count, 0);
  }

  get isOver(): boolean {
    return this.landed >= this.#options.wanted;
  }

  /**
   * The first victim of a label is not killed, to measure its duration; the others are killed within that time.
   *
   * @throws {StrikeError} when the deployment is inconsistent afterwards.
   */
  async on({ label, act, release, seeds = false, recover, check }: Target): Promise<void> {
    const { lane, random } = this.#options;
    this.#waiting.push(this.#newVictim());
    const victim = this.#waiting.shift() as Victim;
    const known = this.#durations.get(label);
    const afterMs = known === undefined ? undefined : random() * known;
    const settings = { release: release ?? lane.release, seeds };
    const { isHit, workedMs } = await victim.killed({ address: lane.address, settings, act }, afterMs);
    if (workedMs !== undefined) this.#durations.set(label, workedMs);
    if (isHit) this.hits.set(label, (this.hits.get(label) ?? 0) + 1);
    await victim.whenForgotten(lane.server);
    await recover?.();
    const found = [...(await repair(lane)), ...(await check())];
    if (found.length > 0) throw new StrikeError(act, afterMs, found);
  }

  async end(): Promise<void> {
    await Promise.all(this.#waiting.map((victim) => victim.kill()));
  }

  #newVictim(): Victim {
    const { worker, random } = this.#options;
    return new Victim(worker, { isMissedAtOnce: random() < 0.5 });
  }
}

/** The deployment was inconsistent after a kill and the repair. */
export class StrikeError extends Error {
  constructor(act: Act, afterMs: number | undefined, found: readonly string[]) {
    const when = afterMs === undefined ? 'after its end' : `${afterMs.toFixed(1)} ms after it had begun`;
    super(`Killed ${when}: ${JSON.stringify(act)}\n${found.map((one) => `  ${one}`).join('\n')}`);
    this.name = 'StrikeError';
  }
}

/** Repairs the deployment as an operator does after a crash. @returns what could not be repaired. */
async function repair({ fleet: { tenants, migrations } }: Lane): Promise<readonly string[]> {
  const { failed, busy } = await tenants.repair();
  const found = [
    ...failed.map(({ slug, error }) => `${slug} cannot be repaired: ${error}`),
    ...busy.map((slug) => `A dead process holds the lock of ${slug}.`),
  ];
  for (const { id, state } of await migrations.runs({ limit: 3 })) {
    if (state !== 'running' || id === undefined) continue;
    try {
      const { failures } = await migrations.resume(id);
      found.push(...failures.map(({ label, error }) => `The run fails in ${label}: ${error}`));
    } catch (error) {
      found.push(`The run ${id} cannot be resumed: ${error}`);
    }
  }
  return found;
}
