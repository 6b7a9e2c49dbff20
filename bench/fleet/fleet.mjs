import { noiseOf } from '../harness/machine.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { BASELINE, planOf, SCALE } from './plan.mjs';
import { measureScale } from './scale.mjs';

/** How fast all tenants are migrated. See bench/README.md. */
export const bench = { maxConnections: 100, plan: planOf, run };

/** @param {import('./plan.mjs').Plan} plan */
async function run(plan, tools) {
  // Imported here because it loads the compiled packages, which may not exist before this point.
  const { compare } = await import('./comparison.mjs');
  const compared = await compare(plan, tools);
  const scaled = plan.variants.includes(SCALE) ? await measureScale(plan, tools) : [];
  const all = [...compared, ...scaled];
  const rows = all.map(({ row }) => row);
  const text = [
    ...(compared.length > 0 ? [comparisonText(compared.map(({ row }) => row))] : []),
    ...(scaled.length > 0 ? [scaleText(scaled.map(({ row }) => row))] : []),
    noiseOf(all.flatMap(({ cells }) => cells)),
  ].join('\n\n');
  return {
    rows,
    raw: { cells: all.map(({ row: { variant, tenants }, cells }) => ({ variant, tenants, cells })) },
    text,
  };
}

function comparisonText(rows) {
  const columns = [
    { title: 'tenants', of: (row) => String(row.tenants) },
    { title: 'variant', left: true, of: (row) => row.variant },
    { title: 'measured on', of: (row) => String(row.measuredTenants) },
    { title: 'ms a tenant', of: (row) => formatSpread(row.perTenant.ms, 3) },
    { title: 's for all', of: (row) => ((row.perTenant.ms.median * row.tenants) / 1_000).toFixed(2) },
    { title: 'speedup', of: (row) => formatSpread(row.speedup.ratio, 1) },
    { title: 'of it the run, ms', of: (row) => formatSpread(row.run?.ms, 0) },
  ];
  return `min – median – max over the rounds. speedup: the time of "${BASELINE}" a tenant divided by the variant's in the same
round. Higher is better. The loop is measured on some tenants and scaled to the number of all; Rowhouse migrates all.

${table(rows, columns, ({ tenants }) => tenants)}`;
}

function scaleText(rows) {
  const step = (name) => [
    { title: `${name}, s`, of: (row) => (row[name].ms / 1_000).toFixed(1) },
    { title: 'ms a tenant', of: (row) => row[name].perTenant.ms.toFixed(2) },
  ];
  const mb = (kb) => (kb / 1_024).toFixed(0);
  const columns = [
    { title: 'tenants', of: (row) => String(row.tenants) },
    ...step('create'),
    ...step('migrate'),
    ...step('revert'),
    { title: 'MB of the operator', of: (row) => mb(row.peakKb.operator) },
    { title: 'MB of a server process', of: (row) => mb(row.peakKb.serverProcess) },
  ];
  return `Tenants with ${rows[0].migrations} migrations are made, migrated once more, and that is taken back; each number in a new database.
Memory is the most there was: resident of the operator's process, private of the largest server process.

${table(rows, columns)}`;
}
