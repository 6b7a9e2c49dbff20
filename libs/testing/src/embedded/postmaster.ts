import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { codeOf } from './system-error.js';

/** A PostgreSQL server that runs on a data directory. */
export interface Postmaster {
  readonly pid: number;
  /** The process that started it: true when that process still lives. */
  readonly owned: boolean;
}

/** A setting on the server's command line, with the id of the process that started it. */
export const OWNER_SETTING = 'rowhouse.owner';

/**
 * Looks for a server left on `dataDir`, by the lock file it keeps there (its first line is a process id).
 *
 * The process id alone proves nothing: after a crash another process may have it. The process counts only when its
 * command line names this data directory.
 */
export async function findPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const pid = await readLockFilePid(dataDir);
  if (pid === undefined) return undefined;
  const found = await describeProcess(pid);
  if (!found?.command.includes(dataDir)) return undefined;
  // The owner is alive exactly as long as it is the parent: an orphan gets a new parent.
  const owned = found.command.includes(`${OWNER_SETTING}=${found.parentPid} `);
  return { pid, owned };
}

/**
 * Makes PostgreSQL ignore a stale lock file. It ignores one whose process is gone, but refuses to start when another
 * process has that id now. It makes an exception for the id of its own parent, so that id is written here. The other
 * safeguard in the file, the shared memory block of surviving backends, stays in force.
 *
 * Call only when {@link findPostmaster} found nothing.
 */
export async function releaseStaleLock(dataDir: string): Promise<void> {
  const pid = await readLockFilePid(dataDir);
  if (pid === undefined || !isAlive(pid)) return;
  const path = join(dataDir, 'postmaster.pid');
  const [, ...rest] = (await readFile(path, 'utf8')).split('\n');
  await writeFile(path, [process.pid, ...rest].join('\n'));
}

/**
 * Ends server processes whose postmaster was killed. Idle ones end without help; one with a running statement finishes
 * it first, and until then no new server can start.
 *
 * They are found through /proc, by their working directory, so only on Linux. Call only when {@link findPostmaster}
 * found nothing.
 */
export async function endLeftBehindBackends(dataDir: string): Promise<void> {
  const entries = await readdir('/proc').catch((): string[] => []);
  for (const pid of entries.map(Number).filter(Number.isInteger)) {
    const directory = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
    if (directory !== dataDir) continue;
    const { command } = (await describeProcess(pid)) ?? { command: '' };
    if (command.startsWith('postgres: ')) signal(pid, 'SIGTERM');
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

async function readLockFilePid(dataDir: string): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return pid > 0 ? pid : undefined;
}

/** Whether there is a process with this id, of any user. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

interface ProcessDescription {
  readonly parentPid: number;
  /** The command line, with a space after each argument. Empty for a zombie process. */
  readonly command: string;
}

/** On Linux from /proc, because small containers have no `ps`; on other Unixes from `ps`. */
async function describeProcess(pid: number): Promise<ProcessDescription | undefined> {
  if (process.platform === 'win32') return undefined;
  return process.platform === 'linux' ? describeFromProc(pid) : describeFromPs(pid);
}

async function describeFromProc(pid: number): Promise<ProcessDescription | undefined> {
  try {
    const [command, stat] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // After the name in parentheses, which may contain any character: state, parent (manual page proc_pid_stat(5)).
    const parentPid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return { parentPid, command: command.replaceAll('\0', ' ') };
  } catch {
    return undefined;
  }
}

async function describeFromPs(pid: number): Promise<ProcessDescription | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'ppid=,command=', '-p', String(pid)]);
    const [, parentPid, command] = /^\s*(\d+)\s+(.*)$/m.exec(stdout) ?? [];
    return command === undefined ? undefined : { parentPid: Number(parentPid), command: `${command} ` };
  } catch {
    return undefined;
  }
}

const ESCALATE_AFTER_MS = 10_000;
const POLL_MS = 20;

/**
 * Stops a server that is not our child: fast shutdown first (SIGINT), by force after ten seconds (SIGQUIT, then
 * SIGKILL).
 */
export async function stopPostmaster(dataDir: string, pid: number): Promise<void> {
  const harsher: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGKILL'];
  for (const name of harsher) {
    signal(pid, name);
    for (let waitedMs = 0; waitedMs < ESCALATE_AFTER_MS; waitedMs += POLL_MS) {
      if ((await findPostmaster(dataDir))?.pid !== pid) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
