/** @suite s3 */
import { DeleteObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { type S3Server, startS3Server } from '../../../../test/support/s3-server.js';
import { until } from '../../../../test/support/until.js';
import { FilesCleanUp } from '../clean-up.js';
import {
  type FilesApp,
  FilesClient,
  FilesDeployment,
  ISOLATIONS,
  NOTE,
  PNG,
  send,
} from '../files.fixture.js';
import type { FileView } from '../nest/file-view.js';
import type { PresignedUpload } from './file-store.js';

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

const keysOf = async (id: string) => (await server.keysIn(bucket)).filter((key) => key.includes(id));

describe.each(ISOLATIONS)('files in a bucket, of a tenant with isolation %s', (isolation) => {
  const slug = `${isolation}-one`;
  let client: FilesClient;
  beforeAll(() => {
    client = new FilesClient(app.url, slug);
  });

  it('are sent to it with a form, checked, read by a URL, and purged', async () => {
    const { file, upload } = await client.presign({ ...NOTE, filename: 'Grüße €.txt', sizeBytes: 5 });
    expect(upload).toMatchObject({ method: 'POST', fields: { 'Content-Type': 'text/plain' } });
    expect(await client.call('POST', `/${file.id}/complete`)).toMatchObject({ status: 409 });
    expect((await send(upload, Buffer.from('Hello'))).status).toBe(204);
    const { body } = await client.call<FileView>('POST', `/${file.id}/complete`);
    expect(body).toMatchObject({ state: 'ready', name: 'Grüße €.txt' });
    const { id } = open.tenant(slug);
    expect(await keysOf(file.id)).toEqual([
      expect.stringMatching(new RegExp(`^shop/${id}/notes/\\d{4}/\\d\\d/\\d\\d/${file.id}-Gru-e-.txt$`)),
    ]);
    const response = await client.download(file.id);
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="Gr__e _.txt"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%E2%82%AC.txt`,
    );
    expect(response.headers.get('content-type')).toBe('text/plain');
    expect(await response.text()).toBe('Hello');
    expect((await client.call('POST', `/${file.id}/purge`)).status).toBe(204);
    expect(await keysOf(file.id)).toEqual([]);
  });

  it('are taken as their forms say, and in no other way', async () => {
    const { file, upload } = await client.presign({ ...NOTE, sizeBytes: 5 });
    const { fields } = upload;
    const other = (changed: Record<string, string>): PresignedUpload => ({
      ...upload,
      fields: { ...fields, ...changed },
    });
    const key = fields['key'] ?? '';
    for (const [form, content] of [
      [upload, 'Hell'],
      [upload, 'Hello!'],
      [upload, ''],
      [other({ 'Content-Type': 'text/html' }), 'Hello'],
      [other({ key: key.replace(open.tenant(slug).id, open.tenant(`${isolation}-two`).id) }), 'Hello'],
      [other({ key: `${key}x` }), 'Hello'],
      [other({ key: key.replace('.uploads/', 'notes/2020/01/01/') }), 'Hello'],
      [other({ Policy: `${fields['Policy']}=` }), 'Hello'],
      [other({ 'X-Amz-Signature': '0'.repeat(64) }), 'Hello'],
      [other({ acl: 'public-read' }), 'Hello'],
    ] as const)
      expect([400, 403]).toContain((await send(form, Buffer.from(content))).status);
    expect(await keysOf(file.id)).toEqual([]);
  });

  it('do not change by a form that is sent again, and what it brings is removed', async () => {
    const { file, upload } = await client.presign({ ...NOTE, sizeBytes: 5 });
    await send(upload, Buffer.from('first'));
    await client.call('POST', `/${file.id}/complete`);
    expect((await send(upload, Buffer.from('<svg>'))).status).toBe(204);
    expect((await client.call('POST', `/${file.id}/complete`)).body).toMatchObject({ state: 'ready' });
    expect(await (await client.download(file.id)).text()).toBe('first');
    expect(await keysOf(file.id)).toHaveLength(2);
    const report = await open.as(slug, () => app.app.get(FilesCleanUp).run());
    expect(report).toEqual({ purged: 0, resumed: 0, removedUploads: 1, removedContents: 0, thumbnails: 0 });
    expect(await keysOf(file.id)).toHaveLength(1);
  });

  it('go on where a process was killed: after the copy, and before its upload was removed', async () => {
    const made = await client.put('Hello');
    await open.query(
      app,
      slug,
      `update tenant_files set state = 'checking', sha256 = null, claim = gen_random_uuid(),
         claimed_until = now() - interval '1 minute', upload_expires_at = now() - interval '1 minute' where id = $1`,
      [made.id],
    );
    const report = await open.as(slug, () => app.app.get(FilesCleanUp).run());
    expect(report).toMatchObject({ resumed: 1 });
    expect(await (await client.download(made.id)).text()).toBe('Hello');
  });

  it('that lie are rejected, and removed', async () => {
    const made = await client.put(PNG, { contentType: 'application/pdf', filename: 'x.pdf' });
    expect(made).toMatchObject({ state: 'rejected' });
    expect(await keysOf(made.id)).toEqual([]);
  });

  it('are read by nobody without a signature, or with an altered one', async () => {
    const { id } = await client.put('Hello');
    const { body } = await client.call<{ url: string }>('GET', `/${id}/download`);
    const [plain = ''] = body.url.split('?');
    const hers = await new FilesClient(app.url, `${isolation}-two`).put('other');
    const [otherKey = ''] = await keysOf(hers.id);
    const altered = new URL(body.url);
    altered.pathname = `/${bucket}/${otherKey}`;
    const inline = new URL(body.url);
    inline.searchParams.set('response-content-disposition', 'inline');
    for (const url of [plain, altered.href, inline.href]) expect((await fetch(url)).status).toBe(403);
    expect((await fetch(body.url, { method: 'DELETE' })).status).toBe(403);
    expect((await fetch(body.url)).status).toBe(200);
  });
});

it('thumbnails are beside pictures, and the clean-up has made what is missing', async () => {
  await open.closeApps();
  const storage = { bucket, prefix: 'shop', endpoint: server.endpoint };
  const { app, url } = await open.app({ files: { storage, thumbnails: { sizePx: 16 } } });
  const client = new FilesClient(url, 'schema-one');
  const picture = { filename: 'dot.png', contentType: 'image/png' };
  const { id } = await client.put(PNG, picture);
  const broken = Buffer.from(PNG);
  broken.fill(0xff, 43, 50);
  const { id: brokenId } = await client.put(broken, picture);
  const isMade = async (fileId: string, ending: string) =>
    (await keysOf(fileId)).some((key) => key.endsWith(`.thumbnail.${ending}`));
  await until(() => isMade(id, 'webp'));
  await until(() => isMade(brokenId, 'none'));
  const [Key] = (await keysOf(id)).filter((key) => key.endsWith('.webp'));
  await server.client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  const report = await open.as('schema-one', () => app.get(FilesCleanUp).run());
  expect(report).toMatchObject({ thumbnails: 1 });
  await until(() => isMade(id, 'webp'));
  for (const each of [id, brokenId]) {
    expect((await client.call('POST', `/${each}/purge`)).status).toBe(204);
    expect(await keysOf(each)).toEqual([]);
  }
});

it('a bucket that is not there is an error that says so, and of which a client learns nothing', async () => {
  const other = await open.app({ files: { storage: { bucket: 'not-there', endpoint: server.endpoint } } });
  const client = new FilesClient(other.url, 'schema-one');
  const { file } = await client.presign({ ...NOTE, sizeBytes: 5 });
  const answer = await client.call('POST', `/${file.id}/complete`);
  expect([409, 503]).toContain(answer.status);
  expect(JSON.stringify(answer.body)).not.toContain('not-there');
  const { body } = await client.call('GET', `/${file.id}`);
  expect(body).toMatchObject({ state: 'pending' });
  await expect(server.client.send(new GetObjectCommand({ Bucket: 'not-there', Key: 'x' }))).rejects.toThrow();
});
