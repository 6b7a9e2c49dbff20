import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TenantNotFoundError } from '@rowhouse/core';
import { exportToFile, importTenant } from '@rowhouse/transfer';
import { mountSmallDisk, type SmallDisk } from '../../../test/support/small-disk.js';
import { FilesClient, FilesDeployment, SECRET, send } from './files.fixture.js';
import { tenantFiles } from './tenant-files-companion.js';

const disk = mountSmallDisk(32 * 2 ** 20);
const itWithDisk = disk ? it : it.skip;

let open: FilesDeployment;
let archives: string;
beforeAll(async () => {
  if (!disk) return;
  const folder = join(disk.path, 'files');
  await mkdir(folder);
  open = await FilesDeployment.open(folder);
  archives = await mkdtemp(join(tmpdir(), 'rowhouse-'));
}, 120_000);
afterAll(async () => {
  await open?.close();
  disk?.unmount();
  if (archives) await rm(archives, { recursive: true });
});

itWithDisk(
  'a full disk is 507 for an upload, and an error of an import; nothing is left of either',
  async () => {
    const { fill, clear } = disk as SmallDisk;
    const app = await open.app();
    const storage = { folder: open.folder, url: `${app.url}/files`, secret: SECRET };
    const fleet = await open.fleet({ companions: [tenantFiles({ storage })] });
    const tenant = await fleet.tenants.create({ slug: 'full' });
    const client = new FilesClient(app.url, tenant.slug);
    const content = Buffer.from(randomBytes(2 ** 20).toString('base64'));
    for (let n = 0; n < 2; n += 1) await client.put(content);
    const archive = join(archives, 'full.tar.gz');
    await exportToFile(fleet, tenant, archive);
    const note = Buffer.from('more than one chunk '.repeat(50_000));
    const { file, upload } = await client.presign({
      filename: 'note.txt',
      contentType: 'text/plain',
      module: 'notes',
      sizeBytes: note.length,
    });
    const before = await open.stored(tenant);

    await fill(content.length + 2 ** 19);
    await expect(importTenant(fleet, archive, { slug: 'full-copy' })).rejects.toMatchObject({
      code: 'FILE_STORAGE_FULL',
      status: 507,
    });
    await expect(fleet.tenants.find('full-copy')).rejects.toThrow(TenantNotFoundError);
    await clear();
    await fill(1_000);
    const refused = await send(upload, note);
    expect([refused.status, await refused.json()]).toMatchObject([507, { code: 'FILE_STORAGE_FULL' }]);
    expect(await open.stored(tenant)).toEqual(before);

    await clear();
    expect((await send(upload, note)).status).toBe(204);
    expect((await client.call('POST', `/${file.id}/complete`)).body).toMatchObject({ state: 'ready' });
    const made = await importTenant(fleet, archive, { slug: 'full-copy' });
    expect(made.contents).toMatchObject([{ objects: 2, missing: 0 }]);
  },
);
