/** @suite files */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type CompiledSources, compileSources } from '../../../test/kill/compiled-sources.js';
import { freePort } from '../../../test/support/free-port.js';
import { until } from '../../../test/support/until.js';
import { FilesCleanUp } from './clean-up.js';
import { type FilesApp, FilesDeployment, ISOLATIONS, SECRET } from './files.fixture.js';

const ROUNDS = 2;
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

/** An app that uploads, checks and purges files of all tenants without an end, until it is killed somewhere. */
async function killSomewhere(): Promise<void> {
  const child = spawn(
    process.execPath,
    [
      sources.filesApp,
      JSON.stringify({
        url: open.database.loginUrl,
        ownerUrl: open.ownerUrl,
        roles: open.roles,
        folder: open.folder,
        secret: SECRET,
        port: await freePort(),
        tenants: SLUGS,
      }),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
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
  await delay(Math.random() * 30);
  if (isDead(child)) throw new Error(`The app ended by itself:\n${errors}`);
  child.kill('SIGKILL');
  await gone;
}

const isDead = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

it('an app that is killed anywhere leaves what the clean-up mends: each row has its content, each content its row', async () => {
  for (let round = 0; round < ROUNDS; round += 1)
    await Promise.all(Array.from({ length: APPS }, killSomewhere));
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
    expect(again).toEqual({ purged: 0, resumed: 0, removedUploads: 0 });
  }
}, 600_000);
