import { findForeignRows, probeFirstRequests, runLoad } from './load.mjs';
import { runOpenLoad } from './open-load.mjs';
import { slugOf } from './tenants.mjs';

/** The process of the load generator: runs the loads that it gets over IPC, until it gets stop. */
const tasks = {
  load: runLoad,
  'open-load': runOpenLoad,
  probe: probeFirstRequests,
  verify: (question) => findForeignRows({ ...question, slugOf }),
  cpu: async () => process.cpuUsage(),
  stop: async () => undefined,
};

process.on('message', async ({ id, type, ...question }) => {
  try {
    process.send({ id, result: await tasks[type](question) });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
  if (type === 'stop') process.disconnect();
});
process.once('disconnect', () => process.exit());
process.on('SIGINT', () => {});
process.send({ type: 'ready' });
