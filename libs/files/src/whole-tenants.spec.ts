import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Tenant, TenantCompanion } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { exportTenant, importTenant } from '@rowhouse/transfer';
import { keyOf } from './file-key.js';
import { FilesDeployment, ISOLATIONS, SECRET } from './files.fixture.js';
import { tenantFiles } from './tenant-files-companion.js';

let open: FilesDeployment;
let folder: string;
let companion: TenantCompanion;
let fleet: Fleet;
beforeAll(async () => {
  open = await FilesDeployment.open();
  folder = await mkdtemp(join(tmpdir(), 'rowhouse-'));
  companion = tenantFiles({
    storage: { folder: open.folder, url: 'http://127.0.0.1/files', secret: SECRET },
  });
  fleet = await open.fleet({ companions: [companion] });
}, 120_000);
afterAll(async () => {
  await open?.close();
  if (folder) await rm(folder, { recursive: true });
});

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** Files as the app leaves them when they are ready; with a row of each other state, which has no content. */
async function fill(tenant: Tenant, sizes: readonly number[]): Promise<void> {
  const rows = sizes.map((size, n) => {
    const createdAt = new Date(Date.UTC(2026, n % 12, 1 + (n % 28), n % 24));
    const content = randomBytes(size);
    const state = n % 7 === 1 ? 'quarantined' : 'ready';
    return { id: randomUUID(), module: 'notes', name: `Grüße ${n}.bin`, createdAt, content, state };
  });
  for (const row of rows) {
    const path = join(open.folder, keyOf(tenant.id, row));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, row.content);
  }
  const registry = fleet.deployment.registry.for(tenant);
  const insert = (values: unknown[]) =>
    registry.query(
      `insert into tenant_files (id, module, name, content_type, size_bytes, state, sha256, created_at, upload_expires_at)
       values ($1, 'notes', $2, 'application/octet-stream', $3, $4, $5, $6, now())`,
      values,
    );
  for (const { id, name, content, state, createdAt } of rows)
    await insert([id, name, content.length, state, sha256(content), createdAt]);
  for (const state of ['pending', 'rejected', 'purging'])
    await insert([randomUUID(), 'none.txt', 5, state, null, new Date()]);
}

/** What is stored of a tenant: checksums, by the part of the key after that of the tenant. */
async function contentsOf(tenant: Pick<Tenant, 'id'>): Promise<ReadonlyMap<string, string>> {
  const keys = (await open.stored(tenant)).sort();
  const sums = await Promise.all(keys.map(async (key) => sha256(await readFile(join(open.folder, key)))));
  return new Map(keys.map((key, at) => [key.slice(tenant.id.length), sums[at] as string]));
}

const slug = (prefix: string) => `${prefix}-${randomBytes(4).toString('hex')}`;
const MANY = Array.from({ length: 200 }, (_, n) =>
  n === 0 ? 0 : n === 1 ? 2_500_000 : Math.floor(Math.random() * 20_000),
);

describe.each(ISOLATIONS)('a tenant with isolation %s', (isolation) => {
  let tenant: Tenant;
  let other: Tenant;
  beforeAll(async () => {
    tenant = await fleet.tenants.create({ slug: slug(isolation), isolation });
    other = await fleet.tenants.create({ slug: slug('other'), isolation });
    await fill(tenant, MANY);
    await fill(other, [10, 20]);
  });

  it('takes its files into an archive, and into the tenant that it becomes; its purge removes them, and no others', async () => {
    const before = await contentsOf(tenant);
    expect(before.size).toBe(MANY.length);
    const path = join(folder, randomUUID());
    const report = await exportTenant(fleet, tenant, createWriteStream(path));
    const bytes = MANY.reduce((sum, size) => sum + size, 0);
    const carried = { name: 'files', isIncluded: true, objects: MANY.length, bytes, missing: 0 };
    expect(report.contents).toEqual([carried]);
    const target = isolation === 'row' ? 'schema' : isolation;
    const made = await importTenant(fleet, path, { slug: slug('copy'), isolation: target });
    expect(made.contents).toEqual([carried]);
    expect(await contentsOf(made.tenant)).toEqual(before);

    const { id, slug: copy } = made.tenant;
    await fleet.tenants.delete(id);
    const { certificate } = await fleet.tenants.purge(copy, { confirm: copy, beforeRetentionEnds: true });
    expect(certificate.certificate.contents).toEqual([{ name: 'files', objects: MANY.length, bytes }]);
    expect(await contentsOf(made.tenant)).toEqual(new Map());
    expect(await contentsOf(tenant)).toEqual(before);
    expect((await contentsOf(other)).size).toBe(2);
  });
});
