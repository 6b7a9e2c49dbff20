/** @suite files */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exportToFile } from '@rowhouse/transfer';
import { type CompiledSources, compileSources } from '../../../test/kill/compiled-sources.js';
import { type Clamd, EICAR, startClamd } from '../../../test/support/clamd.js';
import { freePort } from '../../../test/support/free-port.js';
import { until } from '../../../test/support/until.js';
import { FilesCleanUp } from './clean-up.js';
import { type FilesApp, FilesClient, FilesDeployment, ISOLATIONS, SECRET } from './files.fixture.js';
import { undefinedIfMissing } from './store/disk.js';
import { tenantFiles } from './tenant-files-companion.js';

/** Each kills {@link APPS} processes. `KILL_RUNS` says how many are to be killed, for each of the specs. */
const ROUNDS = Math.ceil(Number(process.env['KILL_RUNS'] ?? 6) / 3);
/** Apps that work on the same files, and are killed one by one. */
const APPS = 3;
const SLUGS = ISOLATIONS.map((isolation) => `${isolation}-one`);

let open: FilesDeployment;
let sources: CompiledSources;
let clamd: Clamd;
let app: FilesApp;
beforeAll(async () => {
  sources = await compileSources();
  clamd = await startClamd();
  open = await FilesDeployment.open();
  const { host, port } = clamd;
  app = await open.app({ files: { scan: { clamd: { host, port } }, thumbnails: { sizePx: 32 } } });
}, 120_000);
afterAll(async () => {
  await open?.close();
  await clamd?.stop();
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

async function jobsUnderWay(): Promise<number> {
  const { rowCount } = await open.catalog.query(
    "select from rowhouse.jobs where state in ('waiting', 'running') and name in ('files.scan', 'files.thumbnail')",
  );
  return rowCount ?? 0;
}

/** A day passes. */
async function age(slug: string): Promise<void> {
  const folder = join(open.folder, open.tenant(slug).id);
  // A thumbnail is made meanwhile.
  for (const name of await readdir(folder, { recursive: true }))
    await utimes(join(folder, name), 0, 0).catch(undefinedIfMissing);
}

const isDead = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

it('an app that is killed anywhere leaves what the clean-up mends: each row has its content, each content its row, and nothing is served unscanned', async () => {
  const { host, port } = clamd;
  for (let round = 0; round < ROUNDS; round += 1)
    await Promise.all(
      Array.from({ length: APPS }, async () =>
        killSomewhere(
          sources.filesApp,
          { ...deployed(), port: await freePort(), tenants: SLUGS, clamd: { host, port }, virus: EICAR },
          30,
        ),
      ),
    );
  // What the processes were at, this one has taken over.
  await until(async () => (await jobsUnderWay()) === 0);
  for (const slug of SLUGS) {
    await open.query(
      app,
      slug,
      `update tenant_files set upload_expires_at = now() - interval '2 hours',
         claimed_until = case when claimed_until is not null then now() - interval '1 second' end`,
    );
    await age(slug);
    // What goes on with the first may be rejected then, and is purged by the next.
    const clean = () => open.as(slug, () => app.app.get(FilesCleanUp).run());
    for (let run = 0; run < 2; run += 1) await clean();
    const files = () =>
      open.query(app, slug, 'select id, name, content_type, state, sha256 from tenant_files');
    await until(async () => (await files()).every(({ state }) => state !== 'scanning'));
    const rows = await files();
    for (const { name, state } of rows)
      expect(state).toBe(String(name).startsWith('virus') ? 'quarantined' : 'ready');

    const pictures = rows.filter((row) => row['content_type'] === 'image/png').map(({ id }) => id);
    const isThumbnail = (key: string) => key.endsWith('.thumbnail.webp');
    const idOf = (key: string) => key.split('/').at(-1)?.slice(0, 36);
    await until(async () => (await open.stored(slug)).filter(isThumbnail).length >= pictures.length);
    await until(async () => (await open.stored(slug)).every((key) => !key.includes('.part')));
    const left = await open.stored(slug);
    expect(new Set(left.filter(isThumbnail).map(idOf))).toEqual(new Set(pictures));
    const contents = left.filter((key) => !isThumbnail(key));
    expect(contents.length).toBeGreaterThan(0);
    expect(contents.map(idOf).sort()).toEqual(rows.map(({ id }) => id).sort());
    const { rows: told } = await open.catalog.query(
      `select detail ->> 'fileId' as id from rowhouse.tenant_events where type = 'fileQuarantined' and tenant_id = $1`,
      [open.tenant(slug).id],
    );
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
    const quarantined = rows.filter(({ state }) => state === 'quarantined').map(({ id }) => id);
    // Others have been purged since.
    expect(told.map(({ id }) => id)).toEqual(expect.arrayContaining(quarantined));
    const sums = new Map(rows.map(({ id, sha256 }) => [id, sha256]));
    for (const key of contents) {
      const sum = createHash('sha256')
        .update(await readFile(join(open.folder, key)))
        .digest('hex');
      expect(sum).toBe(sums.get(idOf(key)));
    }
    expect(await clean()).toEqual({
      purged: 0,
      resumed: 0,
      removedUploads: 0,
      removedContents: 0,
      thumbnails: 0,
    });
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
