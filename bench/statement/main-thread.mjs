import { readFileSync } from 'node:fs';

const SCHEDSTAT = `/proc/self/task/${process.pid}/schedstat`;

/**
 * CPU time of the main thread in milliseconds. What other threads and other processes take is not in it.
 *
 * Before Node 23.9 it comes from Linux (Documentation/scheduler/sched-stats), which counts in ticks of some milliseconds.
 */
export function mainThreadCpuMs() {
  if (process.threadCpuUsage) {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  }
  try {
    return Number(readFileSync(SCHEDSTAT, 'latin1').split(' ')[0]) / 1e6;
  } catch (error) {
    throw new Error(
      `The CPU time of a thread cannot be read (${error.code}): this bench needs Linux or a newer Node.`,
    );
  }
}

/** CPU time of the process in microseconds, all threads. */
export function processCpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * Runs `work` while the event loop turns as fast as it can.
 *
 * @returns the longest turn, in milliseconds of the main thread's CPU: for so long nobody else was served.
 */
export async function longestStallMs(work) {
  let longest = 0;
  let last;
  let ended = false;
  const turn = () => {
    const now = mainThreadCpuMs();
    if (last !== undefined) longest = Math.max(longest, now - last);
    last = now;
    if (!ended) setImmediate(turn);
  };
  await new Promise((resolve, reject) => {
    turn();
    setImmediate(() => {
      Promise.resolve(work()).then(resolve, reject);
    });
  });
  await new Promise(setImmediate);
  ended = true;
  return longest;
}
