import { Deployment } from '../harness/deployment.mjs';
import { Fleet } from '../harness/fleet.mjs';
import { table } from '../harness/report.mjs';
import { readTenants } from '../harness/tenants.mjs';
import { measureBackends } from './backends.mjs';
import { measureHeap } from './heap.mjs';
import { planOf } from './plan.mjs';

/** What a tenant costs in memory. See bench/README.md. */
export const bench = { maxConnections: 50, plan: planOf, run };

async function run(plan, { database, cleanUp, log }) {
  const { admin } = database;
  const fleet = await Fleet.open(database);
  const deployment = await Deployment.open(database);
  // One more for the heap's measure, which warms up on a tenant that is not counted.
  await fleet.growTo(Math.max(plan.heapTenants + 1, ...plan.schemas));
  await deployment.growTo(fleet.size);
  log(`${fleet.size} tenants in the database.`);
  const tenants = await readTenants(admin, Math.max(...plan.schemas));

  const backends = await measureBackends(plan.schemas, tenants, { deployment, admin, log });
  const heap = await measureHeap(plan.heapTenants, { deployment, cleanUp, log });
  return { rows: [...backends, ...heap], raw: {}, text: `${backendText(backends)}\n\n${heapText(heap)}` };
}

function backendText(rows) {
  const mb = (kb) => (kb / 1_024).toFixed(2);
  const columns = [
    { title: 'variant', left: true, of: (row) => row.variant },
    { title: 'schemas', of: (row) => String(row.schemas) },
    { title: 'processes', of: (row) => String(row.connections) },
    { title: 'recycled', of: (row) => String(row.recycled) },
    { title: 'MB each: min', of: (row) => mb(row.privateKb.min) },
    { title: 'median', of: (row) => mb(row.privateKb.median) },
    { title: 'max', of: (row) => mb(row.privateKb.max) },
  ];
  return `Private memory of a server process, after each connection has worked in that many schemas:\n\n${table(rows, columns, ({ variant }) => variant)}`;
}

function heapText(rows) {
  const columns = [
    { title: 'variant', left: true, of: (row) => row.variant },
    { title: 'tenants', of: (row) => String(row.tenants) },
    { title: 'connections', of: (row) => String(row.connections) },
    { title: 'bytes per tenant', of: (row) => String(row.bytesPerTenant) },
  ];
  return `Heap of the app that stays taken per tenant touched:\n\n${table(rows, columns)}`;
}
