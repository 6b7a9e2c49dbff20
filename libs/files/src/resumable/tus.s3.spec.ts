/** @suite s3 */
import { type S3Server, startS3Server } from '../../../../test/support/s3-server.js';
import { FilesCleanUp } from '../clean-up.js';
import { type FilesApp, FilesClient, FilesDeployment, ISOLATIONS } from '../files.fixture.js';
import { content, MIB, send, Tus } from './tus.fixture.js';

let server: S3Server;
let open: FilesDeployment;
let bucket: string;
let app: FilesApp;
beforeAll(async () => {
  server = await startS3Server();
  Object.assign(process.env, server.env);
  open = await FilesDeployment.open();
  bucket = await server.bucket();
  app = await open.app({ files: { storage: { bucket, prefix: 'shop', endpoint: server.endpoint } } });
});
afterAll(async () => {
  await open?.close();
  await server?.stop();
});

describe.each(ISOLATIONS)('uploads by tus to a bucket, of a tenant with isolation %s', (isolation) => {
  const slug = `${isolation}-one`;
  let client: FilesClient;
  let tus: Tus;
  beforeAll(() => {
    client = new FilesClient(app.url, slug);
    tus = new Tus(app.url, slug);
  });

  it('go on where they were cut, after a restart of the app', async () => {
    const id = await tus.begin(content.length);
    expect(await tus.cut(id, content.subarray(0, 8 * MIB + 100), content.length)).toBe(8 * MIB);
    const restarted = await open.app({
      platform: 'express',
      files: { storage: { bucket, prefix: 'shop', endpoint: server.endpoint } },
    });
    await send(restarted.url, slug, content, { uploadUrl: `${restarted.url}/files/tus/${id}` });
    expect((await client.call('POST', `/${id}/complete`)).body).toMatchObject({ state: 'ready' });
    expect(Buffer.from(await (await client.download(id)).arrayBuffer()).equals(content)).toBe(true);
    expect((await server.keysIn(bucket)).filter((key) => key.includes(id))).toHaveLength(1);
    expect(await server.uploadsIn(bucket)).toEqual([]);
  });

  it('take parts as large as the bucket takes them', async () => {
    const id = await tus.begin(6 * MIB + 1);
    const small = await tus.append(id, 0, 'too small');
    expect([small.status, await small.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'FILE_UPLOAD_INVALID', detail: expect.stringContaining('5242880') }),
    ]);
    expect(await tus.offset(id)).toBe(0);
    const bytes = content.subarray(0, 6 * MIB + 1);
    expect((await tus.append(id, 0, bytes.subarray(0, 6 * MIB))).status).toBe(204);
    expect((await tus.append(id, 6 * MIB, bytes.subarray(6 * MIB))).status).toBe(204);
    expect((await client.call('POST', `/${id}/complete`)).body).toMatchObject({ state: 'ready' });
  });

  it('leave nothing in the bucket when they are given up, or nobody waits for them', async () => {
    const [first, second] = [await tus.begin(content.length), await tus.begin(content.length)];
    for (const id of [first, second])
      expect((await tus.append(id, 0, content.subarray(0, 6 * MIB))).status).toBe(204);
    expect(await server.uploadsIn(bucket)).toHaveLength(2);
    expect((await tus.call('DELETE', `/${first}`)).status).toBe(204);
    await open.query(app, slug, 'delete from tenant_files where id = $1', [second]);
    const report = await open.as(slug, () => app.app.get(FilesCleanUp).run());
    expect(report).toMatchObject({ removedUploads: 1 });
    expect(await server.uploadsIn(bucket)).toEqual([]);
  });
});
