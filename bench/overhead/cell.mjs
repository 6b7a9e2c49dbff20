import { countConnections } from '../harness/database.mjs';
import { serverCpuUs } from '../harness/server-processes.mjs';

const LOOK_EVERY_MS = 200;

/**
 * @typedef {object} Cell what was measured of one variant in one round
 * @property {number} throughput successful answers per second
 * @property {number} answered successful answers, those that came after the time included
 * @property {number} cpuUs CPU time of the app per successful answer
 * @property {number} serverCpuUs CPU time of the app's server processes per successful answer; NaN where unknown
 * @property {number} p50Us
 * @property {number} firstUs a tenant's first request, with no other under way
 * @property {number} warmUs the same request repeated
 * @property {number} firstRequest the one as a multiple of the other
 * @property {number} connections the most server connections seen
 * @property {number} foreignLoad the share of the machine that others took right after the cell, 0 to 1
 * @property {number} errors
 * @property {Record<string, number>} failures the errors by their reason
 */

/**
 * Puts load on an app and measures it. Requests that are still in progress afterwards are waited for.
 *
 * @param {object} contender
 * @param {import('../harness/app-process.mjs').AppProcess} contender.app
 * @param {readonly string[]} contender.logins whose connections are the app's
 * @param {object} load see {@link import('../harness/load.mjs').runLoad}
 * @returns {Promise<Omit<Cell, 'firstUs' | 'warmUs' | 'firstRequest' | 'foreignLoad'>>}
 */
export async function measureLoad({ app, logins }, load, { generator, admin }) {
  const serverBefore = await serverCpuUs(admin, logins);
  const cpuBefore = await app.cpuUs();
  const counter = watchConnections(admin, logins);
  let connections;
  let outcome;
  try {
    outcome = await generator.run({ ...load, port: app.port });
  } finally {
    connections = await counter.stop();
  }
  const { throughput, answered, p50Us, errors, failures } = outcome;
  const cpu = (await app.cpuUs()) - cpuBefore;
  const serverCpu = addedTime(serverBefore, await serverCpuUs(admin, logins));
  await app.settle();
  return {
    throughput,
    answered,
    cpuUs: cpu / answered,
    serverCpuUs: serverCpu / answered,
    p50Us,
    connections,
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
    firstUs: Number.NaN,
    warmUs: Number.NaN,
    firstRequest: Number.NaN,
    foreignLoad: Number.NaN,
    connections: 0,
    errors: 1,
    failures: { [error.message]: 1 },
  };
}

/** Counts the connections a few times per second. A query that fails counts none. */
function watchConnections(admin, logins) {
  let most = 0;
  let looking = look();
  async function look() {
    const connections = await countConnections(admin, logins).catch(() => 0);
    most = Math.max(most, connections);
  }
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await looking;
      return most;
    },
  };
}
