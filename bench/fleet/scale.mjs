import { Child } from '../harness/child.mjs';
import { sampleForeignLoad } from '../harness/machine.mjs';
import { privateMemoryKb } from '../harness/server-processes.mjs';
import { openBenchDeployment } from './bench-deployment.mjs';
import { SCALE } from './plan.mjs';

const WORKER = new URL('./scale-worker.mjs', import.meta.url);
/** A step over thousands of tenants can take long. */
const TIMEOUT_MS = 3_600_000;
const MEMORY_SAMPLE_MS = 1_000;

const STEPS = ['create', 'migrate', 'revert'];

/**
 * Creates tenants, runs one more migration, and reverts it. Each number of tenants has its own database and process, so that
 * no measurement profits from the caches of another.
 *
 * @param {import('./plan.mjs').Plan} plan
 */
export async function measureScale({ scale, concurrency }, { database, cleanUp, log }) {
  const measured = [];
  for (const tenants of scale.tenants) {
    const deployment = await openBenchDeployment(database, `scale_${tenants}`, cleanUp);
    const worker = await Child.start({ name: 'the operator', file: WORKER, cleanUp });
    const memory = watchServer(database.admin, deployment.logins);
    const task = { deployment, tenants, migrations: scale.migrations, concurrency };
    const row = { variant: SCALE, tenants, migrations: scale.migrations };
    const foreignLoads = [];
    for (const step of STEPS) {
      foreignLoads.push(await sampleForeignLoad());
      const ms = await worker.ask(step, task, TIMEOUT_MS);
      row[step] = { ms: Math.round(ms), perTenant: { ms: Number((ms / tenants).toFixed(2)) } };
      log(`  ${tenants} tenants: ${step} ${(ms / tenants).toFixed(2)} ms a tenant`);
    }
    row.peakKb = { operator: await worker.ask('peak'), serverProcess: await memory.stop() };
    await worker.stop();
    await deployment.drop();
    measured.push({ row, cells: foreignLoads.map((foreignLoad) => ({ foreignLoad })) });
  }
  return measured;
}

/** Samples the private memory of the logins' server processes, and keeps the largest value. */
function watchServer(admin, logins) {
  let peakKb = 0;
  let failure;
  const look = async () => {
    peakKb = Math.max(peakKb, ...(await privateMemoryKb(admin, logins)));
  };
  const timer = setInterval(() => look().catch((error) => (failure = error)), MEMORY_SAMPLE_MS);
  return {
    async stop() {
      clearInterval(timer);
      if (failure) throw failure;
      return peakKb;
    },
  };
}
