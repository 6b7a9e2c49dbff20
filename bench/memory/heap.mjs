import { Child } from '../harness/child.mjs';

const WORKER = new URL('./heap-worker.mjs', import.meta.url);
const TIMEOUT_MS = 300_000;

/** In the order in which the worker touches the tenants; each adds to what was there before. */
const STEPS = ['heap-directory', 'heap-ambient-repository', 'heap-registry'];

/** How much of the app's heap stays taken per tenant touched: by the look-up, and by each way to its data. */
export async function measureHeap(tenants, { deployment, cleanUp, log }) {
  const worker = await Child.start({
    name: 'the heap worker',
    file: WORKER,
    execArgv: ['--expose-gc'],
    cleanUp,
  });
  const { url } = await deployment.createLogin('heap');
  const { bytes, connections, recycled } = await worker.ask(
    'measure',
    { databaseUrl: url, roles: deployment.roles, tenants },
    TIMEOUT_MS,
  );
  await worker.stop();
  const rows = STEPS.map((variant, index) => ({
    variant,
    tenants,
    connections,
    recycled,
    bytesPerTenant: perTenant(bytes[index + 1] - bytes[index], tenants),
  }));
  rows.push({
    variant: 'heap-all',
    tenants,
    connections,
    recycled,
    bytesPerTenant: perTenant(bytes.at(-1) - bytes[0], tenants),
  });
  for (const { variant, bytesPerTenant } of rows) log(`  ${variant}: ${bytesPerTenant} bytes per tenant`);
  return rows;
}

function perTenant(bytes, tenants) {
  return Math.round(bytes / tenants);
}
