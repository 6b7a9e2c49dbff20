import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import sharp from 'sharp';
import { createTenants, slugsFrom } from '../fleet/create-tenants.mjs';
import { Child } from '../harness/child.mjs';
import { noiseOf, sampleForeignLoad } from '../harness/machine.mjs';
import { atRate, ConnectionSet, reasonOf } from '../harness/open-load.mjs';
import { formatSpread, table } from '../harness/report.mjs';
import { runRounds } from '../harness/rounds.mjs';
import { percentile, spread } from '../harness/statistics.mjs';
import { planOf } from './plan.mjs';
import { MIGRATIONS } from './tables.mjs';

/** What scans and thumbnails cost requests to the API. See bench/README.md. */
export const bench = { maxConnections: 100, plan: planOf, run };

const APP = new URL('./app.mjs', import.meta.url);
const TIMEOUT_MS = 120_000;
const THUMBNAIL = '.thumbnail.webp';

async function run(plan, { database, cleanUp, log }) {
  const { openBenchDeployment } = await import('../fleet/bench-deployment.mjs');
  await import('../../test/setup/register-typescript.mjs');
  const { startClamd } = await import('../../test/support/clamd.ts');
  const { freePort } = await import('../../test/support/free-port.ts');
  const folder = await mkdtemp(join(tmpdir(), 'rowhouse-bench-'));
  cleanUp.add(() => rm(folder, { recursive: true, force: true }));
  const deployment = await openBenchDeployment(database, 'files', cleanUp);
  const admin = new pg.Client({ connectionString: deployment.adminUrl });
  await admin.connect();
  cleanUp.add(() => admin.end());
  const slugs = slugsFrom('f', 1, plan.tenants);
  await fill({ deployment, admin, folder, slugs }, plan);
  const { host, port, stop } = await startClamd();
  cleanUp.add(stop);

  const open = async (work) => {
    const app = await Child.start({ name: 'an app with files', file: APP, cleanUp });
    const at = await freePort();
    await app.ask('open', { deployment, folder, clamd: { host, port }, port: at, work }, TIMEOUT_MS);
    return { port: at, ask: (task, question) => app.ask(task, question, TIMEOUT_MS), stop: () => app.stop() };
  };
  const cells = await runRounds(plan.variants, plan.rounds, async (variant, round) => {
    const foreignLoad = await sampleForeignLoad();
    await makeUnscanned({ admin, folder, slugs });
    const api = await open(variant === 'same-process');
    const worker = variant === 'same-process' ? api : await open(true);
    await load(api.port, slugs, { ...plan, seconds: plan.warmUpSeconds });
    const alone = await load(api.port, slugs, plan);
    const begun = worker.ask('clean', { tenants: slugs });
    const busy = await load(api.port, slugs, plan);
    await begun;
    const done = await doneOf(admin, slugs, folder);
    if (done.thumbnails === slugs.length * plan.files)
      log('  All files were done before the cell had ended.');
    await worker.ask('close');
    if (worker !== api) await api.ask('close');
    await Promise.all([worker.stop(), ...(worker === api ? [] : [api.stop()])]);
    log(
      `  round ${round + 1}: ${variant} p99 ${alone.p99Ms.toFixed(1)} ms alone, ${busy.p99Ms.toFixed(1)} ms while ${done.scanned} files were scanned and ${done.thumbnails} thumbnails made`,
    );
    return { alone, busy, done, foreignLoad };
  });
  await admin.end();
  const rows = plan.variants.map((variant) => rowOf(variant, cells.get(variant)));
  return {
    rows,
    raw: { cells: Object.fromEntries(cells) },
    text: `${textOf(rows, plan)}\n\n${noiseOf([...cells.values()].flat())}`,
  };
}

function rowOf(variant, cells) {
  const of = (measure, digits) => spread(cells.map(measure), digits);
  return {
    variant,
    rounds: cells.length,
    p50: { aloneMs: of(({ alone }) => alone.p50Ms, 1), busyMs: of(({ busy }) => busy.p50Ms, 1) },
    p99: {
      aloneMs: of(({ alone }) => alone.p99Ms, 1),
      busyMs: of(({ busy }) => busy.p99Ms, 1),
      ratio: of(({ alone, busy }) => busy.p99Ms / alone.p99Ms, 2),
    },
    scanned: of(({ done }) => done.scanned, 0),
    thumbnails: of(({ done }) => done.thumbnails, 0),
    errors: cells.reduce((sum, { alone, busy }) => sum + alone.errors + busy.errors, 0),
  };
}

