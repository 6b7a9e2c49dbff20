import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Job } from './act.js';

export type Word = 'ready' | 'begun' | 'ended' | 'failed';

/** Sent to a victim: its operator cancels the work. */
export const STOP = 'stop';

/** The error that a victim's work ended with. */
export interface Failure {
  /** Of the error: Rowhouse's, an SQLSTATE or the system's; `stopped` when it is the reason of the operator's signal. */
  readonly code: string | undefined;
  readonly message: string;
  readonly stack: string;
}

/** How the work of a victim ended. `gone`: its process did. */
export type End = { readonly how: 'ended' | 'gone' } | { readonly how: 'failed'; readonly failure: Failure };

let count = 0;

/** A process that does one piece of work while something fails, or that is killed. */
export class Victim {
  /** The `application_name` of its connections. */
  readonly applicationName = `kill_${process.pid}_${++count}`;
  readonly #process: ChildProcess;
  readonly #heard = new Set<Word>();
  readonly #gone: Promise<unknown>;
  #failure: Failure | undefined;
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
    // A process that is gone reads nothing more.
    this.#process.stdin?.on('error', () => {});
    createInterface(this.#process.stdout as NonNullable<ChildProcess['stdout']>).on('line', (line) => {
      const [word = ''] = line.split(' ', 1);
      if (word === 'failed') this.#failure = JSON.parse(line.slice(word.length + 1));
      this.#heard.add(word as Word);
      for (const wake of this.#listeners.splice(0)) wake();
    });
    this.#process.once('close', () => {
      for (const wake of this.#listeners.splice(0)) wake();
    });
  }

  /** Resolves when it has begun to work. */
  async begin(job: Omit<Job, 'settings'> & { settings: Omit<Job['settings'], 'applicationName'> }) {
    await this.#hear('ready');
    const settings = { ...job.settings, applicationName: this.applicationName };
    this.#process.stdin?.write(`${JSON.stringify({ ...job, settings } satisfies Job)}\n`);
    await this.#hear('begun');
  }

  /** Resolves when its work ends. */
  async end(): Promise<End> {
    await this.#hear('ended', 'failed');
    if (this.#heard.has('ended')) return { how: 'ended' };
    return this.#failure ? { how: 'failed', failure: this.#failure } : { how: 'gone' };
  }

  /** What it wrote to its standard error. */
  get errors(): string {
    return this.#errors;
  }

  /** Aborts the signal of its work. */
  stop(): void {
    this.#process.stdin?.write(`${STOP}\n`);
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
      await delay(POLL_MS);
    }
  }

  /** Resolves when it has said one of the words, or is gone. @throws when it goes before it works. */
  async #hear(...words: readonly Word[]): Promise<void> {
    while (!words.some((word) => this.#heard.has(word))) {
      if (this.#isDead && !this.#heard.has('begun'))
        throw new Error(`A victim failed before it could work:\n${this.#errors}`);
      if (this.#isDead) return;
      await new Promise<void>((wake) => this.#listeners.push(wake));
    }
  }

  get #isDead(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
}

const FORGETTING_MS = 20_000;
/** Fifteen lanes ask the one server. */
const POLL_MS = 20;
