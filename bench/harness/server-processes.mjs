import { readFile } from 'node:fs/promises';

const PRIVATE = /^Private_(?:Clean|Dirty): +(\d+) kB$/gm;

/**
 * The private memory of each server process of some logins, in KB: what would be freed if the process ended.
 * Shared buffers are not in it. From /proc (Linux manual, proc_pid_smaps(5)), so the server must be on this machine.
 *
 * @param {import('pg').Pool} admin
 * @param {readonly string[]} logins
 * @returns {Promise<number[]>}
 */
export async function privateMemoryKb(admin, logins) {
  const { rows } = await admin.query('select pid from pg_stat_activity where usename = any($1)', [logins]);
  return Promise.all(rows.map(({ pid }) => privateKbOf(pid)));
}

async function privateKbOf(pid) {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch((error) => {
    throw new Error(
      `The memory of server process ${pid} cannot be read (${error.code}): this bench needs Linux, a server on this ` +
        "machine, and the server's user or root. Without DATABASE_URL the embedded server is all that.",
    );
  });
  return [...text.matchAll(PRIVATE)].reduce((sum, [, kb]) => sum + Number(kb), 0);
}

/**
 * CPU time of each server process of some logins since its start, in microseconds, by process id. Empty where it cannot be
 * read: elsewhere than on Linux, or with the server on another machine.
 *
 * @returns {Promise<Map<number, number>>}
 */
export async function serverCpuUs(admin, logins) {
  const { rows } = await admin.query('select pid from pg_stat_activity where usename = any($1)', [logins]);
  const times = await Promise.all(rows.map(async ({ pid }) => [pid, await cpuUsOf(pid)]));
  return new Map(times.filter(([, us]) => us !== undefined));
}

/** The first number of schedstat: nanoseconds on a processor (Linux, Documentation/scheduler/sched-stats). */
async function cpuUsOf(pid) {
  const text = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text.split(' ')[0]) / 1_000;
}
