/** @suite files */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exportToFile } from '@rowhouse/transfer';
import { type CompiledSources, compileSources } from '../../../test/kill/compiled-sources.js';
import { freePort } from '../../../test/support/free-port.js';
import { until } from '../../../test/support/until.js';
import { FilesCleanUp } from './clean-up.js';
import { type FilesApp, FilesClient, FilesDeployment, ISOLATIONS, SECRET } from './files.fixture.js';
import { tenantFiles } from './tenant-files-companion.js';

/** Each kills {@link APPS} processes. `KILL_RUNS` says how many are to be killed, for each of the specs. */
const ROUNDS = Math.ceil(Number(process.env['KILL_RUNS'] ?? 6) / 3);
/** Apps that work on the same files, and are killed one by one. */
const APPS = 3;
const SLUGS = ISOLATIONS.map((isolation) => `${isolation}-one`);

let open: FilesDeployment;
let sources: CompiledSources;
let app: FilesApp;
beforeAll(async () => {
  sources = await compileSources();
  open = await FilesDeployment.open();
  app = await open.app();
}, 120_000);
afterAll(async () => {
  await open?.close();
  await sources?.remove();
});

/** A program that works without an end, until it is killed somewhere. @param within - milliseconds after one of its steps. */
async function killSomewhere(program: string, settings: object, within: number): Promise<void> {
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const gone = once(child, 'close');
  let [steps, errors] = [0, ''];
  child.stdout?.on('data', (bytes) => {
    steps += String(bytes).split('\n').length - 1;
  });
  child.stderr?.on('data', (bytes) => {
    errors += bytes;
  });
  const wanted = 1 + Math.floor(Math.random() * 6);
  await until(() => steps >= wanted || isDead(child));
  await delay(Math.random() * within);
  if (isDead(child)) throw new Error(`The program ended by itself:\n${errors}`);
  child.kill('SIGKILL');
  await gone;
}

const deployed = () => ({
  url: open.database.loginUrl,
  ownerUrl: open.ownerUrl,
  roles: open.roles,
  folder: open.folder,
  secret: SECRET,
});

const isDead = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

it('an app that is killed anywhere leaves what the clean-up mends: each row has its content, each content its row', async () => {
  for (let round = 0; round < ROUNDS; round += 1)
    await Promise.all(
      Array.from({ length: APPS }, async () =>
        killSomewhere(sources.filesApp, { ...deployed(), port: await freePort(), tenants: SLUGS }, 30),
      ),
    );
  for (const slug of SLUGS) {
    await open.query(
      app,
      slug,
      `update tenant_files set upload_expires_at = now() - interval '2 hours',
         claimed_until = case when claimed_until is not null then now() - interval '1 second' end`,
    );
    const before = await open.stored(slug);
    // What goes on with the first may be rejected then, and is purged by the next.
    for (let run = 0; run < 2; run += 1) await open.as(slug, () => app.app.get(FilesCleanUp).run());
    const rows = await open.query(app, slug, 'select id, state, sha256 from tenant_files');
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['ready']));
    const left = await open.stored(slug);
    expect(left.length).toBeGreaterThan(0);
    expect(before.length).toBeGreaterThanOrEqual(left.length);
    expect(left.filter((key) => key.includes('.uploads'))).toEqual([]);
    const sums = new Map(rows.map(({ id, sha256 }) => [id, sha256]));
    expect(left).toHaveLength(rows.length);
    for (const key of left) {
      const id = key.split('/').at(-1)?.slice(0, 36);
      const sum = createHash('sha256')
        .update(await readFile(join(open.folder, key)))
        .digest('hex');
      expect(sum).toBe(sums.get(id));
    }
    const again = await open.as(slug, () => app.app.get(FilesCleanUp).run());
    expect(again).toEqual({ purged: 0, resumed: 0, removedUploads: 0, removedContents: 0 });
  }
}, 1_800_000);

it('a process that is killed anywhere in imports and purges leaves what repair mends: each tenant has its files, and no other has any', async () => {
  const companions = [
    tenantFiles({ storage: { folder: open.folder, url: 'http://127.0.0.1/files', secret: SECRET } }),
  ];
  const fleet = await open.fleet({ companions });
  const from = await fleet.tenants.create({ slug: 'archived', isolation: 'schema' });
  open.tenants.set(from.slug, from);
  const client = new FilesClient(app.url, from.slug);
  for (let n = 0; n < 12; n += 1) await client.put(`File ${n}. `.repeat(30_000));
  const archive = join(open.folder, 'archive.tar.gz');
  await exportToFile(fleet, from, archive);
  // With isolation row the keys of its rows must be free.
  await fleet.tenants.delete(from.id);
  await fleet.tenants.purge(from.id, { confirm: from.slug, beforeRetentionEnds: true });
  expect(await open.stored(from)).toEqual([]);

  const ended = { made: 0, gone: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all(
      ISOLATIONS.map((isolation) =>
        killSomewhere(
          sources.filesFleet,
          { ...deployed(), migration: open.statements, archive, isolation, slug: `killed-${isolation}` },
          400,
        ),
      ),
    );
    // Of a process that has died, a server may hold a lock a moment longer.
    await until(async () => (await fleet.tenants.repair()).busy.length === 0);
    for (const isolation of ISOLATIONS) {
      const tenant = await fleet.tenants.find(`killed-${isolation}`).catch(() => undefined);
      if (!tenant) {
        ended.gone += 1;
        continue;
      }
      ended.made += 1;
      const rows = await fleet.deployment.registry.for(tenant).query('select sha256 from tenant_files');
      const left = await Promise.all(
        (await open.stored(tenant)).map(async (key) =>
          createHash('sha256')
            .update(await readFile(join(open.folder, key)))
            .digest('hex'),
        ),
      );
      expect(left.sort()).toEqual(rows.map((row: { sha256: string }) => row.sha256).sort());
      expect(left).toHaveLength(12);
      await fleet.tenants.delete(tenant.id);
      await fleet.tenants.purge(tenant.id, { confirm: tenant.slug, beforeRetentionEnds: true });
    }
    const { tenants } = await fleet.tenants.list({ limit: 100 });
    const known = new Set(tenants.map(({ id }) => id));
    const folders = (await readdir(open.folder)).filter((name) => name !== 'archive.tar.gz');
    expect(folders.filter((id) => !known.has(id))).toEqual([]);
  }
  expect(ended.made + ended.gone).toBe(ROUNDS * ISOLATIONS.length);
}, 1_800_000);
