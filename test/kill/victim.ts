import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Act, Job } from './act.js';

type Word = 'ready' | 'begun' | 'ended';

/** How a victim ended. */
export interface Death {
  /** Whether the work was in progress. */
  readonly isHit: boolean;
  /** The duration of the work in milliseconds, if it was not interrupted. */
  readonly workedMs: number | undefined;
}

let count = 0;

/** A process that does one piece of work and is killed. */
export class Victim {
  /** The `application_name` of its connections. */
  readonly applicationName = `kill_${process.pid}_${++count}`;
  readonly #process: ChildProcess;
  readonly #heard = new Map<Word, number>();
  readonly #gone: Promise<unknown>;
  #listeners: Array<() => void> = [];
  #errors = '';

  /**
   * It loads its program and waits.
   *
   * @param options.isMissedAtOnce - the server breaks off what it does for the victim when that is dead. By itself it would
   *   end the statement first (manual, 19.3 "client_connection_check_interval").
   */
  constructor(worker: string, { isMissedAtOnce }: { readonly isMissedAtOnce: boolean }) {
    const PGOPTIONS = isMissedAtOnce ? '-c client_connection_check_interval=1ms' : '';
    this.#process = spawn(process.execPath, [worker], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', PGOPTIONS },
    });
    this.#gone = once(this.#process, 'close');
    this.#process.stderr?.on('data', (chunk) => {
      this.#errors += chunk;
    });
    createInterface(this.#process.stdout as NonNullable<ChildProcess['stdout']>).on('line', (word) => {
      this.#heard.set(word as Word, performance.now());
      for (const wake of this.#listeners.splice(0)) wake();
    });
    this.#process.once('close', () => {
      for (const wake of this.#listeners.splice(0)) wake();
    });
  }

  /** Starts the work and kills the victim after a time; without a time, when the work is done. @throws when the work fails. */
  async killed(
    job: Omit<Job, 'settings'> & { settings: Omit<Job['settings'], 'applicationName'> },
    afterMs?: number,
  ): Promise<Death> {
    await this.#hear('ready');
    const settings = { ...job.settings, applicationName: this.applicationName };
    this.#process.stdin?.write(`${JSON.stringify({ ...job, settings } satisfies Job)}\n`);
    await this.#hear('begun');
    if (afterMs === undefined) await Promise.race([this.#hear('ended'), this.#gone]);
    else await Promise.race([delay(afterMs), this.#gone]);
    if (this.#isDead && IN_USE.test(this.#errors)) return { isHit: false, workedMs: undefined };
    if (this.#isDead) throw this.#failure(job.act);
    await this.kill();
    const [begun, ended] = [this.#heard.get('begun') ?? 0, this.#heard.get('ended')];
    return { isHit: ended === undefined, workedMs: ended === undefined ? undefined : ended - begun };
  }

  /** Kills it, and waits until it is dead. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#gone;
  }

  /** Waits until the server has noticed that the victim is dead: until then its last statements continue. */
  async whenForgotten(server: Pick<pg.Pool, 'query'>): Promise<void> {
    const deadline = performance.now() + FORGETTING_MS;
    for (;;) {
      const { rows } = await server.query<{ query: string }>(
        'select query from pg_stat_activity where application_name = $1',
        [this.applicationName],
      );
      if (rows.length === 0) return;
      if (performance.now() > deadline)
        throw new Error(`The server goes on for a process that is dead: ${rows[0]?.query}`);
      await delay(3);
    }
  }

  async #hear(word: Word): Promise<void> {
    while (!this.#heard.has(word)) {
      if (this.#isDead && word !== 'ended') throw this.#failure();
      if (this.#isDead) return;
      await new Promise<void>((wake) => this.#listeners.push(wake));
    }
  }

  get #isDead(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  #failure(act?: Act): Error {
    return new Error(
      `A victim failed by itself${act ? `, at ${JSON.stringify(act)}` : ''}:\n${this.#errors}`,
    );
  }
}

/** DROP DATABASE fails if a session is still connected after five seconds; the repair then drops the database. */
const IN_USE = /code: '55006'/;
const FORGETTING_MS = 20_000;
