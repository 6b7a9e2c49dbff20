import { sampleForeignLoad } from '../harness/machine.mjs';
import { pairedRatios, rotated } from '../harness/rounds.mjs';
import { spread } from '../harness/statistics.mjs';
import { openBenchDeployment } from './bench-deployment.mjs';
import { ComparisonDeployment } from './comparison-deployment.mjs';
import { BASELINE, DATABASES, NO_OP, ONE_MIGRATION } from './plan.mjs';

/**
 * Compares migrating a whole fleet with the loop: first with one more migration in each round, then with none.
 *
 * @param {import('./plan.mjs').Plan} plan
 * @returns {Promise<Array<{ row: object, cells: object[] }>>} for each comparison the result of the baseline, then Rowhouse's
 */
export async function compare(plan, { database, cleanUp, log }) {
  const bySchema = [
    { variant: ONE_MIGRATION, tenants: plan.migrated, hasRelease: true },
    { variant: NO_OP, tenants: plan.unchanged, hasRelease: false },
  ];
  const byDatabase = [{ variant: DATABASES, tenants: plan.databases, hasRelease: true }];
  const tools = { database, cleanUp, log };
  return [
    ...(await compareStages('schema', bySchema, plan, tools)),
    ...(await compareStages('database', byDatabase, plan, tools)),
  ];
}

async function compareStages(isolation, all, plan, { database, cleanUp, log }) {
  const stages = all.filter(({ variant }) => plan.variants.includes(variant));
  if (stages.length === 0) return [];
  const deployment = await openBenchDeployment(database, `fleet_${isolation}`, cleanUp);
  const comparison = await ComparisonDeployment.open(deployment, { ...plan, isolation }, cleanUp);
  const measured = [];
  for (const stage of stages) {
    const createMs = await comparison.growTo(stage.tenants);
    await deployment.analyze();
    log(`${stage.tenants} tenants (made in ${createMs.toFixed(1)} ms each).`);
    const cells = await measure(stage, { comparison, rounds: plan.rounds, log });
    for (const variant of [BASELINE, stage.variant])
      measured.push({ row: rowOf(variant, stage, cells, plan), cells: cells.get(variant) });
  }
  await comparison.close();
  await deployment.drop();
  return measured;
}

async function measure({ variant, tenants, hasRelease }, { comparison, rounds, log }) {
  const behind = hasRelease ? tenants : 0;
  const cells = new Map([
    [BASELINE, []],
    [variant, []],
  ]);
  for (let round = 0; round < rounds; round += 1) {
    if (hasRelease) comparison.release();
    for (const contender of rotated([...cells.keys()], round)) {
      const cell = await (contender === BASELINE
        ? comparison.migrateByLoop()
        : comparison.migrateByRowhouse(behind));
      cells.get(contender).push({ ...cell, foreignLoad: await sampleForeignLoad() });
      log(`  round ${round + 1}: ${contender} ${cell.perTenantMs.toFixed(3)} ms a tenant`);
    }
  }
  return cells;
}

function rowOf(variant, { variant: comparedWith, tenants }, cells, { sample }) {
  const own = cells.get(variant);
  const isBaseline = variant === BASELINE;
  const runMs = spread(
    own.map((cell) => cell.runMs),
    1,
  );
  return {
    variant,
    ...(isBaseline && { comparedWith }),
    tenants,
    measuredTenants: isBaseline ? sample : tenants,
    speedup: {
      ratio: spread(pairedRatios(cells.get(BASELINE), own, ({ perTenantMs }) => perTenantMs)),
    },
    perTenant: {
      ms: spread(
        own.map(({ perTenantMs }) => perTenantMs),
        4,
      ),
    },
    ...(runMs && { run: { ms: runMs } }),
  };
}
