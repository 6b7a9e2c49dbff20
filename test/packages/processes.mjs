import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const directories = new Set();
const groups = new Set();

// However this process ends, it leaves no files and no processes behind.
process.on('exit', () => {
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

/** A directory that is deleted when this process ends. Other users may read it, because PostgreSQL may run as another user. */
export function temporaryDirectory(name) {
  const directory = mkdtempSync(join(tmpdir(), `rowhouse-${name}-`));
  chmodSync(directory, 0o755);
  directories.add(directory);
  return directory;
}

/** Removes the environment variables that `npm run` sets, because npm in another directory must not use them. */
function environment(extra) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|config_(local_prefix|workspace))/.test(name),
  );
  return { ...Object.fromEntries(inherited), NO_COLOR: '1', FORCE_COLOR: '0', ...extra };
}

/**
 * Runs a program to its end.
 *
 * @returns {Promise<string>} what it wrote to stdout.
 * @throws when it does not exit with 0; the message holds what it wrote.
 */
export async function run(command, args, { cwd, env = {} }) {
  const child = spawn(command, args, { cwd, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [code, signal] = await once(child, 'close');
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}.\n${stdout}${stderr}`);
}

/** Runs npm without audit, funding and update messages. */
export function npm(args, options) {
  return run(
    'npm',
    [...args, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'],
    options,
  );
}

/**
 * Starts a program that keeps running, in a process group of its own, as a terminal does.
 *
 * @returns a {@link RunningProgram}.
 */
export function start(command, args, { cwd, env = {} }) {
  return new RunningProgram(
    spawn(command, args, { cwd, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'], detached: true }),
  );
}

class RunningProgram {
  #child;
  #lines = [];
  #waiting = new Set();
  #exit;

  constructor(child) {
    this.#child = child;
    groups.add(child.pid);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#hear(line));
    }
    this.#exit = once(child, 'close').then(([code, signal]) => {
      for (const waiter of this.#waiting) waiter();
      return { code, signal };
    });
  }

  /** The process that was started, which leads the group. */
  get pid() {
    return this.#child.pid;
  }

  /** The output so far. */
  get output() {
    return this.#lines.join('\n');
  }

  /**
   * The first line that matches.
   *
   * @throws when it ends, or `limitMs` pass, without one.
   */
  async line(pattern, limitMs) {
    const deadline = Date.now() + limitMs;
    for (let seen = 0; ; ) {
      for (; seen < this.#lines.length; seen += 1) {
        const match = pattern.exec(this.#lines[seen]);
        if (match) return match;
      }
      if (this.#child.exitCode !== null || this.#child.signalCode !== null || Date.now() > deadline) {
        throw new Error(`No line ${pattern} in what it wrote:\n${this.output}`);
      }
      await this.#news(deadline - Date.now());
    }
  }

  /** Sends a signal to the whole group, as Ctrl-C in a terminal does. */
  signalGroup(signal) {
    signalGroup(this.pid, signal);
  }

  /**
   * How it ended: `{ code, signal }`.
   *
   * @throws when it still runs after `limitMs`.
   */
  async ended(limitMs) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`Still running after ${limitMs} ms:\n${this.output}`)),
        limitMs,
      );
    });
    try {
      const exit = await Promise.race([this.#exit, late]);
      groups.delete(this.pid);
      return exit;
    } finally {
      clearTimeout(timer);
    }
  }

  #hear(line) {
    this.#lines.push(line);
    for (const waiter of this.#waiting) waiter();
  }

  #news(limitMs) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, limitMs));
      this.#waiting.add(done);
    });
  }
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
