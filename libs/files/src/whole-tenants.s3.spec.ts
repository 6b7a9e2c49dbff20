/** @suite s3 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { exportToFile, importTenant } from '@rowhouse/transfer';
import { type S3Server, startS3Server } from '../../../test/support/s3-server.js';
import { FilesClient, FilesDeployment } from './files.fixture.js';
import { tenantFiles } from './tenant-files-companion.js';

let server: S3Server;
let open: FilesDeployment;
let folder: string;
beforeAll(async () => {
  server = await startS3Server();
  Object.assign(process.env, server.env);
  open = await FilesDeployment.open();
  folder = await mkdtemp(join(tmpdir(), 'rowhouse-'));
});
afterAll(async () => {
  await open?.close();
  await server?.stop();
  if (folder) await rm(folder, { recursive: true });
});

/** More than is sent in one request. */
const LARGE = 17 * 2 ** 20;

it('files in a bucket go into an archive, and into the tenant that it becomes; a purge removes them, and uploads that never ended', async () => {
  const bucket = await server.bucket();
  const storage = { bucket, prefix: 'shop', endpoint: server.endpoint };
  const app = await open.app({ files: { storage } });
  const fleet = await open.fleet({ companions: [tenantFiles({ storage })] });
  const tenant = await fleet.tenants.create({ slug: 'bucket' });
  const client = new FilesClient(app.url, tenant.slug);
  const zip = Buffer.concat([Buffer.from('504b0304', 'hex'), randomBytes(LARGE)]);
  for (const [content, fields] of [
    [Buffer.from('Hello'), {}],
    [zip, { filename: 'large.zip', contentType: 'application/zip' }],
  ] as const)
    expect(await client.put(content, fields)).toMatchObject({ state: 'ready' });

  const path = join(folder, 'bucket.tar.gz');
  const report = await exportToFile(fleet, tenant, path);
  expect(report.contents).toMatchObject([{ objects: 2, bytes: 5 + zip.length, missing: 0 }]);
  const { tenant: made, contents } = await importTenant(fleet, path, { slug: 'bucket-copy' });
  expect(contents).toMatchObject([{ objects: 2, missing: 0 }]);
  const copies = new FilesClient(app.url, made.slug);
  const { items } = (await copies.call<{ items: { id: string; name: string }[] }>('GET', '')).body;
  for (const { id, name } of items) {
    const read = Buffer.from(await (await copies.download(id)).arrayBuffer());
    expect(read.equals(name === 'large.zip' ? zip : Buffer.from('Hello'))).toBe(true);
  }

  const Key = `shop/${made.id}/.uploads/begun`;
  await server.client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
  await fleet.tenants.delete(made.id);
  const how = { confirm: made.slug, beforeRetentionEnds: true };
  const { certificate } = await fleet.tenants.purge(made.id, how);
  // The third is the upload that never ended.
  expect(certificate.certificate.contents).toEqual([{ name: 'files', objects: 3, bytes: 5 + zip.length }]);
  const keys = await server.keysIn(bucket);
  expect(keys.filter((key) => key.includes(made.id))).toEqual([]);
  expect(keys.filter((key) => key.includes(tenant.id))).toHaveLength(2);
  expect(await server.uploadsIn(bucket)).toEqual([]);
});

it('a bucket that is not there is not taken for one without files', async () => {
  const storage = { bucket: 'not-there', endpoint: server.endpoint };
  const fleet = await open.fleet({ companions: [tenantFiles({ storage })] });
  const tenant = await fleet.tenants.create({ slug: 'no-bucket' });
  await fleet.tenants.delete(tenant.id);
  await expect(
    fleet.tenants.purge(tenant.id, { confirm: tenant.slug, beforeRetentionEnds: true }),
  ).rejects.toMatchObject({ code: 'FILE_STORAGE_FAILED' });
});
