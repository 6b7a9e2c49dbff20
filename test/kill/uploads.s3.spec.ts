/** @suite s3 */
import { TenantBackups } from '@rowhouse/transfer';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { type CompiledSources, compileSources } from './compiled-sources.js';
import { type Lane, openLane } from './lane.js';
import { Victim } from './victim.js';

const MIB = 2 ** 20;
/** Where in an upload of some 28 MB, in parts of 16 MiB. */
const AT_BYTES = [1 * MIB, 17 * MIB, 24 * MIB];

let server: S3Server;
let proxy: TcpProxy;
let sources: CompiledSources;
let lane: Lane;
beforeAll(async () => {
  server = await startS3Server();
  Object.assign(process.env, server.env);
  proxy = await startTcpProxy(server.port);
  sources = await compileSources();
  lane = await openLane({ kind: 'homes', level: 1, parts: 0 });
}, 120_000);
afterAll(async () => {
  await lane?.close();
  await sources?.remove();
  await proxy?.close();
  await server?.stop();
});

const sent = (bytes: number) =>
  new Promise<void>((resolve) => {
    const from = proxy.sentBytes;
    proxy.onSend = () => {
      if (proxy.sentBytes - from >= bytes) resolve();
    };
  });

/** Kills a process that backs up a tenant when it has sent so much. */
async function killUpload(slug: string, bucket: string, atBytes: number): Promise<void> {
  const endpoint = `http://127.0.0.1:${proxy.port}`;
  const victim = new Victim(sources.worker, { isMissedAtOnce: true });
  try {
    const struck = sent(atBytes);
    await victim.begin({
      address: lane.address,
      settings: { release: lane.release, seeds: false },
      act: { do: 'back up', folder: { bucket, endpoint }, slug },
    });
    await struck;
  } finally {
    await victim.kill();
  }
  await victim.whenForgotten(lane.server);
}

it('a killed upload is no backup, says what happened, and its parts are removed by the next backup or prune', async () => {
  const bucket = await server.bucket();
  const tenant = await lane.fleet.tenants.create({ slug: `${lane.slug}-kept` });
  // Nothing that can be compressed.
  await lane.registry.for(tenant).query(
    `insert into products (name)
     select (select string_agg(encode(sha512((n || '-' || k || random()::text)::bytea), 'base64'), '') from generate_series(1, 60) k)
       from generate_series(1, 7000) n`,
  );
  const backups = new TenantBackups(lane.fleet, { storage: { bucket, endpoint: server.endpoint } });
  let uploads = 0;
  for (const atBytes of AT_BYTES) {
    await killUpload(tenant.slug, bucket, atBytes);
    expect(await server.keysIn(bucket)).toEqual([]);
    uploads += (await server.uploadsIn(bucket)).length;
    expect(await backups.prune()).toMatchObject({ unknown: [], missing: [], busy: [], failed: [] });
    expect(await server.uploadsIn(bucket)).toEqual([]);
  }
  expect(uploads).toBeGreaterThan(0);
  const ended = { state: 'failed', error: 'The process that made it ended.', key: null };
  expect((await backups.list()).backups).toEqual(AT_BYTES.map(() => expect.objectContaining(ended)));

  await killUpload(tenant.slug, bucket, 17 * MIB);
  const { id, key } = await backups.backup(tenant);
  expect(await server.uploadsIn(bucket)).toEqual([]);
  expect(await server.keysIn(bucket)).toEqual([key]);
  expect((await backups.prove(id)).state).toBe('complete');
  process.stdout.write(`${AT_BYTES.length + 1} uploads killed.\n`);
});