function textOf(rows, { perSecond, seconds, pixels: { width, height } }) {
  const columns = [
    { title: 'variant', left: true, of: (row) => row.variant },
    { title: 'p99 alone, ms', of: (row) => formatSpread(row.p99.aloneMs, 1) },
    { title: 'p99 busy, ms', of: (row) => formatSpread(row.p99.busyMs, 1) },
    { title: 'ratio', of: (row) => formatSpread(row.p99.ratio, 2) },
    { title: 'scanned', of: (row) => formatSpread(row.scanned, 0) },
    { title: 'thumbnails', of: (row) => formatSpread(row.thumbnails, 0) },
    { title: 'errors', of: (row) => String(row.errors) },
  ];
  return `min – median – max over the rounds. ${perSecond} requests of GET /files a second for ${seconds} s, alone, and while pictures of ${width} x ${height} pixels are scanned and
thumbnailed; scanned, thumbnails: how many of them were, meanwhile.

${table(rows, columns)}`;
}

/** Requests at a fixed rate; each counts from when it was due. */
async function load(port, slugs, { perSecond, seconds, leadSeconds }) {
  const connections = new ConnectionSet(port);
  const requests = slugs.map((slug) =>
    Buffer.from(`GET /files?limit=20 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Tenant-ID: ${slug}\r\n\r\n`),
  );
  const latenciesMs = [];
  let [sent, errors] = [0, 0];
  await atRate(perSecond, leadSeconds + seconds, async (dueAt, sinceStartMs) => {
    const { error, status } = await connections.send(requests[sent++ % requests.length]);
    if (sinceStartMs < leadSeconds * 1_000) return;
    if (reasonOf(error, status)) errors += 1;
    latenciesMs.push(performance.now() - dueAt);
  });
  connections.close();
  return { p50Ms: percentile(latenciesMs, 0.5), p99Ms: percentile(latenciesMs, 0.99), errors };
}

/** Pictures as the app leaves them when they are checked. */
async function fill({ deployment, admin, folder, slugs }, { files, pixels }) {
  const { withFleet } = await import('../fleet/open-fleet.mjs');
  await withFleet(deployment, MIGRATIONS, (fleet) => createTenants(fleet, slugs, { concurrency: 2 }));
  const noise = { type: 'gaussian', mean: 128, sigma: 30 };
  const picture = await sharp({ create: { ...pixels, channels: 3, noise } })
    .jpeg()
    .toBuffer();
  const sha256 = createHash('sha256').update(picture).digest('hex');
  for (const slug of slugs) {
    const { rows } = await admin.query('select id from rowhouse.tenants where slug = $1', [slug]);
    const at = join(folder, rows[0].id, 'pictures/2026/01/31');
    await mkdir(at, { recursive: true });
    for (let n = 0; n < files; n += 1) {
      const id = randomUUID();
      await writeFile(join(at, `${id}-picture.jpg`), picture);
      await admin.query(
        `insert into tenant_${slug}.tenant_files (id, module, name, content_type, size_bytes, state, sha256, created_at, upload_expires_at)
           values ($1, 'pictures', 'picture.jpg', 'image/jpeg', $2, 'ready', $3, '2026-01-31 12:00Z', now())`,
        [id, picture.length, sha256],
      );
    }
  }
}

/** No jobs wait, and no file has been scanned or has a thumbnail. */
async function makeUnscanned({ admin, folder, slugs }) {
  await admin.query("delete from rowhouse.jobs where name like 'files.%'");
  for (const slug of slugs)
    await admin.query(
      `update tenant_${slug}.tenant_files set state = 'scanning', upload_expires_at = now() - interval '1 minute'`,
    );
  for (const name of await readdir(folder, { recursive: true }))
    if (name.endsWith(THUMBNAIL)) await rm(join(folder, name));
}

async function doneOf(admin, slugs, folder) {
  let scanned = 0;
  for (const slug of slugs) {
    const { rows } = await admin.query(
      `select count(*)::int as count from tenant_${slug}.tenant_files where state = 'ready'`,
    );
    scanned += rows[0].count;
  }
  const names = await readdir(folder, { recursive: true });
  return { scanned, thumbnails: names.filter((name) => name.endsWith(THUMBNAIL)).length };
}
