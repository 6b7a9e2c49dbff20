/** @suite s3 */
import { createHash, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { jest } from '@jest/globals';
import { Fleet } from '@rowhouse/migrations';
import { DataSourceRegistry } from '@rowhouse/nestjs';
import { type S3Server, startS3Server } from '../../../../test/support/s3-server.js';
import { startTcpProxy, type TcpProxy } from '../../../../test/support/tcp-proxy.js';
import { AdminDeployment, type Answer, PLATFORMS } from '../admin-app.fixture.js';
import { Exports } from './exports/exports.js';

type App = Awaited<ReturnType<AdminDeployment['start']>>;

let server: S3Server;
let proxy: TcpProxy;
let deployment: AdminDeployment;
let bucket: string;
beforeAll(async () => {
  server = await startS3Server();
  Object.assign(process.env, server.env);
  deployment = await AdminDeployment.open();
});
beforeEach(async () => {
  proxy = await startTcpProxy(server.port);
  bucket = await server.bucket();
});
afterEach(async () => {
  await deployment.closeApps();
  await proxy.close();
});
afterAll(async () => {
  await deployment?.close();
  await server?.stop();
});

const start = (platform: (typeof PLATFORMS)[number], more = {}) =>
  deployment.start({
    platform,
    transfers: {
      storage: { bucket, prefix: 'archives', endpoint: `http://127.0.0.1:${proxy.port}` },
      ...more,
    },
  });

let tenants = 0;
/** A tenant with rows that gzip cannot make smaller, by its slug. */
async function tenantWith({ app, call, ended }: App, rows: number): Promise<string> {
  tenants += 1;
  const slug = `acme-${tenants}`;
  await ended(await call('POST', 'tenants', { body: { slug } }));
  await app
    .get(DataSourceRegistry)
    .for(await app.get(Fleet).tenants.find(slug))
    .query(
      `insert into products (name)
       select (select string_agg(encode(sha512((i || '-' || k || random()::text)::bytea), 'base64'), '') from generate_series(1, 60) k)
         from generate_series(1, ${rows}) i`,
    );
  return slug;
}

async function exported(app: App, slug: string): Promise<Answer['body']> {
  const { result } = await app.ended(await app.call('POST', `tenants/${slug}/exports`));
  return (await app.call('GET', `exports/${result.exportId}`)).body;
}

async function objectOf(id: string): Promise<Buffer> {
  const { Body } = await server.client.send(
    new GetObjectCommand({ Bucket: bucket, Key: `archives/${id}.tar.gz` }),
  );
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

const hashOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
/** The SHA-256 of what was answered. */
const digestOf = async (answer: Response) => hashOf(new Uint8Array(await answer.arrayBuffer()));

const get = (app: App, path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${app.url}/admin/${path}`, { method, headers: { authorization: 'Bearer operator', ...headers } });

describe.each(PLATFORMS)('Archives in a bucket, on %s', (platform) => {
  it('are written, downloaded by ranges and links, imported, and removed', async () => {
    const app = await start(platform);
    const slug = await tenantWith(app, 500);
    const { id, sizeBytes, sha256 } = await exported(app, slug);
    const content = await objectOf(id);
    expect([content.length, hashOf(content)]).toEqual([sizeBytes, sha256]);
    expect(await digestOf(await get(app, `exports/${id}/content`))).toBe(sha256);
    for (const [first, last] of [
      [0, 0],
      [1, 1_000],
      [sizeBytes - 1, sizeBytes - 1],
      [1_000_000, sizeBytes - 1],
    ] as const) {
      const part = await get(app, `exports/${id}/content`, { range: `bytes=${first}-${last}` });
      expect([part.status, part.headers.get('content-range')]).toEqual([
        206,
        `bytes ${first}-${last}/${sizeBytes}`,
      ]);
      expect(await digestOf(part)).toBe(hashOf(content.subarray(first, last + 1)));
    }
    const head = await get(app, `exports/${id}/content`, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(sizeBytes)]);
    const { body: link } = await app.call('POST', `exports/${id}/links`);
    expect(await digestOf(await fetch(new URL(link.url, app.url)))).toBe(sha256);

    const made = await app.ended(
      await app.call('POST', 'imports', { body: { export: id, slug: `${slug}-b` } }),
    );
    expect(made).toMatchObject({ state: 'succeeded', result: { slug: `${slug}-b`, rows: 500 } });
    const checked = await app.ended(
      await app.call('POST', 'imports', { body: { export: id, slug: `${slug}-c`, dryRun: true } }),
    );
    expect(checked).toMatchObject({ state: 'succeeded', result: { tenantId: null, rows: 500 } });
    const into = await app.ended(
      await app.call('POST', `tenants/${slug}/imports`, { body: { export: id, onConflict: 'skip' } }),
    );
    expect(into).toMatchObject({ state: 'succeeded', result: { rows: 0 } });

    await app.call('DELETE', `exports/${id}`);
    expect(await server.keysIn(bucket)).toEqual([]);
    expect((await get(app, `exports/${id}/content`)).status).toBe(404);
  });

  it('are uploaded, imported and removed; what is too large or cut off leaves nothing', async () => {
    const app = await start(platform, { maxUploadBytes: 3_000_000 });
    const content = await objectOf((await exported(app, await tenantWith(app, 300))).id);
    const before = await server.keysIn(bucket);
    const upload = (body: Uint8Array, slug: string) =>
      app.call('POST', `imports/upload?slug=${slug}`, {
        body,
        headers: { 'content-type': 'application/gzip' },
      });
    const made = await app.ended(await upload(content, `up-${platform}`));
    expect(made).toMatchObject({ state: 'succeeded', result: { rows: 300 } });
    const damaged = await app.ended(
      await upload(content.subarray(0, content.length - 100), `cut-${platform}`),
    );
    expect(damaged).toMatchObject({ state: 'failed' });
    const large = await upload(Buffer.alloc(3_000_001, 1), 'large').catch(() => undefined);
    if (large) expect(large.status).toBe(413);

    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.write(
      'POST /admin/imports/upload?slug=gone HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer operator\r\n' +
        'Content-Type: application/gzip\r\nContent-Length: 2000000\r\n\r\n',
    );
    socket.write(Buffer.alloc(500_000, 1), () => socket.destroy());
    while (
      (await server.keysIn(bucket)).length !== before.length ||
      (await server.uploadsIn(bucket)).length > 0
    )
      await delay(20);
    expect(await server.keysIn(bucket)).toEqual(before);
  });

  it('are swept: what nobody refers to goes, and other objects stay', async () => {
    const app = await start(platform);
    const { id } = await exported(app, await tenantWith(app, 5));
    const stray = randomUUID();
    for (const key of [`${stray}.tar.gz`, 'notes.txt'])
      await server.client.send(new PutObjectCommand({ Bucket: bucket, Key: `archives/${key}`, Body: 'x' }));
    await app.app.get(Exports).clean();
    expect(await server.keysIn(bucket)).toHaveLength(3);
    const later = Date.now() + 2 * 3_600_000;
    const now = jest.spyOn(Date, 'now').mockReturnValue(later);
    await app.app
      .get(Exports)
      .clean()
      .finally(() => now.mockRestore());
    expect((await server.keysIn(bucket)).sort()).toEqual(
      [`archives/${id}.tar.gz`, 'archives/notes.txt'].sort(),
    );
  });

  it('say what is wrong with the storage, and leave nothing half written', async () => {
    const app = await start(platform);
    const slug = await tenantWith(app, 20);
    const { id, sha256 } = await exported(app, slug);
    proxy.fault = 'refuse';
    proxy.cut();
    expect(await app.ended(await app.call('POST', `tenants/${slug}/exports`))).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(
        /The storage of archives could not be written: .*Look whether it can be reached/,
      ),
    });
    const answer = await get(app, `exports/${id}/content`);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      503,
      'ARCHIVE_STORAGE_FAILED',
    ]);
    proxy.fault = 'pass';
    expect(await server.keysIn(bucket)).toEqual([`archives/${id}.tar.gz`]);
    expect(await digestOf(await get(app, `exports/${id}/content`))).toBe(sha256);
  });
});

it.each([
  [{}, 'folder'],
  [{ folder: '/tmp/x', storage: { bucket: 'shop' } }, 'folder'],
  [{ storage: { bucket: 'Shop' } }, 'storage.bucket'],
])('options that are wrong (%j) are found when the application starts', async (given, field) => {
  const { parseTransfersOptions } = await import('./transfers-options.js');
  expect(() => parseTransfersOptions(given)).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID', message: expect.stringContaining(field) }),
  );
});
