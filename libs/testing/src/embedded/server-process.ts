import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { DataDirectory } from './data-location.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { serverEnvironment } from './server-environment.js';
import { credentialsOf } from './service-account.js';

/** A standby says `read-only connections`. */
const READY = /database system is ready to accept (?:read-only )?connections/;
const LOG_LINES_KEPT = 50;
const ESCALATE_AFTER_MS = 10_000;

/** The result of a start: a server, or the log of the server that failed. */
export type StartResult =
  | { readonly server: ServerProcess }
  | { readonly server: undefined; readonly log: string };

/** A running `postgres`, a child of this process in a process group of its own, so that Ctrl-C does not reach it. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly guard: ChildProcess | undefined,
    private readonly dataDir: string,
    private readonly pgCtl: string,
  ) {}

  /** @param throwAway - a directory to delete if this process dies without stopping the server. */
  static async start(
    binaries: PostgresBinaries,
    directory: DataDirectory,
    settings: Readonly<Record<string, string>>,
    throwAway: string | undefined,
  ): Promise<StartResult> {
    const args = [
      '-D',
      directory.path,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
    const child = spawn(binaries.postgres, args, {
      cwd: directory.path,
      env: serverEnvironment(dirname(directory.path)),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      ...credentialsOf(directory.account),
    });
    const guard = startGuard(child, directory, throwAway);
    const log: string[] = [];
    const lines = createInterface({ input: child.stderr });
    const ready = await new Promise<boolean>((resolve) => {
      lines.on('line', (line) => {
        log.push(line);
        if (log.length > LOG_LINES_KEPT) log.shift();
        if (READY.test(line)) resolve(true);
      });
      child.once('error', (error) => {
        log.push(error.message);
        resolve(false);
      });
      child.once('close', () => resolve(false));
    });
    const server = new ServerProcess(child, guard, directory.path, binaries.pgCtl);
    if (!ready) {
      server.releaseGuard();
      return { server: undefined, log: log.join('\n') };
    }
    server.letProcessExit();
    return { server };
  }

  /**
   * Stops the server by a fast shutdown: transactions are rolled back, connections closed. By force after ten seconds.
   */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.ref();
      const exited = once(this.child, 'exit');
      await this.askToStop();
      const escalation = setTimeout(() => this.child.kill('SIGQUIT'), ESCALATE_AFTER_MS);
      await exited;
      clearTimeout(escalation);
    }
    this.releaseGuard();
  }

  private async askToStop(): Promise<void> {
    if (process.platform !== 'win32') {
      this.child.kill('SIGINT');
      return;
    }
    // Windows has no signals; pg_ctl uses other means.
    await promisify(execFile)(this.pgCtl, ['stop', '-D', this.dataDir, '-m', 'fast']);
  }

  /** Lets this process exit while the server runs; the guard stops the server then. */
  private letProcessExit(): void {
    this.child.unref();
    for (const stream of [this.child.stderr, this.guard?.stdin]) {
      if (stream && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
    }
    this.guard?.unref();
  }

  private releaseGuard(): void {
    this.guard?.stdin?.end('released\n');
  }
}

/**
 * Waits for a line or for the end of its input. The end without a line means that the parent process died, by whatever
 * signal. Then the script stops the server and deletes the temporary directory.
 */
const GUARD_SCRIPT = `
read -r line && exit 0
kill -INT "$1"
[ -n "$2" ] || exit 0
tries=0
while [ $tries -lt 300 ] && kill -0 "$1" 2>/dev/null; do sleep 0.1 || sleep 1; tries=$((tries + 1)); done
rm -rf -- "$2"
`;

function startGuard(
  child: ChildProcess,
  directory: DataDirectory,
  throwAway: string | undefined,
): ChildProcess | undefined {
  if (process.platform === 'win32' || child.pid === undefined) return undefined;
  const guard = spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'rowhouse-guard', String(child.pid), throwAway ?? ''], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    ...credentialsOf(directory.account),
  });
  // Without a guard (no /bin/sh) the next start on the same data directory still recovers.
  guard.once('error', () => undefined);
  guard.stdin?.once('error', () => undefined);
  return guard;
}
