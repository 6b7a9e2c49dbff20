import { setTimeout as pause } from 'node:timers/promises';
import { AppProcess } from '../harness/app-process.mjs';
import { Child } from '../harness/child.mjs';
import { Deployment } from '../harness/deployment.mjs';
import { Fleet } from '../harness/fleet.mjs';
import { table } from '../harness/report.mjs';
import { APPS, planOf } from './plan.mjs';
import { QuietTenants } from './quiet.mjs';

/** Whether hostile tenants stop quiet ones. See bench/README.md. */
export const bench = { maxConnections: 100, plan: planOf, run };

const WORKER = new URL('./hostile-worker.mjs', import.meta.url);
const ACQUIRE_TIMEOUT_MS = 5_000;
const WARM_UP_SECONDS = 3;
const LATE_ANSWERS_MS = 60_000;
/** The server counts a session when it ends, or within a second. */
const COUNTED_WITHIN_MS = 1_500;

/** @param {import('./plan.mjs').Plan} plan */
async function run(plan, { database, cleanUp, log }) {
  const fleet = await Fleet.open(database);
  const deployment = await Deployment.open(database);
  await fleet.growTo(Math.max(...plan.hostile.tenants));
  await deployment.growTo(fleet.size);
  const worker = await Child.start({ name: 'the hostile tenants', file: WORKER, cleanUp });
  const rows = [];
  const outcomes = {};
  for (const variant of plan.variants) {
    const login = await deployment.createLogin(`soak-${variant}`);
    const owner = await deployment.createOwner(`soak-${variant}`);
    const app = await AppProcess.start({
      variant: APPS[variant],
      platform: plan.platform,
      databaseUrl: login.url,
      ownerUrl: owner.url,
      roles: deployment.roles,
      acquireTimeoutMs: ACQUIRE_TIMEOUT_MS,
      cleanUp,
    });
    log(`  ${variant}: ${plan.attackSeconds} s of attack …`);
    const result = await soak(app, plan, { admin: database.admin, worker, label: variant });
    outcomes[variant] = result.outcomes;
    rows.push({ variant, ...result.row });
    await app.stop();
  }
  await worker.stop();
  return { rows, raw: { outcomes }, text: textOf(rows, outcomes, plan) };
}

async function soak(app, plan, { admin, worker, label }) {
  const { port } = app;
  const { quiet, hostile, leadSeconds, aloneSeconds, attackSeconds } = plan;
  const tenants = new QuietTenants(label, quiet.tenants);
  await tenants.run(port, quiet, 0, WARM_UP_SECONDS);
  const alone = await tenants.run(port, quiet, leadSeconds, aloneSeconds);
  const connectionsBefore = await connectionsSince(admin);
  const seconds = leadSeconds + attackSeconds;
  const [outcomes, attacked] = await Promise.all([
    worker.ask('attack', { port, ...hostile, seconds }, seconds * 1_000 + LATE_ANSWERS_MS),
    tenants.run(port, quiet, leadSeconds, attackSeconds),
  ]);
  const opened = (await connectionsSince(admin)) - connectionsBefore;
  const sum = (all) => all.reduce((total, count) => total + count, 0);
  const row = {
    processEnded: !app.isRunning,
    p99: { ratio: attacked.p99Ms / alone.p99Ms, aloneMs: alone.p99Ms, attackMs: attacked.p99Ms },
    quiet: {
      requests: alone.requests + attacked.requests,
      errors: alone.errors + attacked.errors,
      failures: attacked.failures,
      ...(await tenants.compare(admin)),
    },
    hostile: { sent: sum(Object.values(outcomes).map((own) => sum(Object.values(own)))) },
    connectionsOpened: opened,
  };
  return { outcomes, row };
}

/** Connections to the database since it was made, the harness's own included. */
async function connectionsSince(admin) {
  await pause(COUNTED_WITHIN_MS);
  const { rows } = await admin.query(
    'select sessions::int from pg_stat_database where datname = current_database()',
  );
  return rows[0].sessions;
}

function textOf(rows, outcomes, { quiet, hostile, attackSeconds }) {
  const columns = [
    { title: 'variant', left: true, of: (row) => row.variant },
    { title: 'process ended', of: (row) => (row.processEnded ? 'YES' : 'no') },
    { title: 'quiet requests', of: (row) => String(row.quiet.requests) },
    { title: 'errors', of: (row) => String(row.quiet.errors) },
    { title: 'rows written', of: (row) => String(row.quiet.written) },
    { title: 'lost', of: (row) => String(row.quiet.lost) },
    { title: 'foreign', of: (row) => String(row.quiet.foreign) },
    { title: 'p99', of: (row) => row.p99.ratio.toFixed(2) },
    { title: 'alone, ms', of: (row) => row.p99.aloneMs.toFixed(1) },
    { title: 'attacked, ms', of: (row) => row.p99.attackMs.toFixed(1) },
    { title: 'hostile sent', of: (row) => String(row.hostile.sent) },
    { title: 'connections opened', of: (row) => String(row.connectionsOpened) },
  ];
  const attacks = Object.entries(outcomes).flatMap(([variant, kinds]) =>
    Object.entries(kinds).map(([kind, own]) => ({ variant, kind, own })),
  );
  const attackColumns = [
    { title: 'variant', left: true, of: ({ variant }) => variant },
    { title: 'attack', left: true, of: ({ kind }) => kind },
    { title: 'what came of it', left: true, of: ({ own }) => describe(own) },
  ];
  return `${quiet.tenants} quiet tenants: ${quiet.readsPerSecond} reads and ${quiet.writesPerSecond} writes a second together; ${hostile.tenants.length} hostile ones with ${hostile.concurrency} requests
in progress each, for ${attackSeconds.toFixed(0)} s. There may be no errors, nothing lost, nothing foreign, and a p99 of at most twice that alone.

${table(rows, columns)}

${table(attacks, attackColumns, ({ variant }) => variant)}`;
}

function describe(outcomes) {
  const all = Object.entries(outcomes).sort(([, a], [, b]) => b - a);
  return all.map(([outcome, count]) => `${outcome} ${count}`).join(', ') || 'not sent';
}
