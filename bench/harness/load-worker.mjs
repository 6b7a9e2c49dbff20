import { findForeignRows, probeFirstRequests, runLoad } from './load.mjs';
import { runOpenLoad } from './open-load.mjs';
import { serveTasks } from './serve-tasks.mjs';

/** The process of the load generator: runs the loads that it gets over IPC, until it gets stop. */
const tasks = {
  load: runLoad,
  'open-load': runOpenLoad,
  probe: probeFirstRequests,
  verify: findForeignRows,
  cpu: async () => process.cpuUsage(),
};

serveTasks(tasks);
