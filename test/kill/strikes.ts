import { setTimeout as delay } from 'node:timers/promises';
import type { Act } from './act.js';
import type { Lane } from './lane.js';
import type { Random } from './random.js';
import type { Release } from './releases.js';
import type { Tally } from './tally.js';
import { type End, type Failure, Victim } from './victim.js';
import type { Weapon } from './weapons.js';

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
  /** Whether the work is there after the repair: for the table. */
  readonly isDone?: () => Promise<boolean>;
}

export interface StrikesOptions {
  readonly lane: Lane;
  readonly worker: string;
  readonly weapon: Weapon;
  readonly random: Random;
  /** How many strikes must hit work in progress. */
  readonly wanted: number;
  readonly tally: Tally;
}

/** Work that has not ended by then never will, on any machine. */
const HANGING_MS = 300_000;

/** Strikes at random points of the work of victims, repairs the deployment, and checks it. */
export class Strikes {
  readonly #options: StrikesOptions;
  /** Has loaded its program and waits, so that a strike need not wait for it. */
  #waiting: Victim | undefined;
  /** How far the weapon has counted at the end of work that nothing interrupted. */
  readonly #lengths = new Map<string, number>();
  #landed = 0;

  constructor(options: StrikesOptions) {
    this.#options = options;
    this.#waiting = this.#newVictim();
  }

  get landed(): number {
    return this.#landed;
  }

  get isOver(): boolean {
    return this.#landed >= this.#options.wanted;
  }

  /**
   * The first victim of a label is left alone, to measure its work; the others are struck within that.
   *
   * @throws {StrikeError} when the deployment is inconsistent afterwards, or a victim does not say what happened.
   */
  async on(target: Target): Promise<void> {
    const { label, act, release, seeds = false, recover, check, isDone } = target;
    const { lane, random, weapon, tally } = this.#options;
    const victim = this.#waiting ?? this.#newVictim();
    // To load a program takes most of what a strike costs: none is begun that may have nothing to do.
    this.#waiting = this.#landed + 1 < this.#options.wanted ? this.#newVictim() : undefined;
    const length = this.#lengths.get(label);
    const at = length === undefined ? undefined : random() * length;
    try {
      await victim.begin({
        address: lane.address,
        settings: { release: release ?? lane.release, seeds },
        act,
      });
      const { isHit, end, progress } = await this.#struck(victim, label, at);
      await weapon.mend();
      await victim.kill();
      await victim.whenForgotten(lane.server);
      if (end.how === 'ended' && !isHit) this.#lengths.set(label, progress);
      const problem = this.#problemOf(isHit, end, victim);
      await recover?.();
      const found = [...problem, ...(await repair(lane)), ...(await check())];
      if (found.length > 0) throw new StrikeError(weapon, act, at, found);
      if (!isHit) return;
      this.#landed += 1;
      tally.add({ label, weapon: weapon.name, said: saidBy(end), isDone: await isDone?.() });
    } finally {
      await victim.kill();
    }
  }

  async end(): Promise<void> {
    await this.#waiting?.kill();
  }

  async #struck(
    victim: Victim,
    label: string,
    at: number | undefined,
  ): Promise<{ readonly isHit: boolean; readonly end: End; readonly progress: number }> {
    const { weapon } = this.#options;
    const over = new AbortController();
    weapon.begin();
    const strike = at === undefined ? undefined : weapon.strike(at, victim, over.signal);
    const hanging = delay(HANGING_MS, undefined, { signal: over.signal, ref: false }).then(
      () => Promise.reject(new Error(`${label} has not ended ${HANGING_MS} ms after ${weapon.name}.`)),
      () => new Promise<never>(() => {}),
    );
    try {
      const end = await Promise.race([victim.end(), hanging]);
      const progress = weapon.progress();
      over.abort();
      const isHit = (await strike) === true && (end.how === 'gone') === weapon.isDeadly;
      return { isHit, end, progress };
    } finally {
      over.abort();
    }
  }

  /** What a victim should not have done. */
  #problemOf(isHit: boolean, end: End, victim: Victim): readonly string[] {
    const { weapon } = this.#options;
    if (end.how === 'gone' && !(isHit && weapon.isDeadly)) return [`The process crashed:\n${victim.errors}`];
    if (end.how !== 'failed') return [];
    const { failure } = end;
    if (isHit && !weapon.isDeadly && isClear(failure)) return [];
    // DROP DATABASE fails if a session is still connected after five seconds; the repair then drops the database.
    if (failure.code === OBJECT_IN_USE) return [];
    return [`The work failed${isHit ? ', and did not say why' : ' by itself'}:\n${failure.stack}`];
  }

  #newVictim(): Victim {
    const { worker, random } = this.#options;
    return new Victim(worker, { isMissedAtOnce: random() < 0.5 });
  }
}

const OBJECT_IN_USE = '55006';

/**
 * Codes of errors that say that the connection is lost, the server is not there, or the work was stopped: SQLSTATEs (manual,
 * appendix A), the system's, and Rowhouse's own.
 */
const CLEAR_CODE = /^(stopped|53100|57P0[1-4]|08\d{3}|ECONNRESET|ECONNREFUSED|EPIPE|[A-Z]+(_[A-Z]+)+)$/;
/** Of pg, which has no codes. */
const CLEAR_MESSAGE =
  /Connection terminated|Client has encountered a connection error|lost with its connection/i;

/** Of Rowhouse, but of no fault: what follows from an error that nobody was told of. */
const UNCLEAR_CODES: readonly string[] = ['ISOLATION_VIOLATION', 'TENANT_CONTEXT_MISSING'];

function isClear({ code, message }: Failure): boolean {
  if (code !== undefined && UNCLEAR_CODES.includes(code)) return false;
  return code === undefined ? CLEAR_MESSAGE.test(message) : CLEAR_CODE.test(code);
}

/** For the table. */
function saidBy(end: End): string {
  if (end.how === 'gone') return 'nothing';
  return end.how === 'failed' ? (end.failure.code ?? 'connection lost') : 'done';
}

/** The deployment was inconsistent after a strike and the repair. */
export class StrikeError extends Error {
  constructor(weapon: Weapon, act: Act, at: number | undefined, found: readonly string[]) {
    const when = at === undefined ? 'Nothing struck' : `${weapon.name}, at ${at.toFixed(1)}`;
    super(`${when}: ${JSON.stringify(act)}\n${found.map((one) => `  ${one}`).join('\n')}`);
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
