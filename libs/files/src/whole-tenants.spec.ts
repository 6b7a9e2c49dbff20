import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Tenant, TenantCompanion } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { cloneTenant, exportTenant, importInto, importTenant, TenantBackups } from '@rowhouse/transfer';
import { until } from '../../../test/support/until.js';
import { keyOf } from './file-key.js';
import { FilesClient, FilesDeployment, ISOLATIONS, SECRET } from './files.fixture.js';
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
    await fill(other, [10, 0, 20_000]);
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
    expect((await contentsOf(other)).size).toBe(3);
  });

  it('is cloned, backed up, proven and restored with its files', async () => {
    const before = await contentsOf(other);
    const clone = await cloneTenant(fleet, other, {
      slug: slug('clone'),
      isolation: isolation === 'row' ? 'schema' : isolation,
    });
    expect(await contentsOf(clone.tenant)).toEqual(before);

    const backups = new TenantBackups(fleet, { storage: join(folder, 'backups') });
    const { id } = await backups.backup(other);
    expect((await backups.prove(id)).provenAt).not.toBeNull();
    const known = new Set([...(await everyTenant()), tenant.id, other.id]);
    const restored = await backups.restore(id, {
      slug: slug('restored'),
      isolation: isolation === 'row' ? 'schema' : isolation,
    });
    expect(await contentsOf(restored.tenant)).toEqual(before);
    // Of the test restore nothing is left.
    const folders = (await readdir(open.folder)).filter((name) => name !== restored.tenant.id);
    expect(folders.filter((name) => !known.has(name))).toEqual([]);
  });

  it('has its files scanned again where archives are not trusted: before they are committed, and no others', async () => {
    const scanning = await open.fleet({
      companions: [
        tenantFiles({
          storage: { folder: open.folder, url: 'http://127.0.0.1/files', secret: SECRET },
          scan: true,
        }),
      ],
    });
    const from = await scanning.tenants.create({ slug: slug('unscanned'), isolation });
    await fill(from, [5, 6, 7]);
    const path = join(folder, randomUUID());
    await exportTenant(scanning, from, createWriteStream(path));
    const statesOf = async (of: Tenant) =>
      (await fleet.deployment.registry.for(of).query('select state from tenant_files'))
        .map(({ state }: { state: string }) => state)
        .filter((state: string) => !['pending', 'rejected', 'purging'].includes(state))
        .sort();
    expect(await statesOf(from)).toEqual(['quarantined', 'ready', 'ready']);
    const target = isolation === 'row' ? 'schema' : isolation;
    const made = await importTenant(scanning, path, { slug: slug('unscanned'), isolation: target });
    const again = ['quarantined', 'scanning', 'scanning'];
    expect(await statesOf(made.tenant)).toEqual(again);
    const into = await scanning.tenants.create({ slug: slug('into'), isolation: target });
    await importInto(scanning, path, into.slug);
    expect(await statesOf(into)).toEqual(again);
    // What the tenant has stays as it is, unless it is overwritten.
    await importInto(scanning, path, from.slug);
    expect(await statesOf(from)).toEqual(['quarantined', 'ready', 'ready']);
    await importInto(scanning, path, from.slug, { onConflict: 'overwrite' });
    expect(await statesOf(from)).toEqual(again);
  });

  it('is refused as an archive whose rows would lead elsewhere', async () => {
    const liar = await fleet.tenants.create({ slug: slug('liar'), isolation });
    await fill(liar, [5]);
    const registry = fleet.deployment.registry.for(liar);
    for (const [column, value] of [
      ['module', '../../etc'],
      ['module', `../${other.id}/notes`],
      ['created_at', 'infinity'],
    ] as const) {
      const [row] = await registry.query(
        "select id, module, created_at from tenant_files where state = 'ready'",
      );
      await registry.query(`update tenant_files set ${column} = $1 where id = $2`, [value, row.id]);
      const path = join(folder, randomUUID());
      // A row that leads nowhere names no content, and what it would lead to is not read.
      const { contents } = await exportTenant(fleet, liar, createWriteStream(path));
      expect(contents).toMatchObject([{ objects: 0, missing: 0 }]);
      const made = await importTenant(fleet, path, {
        slug: slug('nowhere'),
        isolation: isolation === 'row' ? 'schema' : isolation,
      });
      expect(await contentsOf(made.tenant)).toEqual(new Map());
      await registry.query('update tenant_files set module = $1, created_at = $2 where id = $3', [
        row.module,
        row.created_at,
        row.id,
      ]);
    }
  });
});

it('a folder that is not mounted is no folder without files: nothing is purged, and nothing is taken for missing', async () => {
  const away = join(folder, 'not-there');
  const lost = await open.fleet({
    companions: [tenantFiles({ storage: { folder: away, url: 'http://127.0.0.1/files', secret: SECRET } })],
  });
  const tenant = await lost.tenants.create({ slug: slug('away') });
  await fill(tenant, [5]);
  const before = await contentsOf(tenant);
  await expect(
    exportTenant(lost, tenant, createWriteStream(join(folder, randomUUID()))),
  ).rejects.toMatchObject({
    code: 'FILE_STORAGE_FAILED',
  });
  await lost.tenants.delete(tenant.id);
  await expect(
    lost.tenants.purge(tenant.id, { confirm: tenant.slug, beforeRetentionEnds: true }),
  ).rejects.toMatchObject({ code: 'FILE_STORAGE_FAILED' });
  expect(await contentsOf(tenant)).toEqual(before);
  await fleet.tenants.repair();
  const { certificate } = await fleet.tenants.certificate(tenant.id);
  expect(certificate.contents).toEqual([{ name: 'files', objects: 1, bytes: 5 }]);
  expect(await contentsOf(tenant)).toEqual(new Map());
});

it('a purge without the companion says in its certificate that the files are left', async () => {
  const blind = await open.fleet();
  const tenant = await blind.tenants.create({ slug: slug('blind') });
  await fill(tenant, [5]);
  await blind.tenants.delete(tenant.id);
  const purged = await blind.tenants.purge(tenant.id, { confirm: tenant.slug, beforeRetentionEnds: true });
  expect(purged.certificate.certificate.contents).toEqual([{ name: 'files', objects: null, bytes: null }]);
  expect((await contentsOf(tenant)).size).toBe(1);
});

it('URLs of a tenant end with its suspension, and with its purge', async () => {
  const app = await open.app();
  const tenant = await fleet.tenants.create({ slug: slug('urls') });
  const client = new FilesClient(app.url, tenant.slug);
  const { id } = await client.put('Hello');
  const { url } = (await client.call<{ url: string }>('GET', `/${id}/download`)).body;
  expect((await fetch(url)).status).toBe(200);
  await fleet.tenants.suspend(tenant.id);
  await until(async () => (await fetch(url)).status === 403);
  await fleet.tenants.delete(tenant.id);
  await fleet.tenants.purge(tenant.id, { confirm: tenant.slug, beforeRetentionEnds: true });
  await until(async () => (await fetch(url)).status === 404);
  expect(await open.stored(tenant)).toEqual([]);
});

async function everyTenant(): Promise<readonly string[]> {
  const { tenants } = await fleet.tenants.list({ limit: 200 });
  return tenants.map(({ id }) => id);
}
