import { openBenchDeployment } from '../fleet/bench-deployment.mjs';
import { historyOf } from '../fleet/history.mjs';
import { noiseOf, sampleForeignLoad } from '../harness/machine.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { pairedRatios, runRounds } from '../harness/rounds.mjs';
import { spread } from '../harness/statistics.mjs';
import { BASELINE, planOf } from './plan.mjs';

/** How fast tenants are made. See bench/README.md. */
export const bench = { maxConnections: 100, plan: planOf, run };

/** @param {import('./plan.mjs').Plan} plan */
async function run(plan, { database, cleanUp, log }) {
  // Imported here because it loads the compiled packages, which may not exist before this point.
  const { contendersOf, slugsOf } = await import('./contenders.mjs');
  const { expectSameTables } = await import('./same-tables.mjs');
  const deployment = await openBenchDeployment(database, 'provisioning', cleanUp);
  const contenders = await contendersOf({ deployment, migrations: historyOf(plan.migrations), cleanUp });
  const cells = await runRounds(plan.variants, plan.rounds, async (variant, round) => {
    await deployment.analyze();
    const cell = await contenders.get(variant)(plan.tenants, round);
    log(`  round ${round + 1}: ${variant} ${cell.perTenantMs.toFixed(1)} ms a tenant`);
    return { ...cell, foreignLoad: await sampleForeignLoad() };
  });
  const last = (prefix) => slugsOf(prefix, plan.tenants, plan.rounds - 1).at(-1);
  await expectSameTables(deployment.adminUrl, [
    last('loop'),
    ...plan.variants
      .filter((variant) => variant !== BASELINE)
      .map((variant) => `tenant_${last(variant.replace('rowhouse-', ''))}`),
  ]);
  const rows = plan.variants.map((variant) => rowOf(variant, plan, cells));
  return { rows, raw: { cells: Object.fromEntries(cells) }, text: textOf(rows, [...cells.values()].flat()) };
}

function rowOf(variant, { tenants, migrations }, cells) {
  const own = cells.get(variant);
  const fill = spread(
    own.map(({ fillMs }) => fillMs),
    2,
  );
  return {
    variant,
    tenants,
    migrations,
    speedup: {
      ratio: spread(pairedRatios(cells.get(BASELINE), own, ({ perTenantMs }) => perTenantMs)),
    },
    perTenant: {
      ms: spread(
        own.map(({ perTenantMs }) => perTenantMs),
        2,
      ),
    },
    ...(fill && { fill: { ms: fill } }),
  };
}

function textOf(rows, cells) {
  const [{ tenants, migrations }] = rows;
  const columns = [
    { title: 'variant', left: true, of: (row) => row.variant },
    { title: 'ms a tenant', of: (row) => formatSpread(row.perTenant.ms, 1) },
    { title: 'speedup', of: (row) => formatSpread(row.speedup.ratio, 1) },
    { title: 'beforehand, ms a tenant', of: (row) => formatSpread(row.fill?.ms, 1) },
  ];
  return `min – median – max over the rounds; in each, every variant makes ${tenants} tenants with ${migrations} migrations, one after the other.
speedup: the time of "${BASELINE}" divided by the variant's in the same round. Higher is better.
beforehand: prewarming the homes.

${table(rows, columns)}

${noiseOf(cells)}`;
}
