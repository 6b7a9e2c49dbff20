import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

const SAMPLE_MS = 100;

/**
 * The share of all processor time that is taken at a moment when nothing of ours runs: the work of others,
 * which is what spoils a comparison.
 *
 * @returns {Promise<number>} 0 to 1
 */
export async function sampleForeignLoad() {
  const before = ticks();
  await pause(SAMPLE_MS);
  const after = ticks();
  const all = after.all - before.all;
  return all > 0 ? 1 - (after.idle - before.idle) / all : 0;
}

function ticks() {
  let all = 0;
  let idle = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { all, idle };
}
