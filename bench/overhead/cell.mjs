import { serverCpuUs } from '../harness/server-processes.mjs';

/**
 * @typedef {object} Cell what was measured of one variant in one round
 * @property {number} throughput successful answers per second
 * @property {number} answered successful answers, those that came after the time included
 * @property {number} cpuUs CPU time of the app per successful answer
 * @property {number} serverCpuUs CPU time of the app's server processes per successful answer; NaN where unknown
 * @property {number} p50Us
 * @property {number} connections server connections afterwards; 0 where the server is on another machine
 * @property {number} errors
 * @property {Record<string, number>} failures the errors by their reason
 */

/**
 * Puts load on an app, right after its garbage was collected, and measures it. Requests that are still in progress
 * afterwards are waited for.
 *
 * @param {object} contender
 * @param {import('../harness/app-process.mjs').AppProcess} contender.app
 * @param {readonly string[]} contender.logins whose connections are the app's
 * @param {object} load see {@link import('../harness/load.mjs').runLoad}
 * @returns {Promise<Cell>}
 */
export async function measureLoad({ app, logins }, load, { generator, admin }) {
  await app.collectGarbage();
  const serverBefore = await serverCpuUs(admin, logins);
  const cpuBefore = await app.cpuUs();
  const { throughput, answered, p50Us, errors, failures } = await generator.run({ ...load, port: app.port });
  const cpu = (await app.cpuUs()) - cpuBefore;
  const serverAfter = await serverCpuUs(admin, logins);
  return {
    throughput,
    answered,
    cpuUs: cpu / answered,
    serverCpuUs: addedTime(serverBefore, serverAfter) / answered,
    p50Us,
    connections: serverAfter.size,
    errors,
    failures,
  };
}

/** Processes that ended meanwhile are missing; those that began are counted whole. */
function addedTime(before, after) {
  if (after.size === 0) return Number.NaN;
  return [...after].reduce((sum, [pid, us]) => sum + us - (before.get(pid) ?? 0), 0);
}

/** A cell of an app that cannot be measured any more. */
export function failedCell(error) {
  return {
    throughput: 0,
    answered: 0,
    cpuUs: Number.NaN,
    serverCpuUs: Number.NaN,
    p50Us: Number.NaN,
    connections: 0,
    errors: 1,
    failures: { [error.message]: 1 },
  };
}
