import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WireFault } from '../support/wire-tap.js';
import type { Lane } from './lane.js';
import type { Random } from './random.js';
import type { Victim } from './victim.js';

/** What fails while a victim works. */
export interface Weapon {
  readonly name: string;
  /** Whether the victim is killed by it, instead of having to say what happened. */
  readonly isDeadly: boolean;
  /** The work begins. */
  begin(): void;
  /** How far it has come: in milliseconds, or in bytes. */
  progress(): number;
  /**
   * Strikes when the work has come so far.
   *
   * @param over - aborted when the work has ended.
   * @returns whether it has struck.
   */
  strike(progress: number, victim: Victim, over: AbortSignal): Promise<boolean>;
  /** What it has struck works again. */
  mend(): Promise<void>;
}

abstract class TimedWeapon {
  #began = 0;

  begin(): void {
    this.#began = performance.now();
  }

  progress(): number {
    return performance.now() - this.#began;
  }

  /** @returns `false` when the work has ended before. */
  protected comesTo(progress: number, over: AbortSignal): Promise<boolean> {
    return delay(Math.max(0, progress - this.progress()), true, { signal: over }).catch(() => false);
  }
}

/** `kill -9` of the victim. */
export class KilledProcess extends TimedWeapon implements Weapon {
  readonly name = 'kill -9 of the process';
  readonly isDeadly = true;

  async strike(progress: number, victim: Victim, over: AbortSignal): Promise<boolean> {
    if (!(await this.comesTo(progress, over))) return false;
    await victim.kill();
    return true;
  }

  async mend(): Promise<void> {}
}

/** `kill -9` of the postmaster. Its children follow; another one recovers the same data directory. */
export class KilledServer extends TimedWeapon implements Weapon {
  readonly name = 'kill -9 of the server';
  readonly isDeadly = false;

  constructor(private readonly lane: Lane) {
    super();
  }

  async strike(progress: number, _: Victim, over: AbortSignal): Promise<boolean> {
    if (!(await this.comesTo(progress, over))) return false;
    const lock = await readFile(join(ownServer(this.lane).dataDir, 'postmaster.pid'), 'utf8');
    process.kill(Number.parseInt(lock, 10), 'SIGKILL');
    return true;
  }

  mend(): Promise<void> {
    return ownServer(this.lane).restart();
  }
}

/** `kill -9` of a backend of the victim. The postmaster ends all others, and recovers by itself. */
export class KilledBackend extends TimedWeapon implements Weapon {
  readonly name = 'kill -9 of a backend';
  readonly isDeadly = false;
  #struckAt: Date | undefined;

  constructor(
    private readonly lane: Lane,
    private readonly random: Random,
  ) {
    super();
  }

  async strike(progress: number, { applicationName }: Victim, over: AbortSignal): Promise<boolean> {
    if (!(await this.comesTo(progress, over))) return false;
    const { rows } = await this.lane.server.query<{ pid: number; now: Date }>(
      'select pid, clock_timestamp() as now from pg_stat_activity where application_name = $1 order by pid',
      [applicationName],
    );
    const found = rows[Math.floor(this.random() * rows.length)];
    if (!found) return false;
    process.kill(found.pid, 'SIGKILL');
    this.#struckAt = found.now;
    return true;
  }

  /** The server answers for a while until it has found out. */
  async mend(): Promise<void> {
    const struckAt = this.#struckAt;
    this.#struckAt = undefined;
    if (struckAt) await ownServer(this.lane).whenRecovered(struckAt);
  }
}

/** The disk of the WAL is full. PostgreSQL ends itself when it needs more of it, and does not recover before there is room. */
export class FullWalDisk extends TimedWeapon implements Weapon {
  readonly name = 'full disk of the WAL';
  readonly isDeadly = false;

  constructor(private readonly lane: Lane) {
    super();
  }

  async strike(progress: number, _: Victim, over: AbortSignal): Promise<boolean> {
    if (!(await this.comesTo(progress, over))) return false;
    await diskOf(this.lane).fill(0);
    // Some segments were made before.
    const next = "select pg_logical_emit_message(false, 'kill', ''), pg_switch_wal()";
    try {
      while (!over.aborted) await this.lane.server.query(next);
      return false;
    } catch {
      return true;
    }
  }

  async mend(): Promise<void> {
    await diskOf(this.lane).clear();
    await ownServer(this.lane).restart();
  }
}

/** The victim's connections are reset in the middle of a message, or freeze; then its operator cancels the work. */
export class FailingWire implements Weapon {
  readonly name: string;
  readonly isDeadly = false;

  constructor(
    private readonly lane: Lane,
    private readonly fault: WireFault,
  ) {
    this.name = fault === 'cut' ? 'connections cut' : 'connections frozen, and cancelled';
  }

  begin(): void {
    this.lane.wire.reset();
  }

  progress(): number {
    return this.lane.wire.bytes;
  }

  async strike(progress: number, victim: Victim, over: AbortSignal): Promise<boolean> {
    const ended = new Promise<boolean>((resolve) => over.addEventListener('abort', () => resolve(false)));
    const failed = this.lane.wire.failAfter(progress, this.fault).then(() => true);
    const hasFailed = await Promise.race([failed, ended]);
    if (hasFailed && this.fault === 'freeze') victim.stop();
    return hasFailed;
  }

  async mend(): Promise<void> {
    this.lane.wire.mend();
  }
}

function ownServer({ ownServer: server, address }: Lane) {
  if (!server) throw new Error(`The lane of ${address.ownerUrl} has no server of its own.`);
  return server;
}

function diskOf(lane: Lane) {
  const { walDisk } = ownServer(lane);
  if (!walDisk) throw new Error(`The WAL of ${lane.address.ownerUrl} has no disk of its own.`);
  return walDisk;
}
