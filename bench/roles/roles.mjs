import { Deployment } from '../harness/deployment.mjs';
import { Fleet } from '../harness/fleet.mjs';
import { noiseOf, sampleForeignLoad } from '../harness/machine.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { pairedRatios, runRounds } from '../harness/rounds.mjs';
import { privateMemoryKb } from '../harness/server-processes.mjs';
import { spread } from '../harness/statistics.mjs';
import { readTenants } from '../harness/tenants.mjs';
import { MembershipChange } from './membership-change.mjs';
import { PinnedConnection } from './pinned-connection.mjs';
import { planOf } from './plan.mjs';

/** The cost of a role per tenant, by the number of roles. See bench/README.md. */
export const bench = { maxConnections: 50, plan: planOf, run };

/** @param {import('./plan.mjs').Plan} plan */
async function run(plan, { database, cleanUp, log }) {
  const { admin } = database;
  const fleet = await Fleet.open(database);
  const sizes = new Map();
  for (const tenants of plan.tenants) {
    const size = await grow(tenants, plan, { database, fleet });
    cleanUp.add(() => size.connection.end());
    sizes.set(tenants, size);
    log(`  ${tenants} tenants: ${formatSpread(spread(size.prepareMs), 1)} ms to prepare a home`);
  }
  const change = await MembershipChange.open(database);
  const cells = await runRounds([...sizes.keys()], plan.rounds, async (tenants) => {
    const { connection } = sizes.get(tenants);
    const pinUs = await connection.pinUs(plan.statements);
    const changes = [];
    for (let turn = 0; turn < plan.changes; turn += 1) {
      await change.make();
      changes.push((await connection.nextUs()) / 1_000);
    }
    return { pinUs, afterChangeMs: changes, foreignLoad: await sampleForeignLoad() };
  });
  const rows = [];
  for (const [tenants, { prepareMs, connection }] of sizes) {
    const own = cells.get(tenants);
    const [privateKb] = await privateMemoryKb(admin, [connection.role]);
    rows.push({
      variant: 'roles',
      tenants,
      prepare: { ms: spread(prepareMs, 2) },
      pin: {
        ratio: spread(pairedRatios(own, cells.get(plan.tenants[0]), ({ pinUs }) => pinUs)),
        us: spread(
          own.map(({ pinUs }) => pinUs),
          1,
        ),
      },
      afterChange: {
        ms: spread(
          own.flatMap(({ afterChangeMs }) => afterChangeMs),
          2,
        ),
      },
      privateKb,
    });
  }
  return { rows, raw: { cells: Object.fromEntries(cells) }, text: textOf(rows, [...cells.values()].flat()) };
}

/**
 * A deployment with this many tenants. Each number has its own deployment over the same schemas, and its own login, which
 * may act as these roles only, so that all numbers can be measured in the same round.
 */
async function grow(tenants, { prepared }, { database, fleet }) {
  const deployment = await Deployment.open(database);
  await fleet.growTo(tenants);
  const oneByOne = Math.min(prepared, tenants);
  await deployment.growTo(tenants - oneByOne);
  const known = await readTenants(database.admin, tenants);
  const prepareMs = await deployment.prepareEach(known.slice(-oneByOne));
  const login = await deployment.createLogin(`roles-${tenants}`);
  return { prepareMs, connection: await PinnedConnection.open(login, deployment.roles, known) };
}

function textOf(rows, cells) {
  const columns = [
    { title: 'roles', of: (row) => String(row.tenants) },
    { title: 'prepare a home, ms', of: (row) => formatSpread(row.prepare.ms, 1) },
    { title: 'pin', of: (row) => formatSpread(row.pin.ratio) },
    { title: 'pinned statement, µs', of: (row) => formatSpread(row.pin.us, 0) },
    { title: 'first pin after a change, ms', of: (row) => formatSpread(row.afterChange.ms, 1) },
    { title: 'MB of the server process', of: (row) => (row.privateKb / 1_024).toFixed(2) },
  ];
  return `min – median – max. pin: a pinned statement as a multiple of the same with ${rows[0].tenants} roles, in the same round.

${table(rows, columns)}

${noiseOf(cells)}`;
}
