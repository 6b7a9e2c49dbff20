import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { spread } from './statistics.mjs';

const SAMPLE_MS = 100;

/**
 * The share of CPU time that other processes use while the bench is idle. A high share makes the
 * comparison unreliable.
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

/** Above this share the figures are not reliable. */
const QUIET = 0.05;

/**
 * A sentence about the CPU time that other processes used between the cells.
 *
 * @param {ReadonlyArray<{ foreignLoad: number }>} cells
 */
export function noiseOf(cells) {
  const foreign = spread(cells.map(({ foreignLoad }) => foreignLoad));
  if (!foreign) return 'How much others took of the machine was not measured.';
  const percent = (share) => `${Math.round(share * 100)} %`;
  const found = `Between the cells others took ${percent(foreign.median)} of the machine (median; at most ${percent(foreign.max)}).`;
  return foreign.median > QUIET
    ? `${found} That is too much: run it again when the machine is quiet.`
    : found;
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
