import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FileStorage } from '@flystorage/file-storage';
import { InMemoryStorageAdapter } from '@flystorage/in-memory';
import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import fc from 'fast-check';
import { importTenant } from '../import/import-tenant.js';
import { migration, TransferDeployment } from '../transfer.fixture.js';
import { ROWS, SHOP } from './backups.fixture.js';
import { TenantBackups } from './tenant-backups.js';

let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;
let folder: string;
let backups: TenantBackups;

beforeEach(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([SHOP]);
  acme = await fleet.tenants.create({ slug: 'acme', plan: 'pro', metadata: { a: 1 } });
  for (const text of ROWS) await deployment.query(fleet, acme, text);
  folder = join(deployment.folder, 'backups');
  backups = new TenantBackups(fleet, { storage: folder });
});
afterEach(() => deployment.close());

async function contentOf(tenant: Tenant) {
  const read = (text: string) => deployment.query(fleet, tenant, text);
  return {
    products: await read('select id, name, price::text from products order by id'),
    visits: await read('select at::text, page from visits order by page'),
    weird: await read('select n, "Odd ""Column"""::text as odd from "Weird Name" order by 1, 2'),
  };
}

async function filesIn(path: string): Promise<string[]> {
  const found = await readdir(path, { recursive: true, withFileTypes: true });
  return found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

const change = () => deployment.query(fleet, acme, "insert into products (name) values ('another')");
const slugs = async () => (await fleet.tenants.list({ limit: 1_000 })).tenants.map(({ slug }) => slug);

describe('a backup', () => {
  it('is listed with what it holds, and becomes a tenant of its own', async () => {
    const before = await contentOf(acme);
    const backup = await backups.backup(acme);
    expect(backup).toMatchObject({
      tenantId: acme.id,
      slug: 'acme',
      kind: 'manual',
      state: 'complete',
      tables: 3,
      rows: 73,
      error: null,
      provenAt: null,
    });
    const path = join(folder, backup.key ?? '');
    expect((await stat(path)).size).toBe(backup.bytes);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    await change();
    const { tenant, rows } = await backups.restore(backup.id);
    expect(rows).toBe(73);
    const at = backup.takenAt.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
    expect(tenant).toMatchObject({
      slug: `acme-at-${at}`,
      status: 'active',
      plan: 'pro',
      metadata: { a: 1 },
    });
    expect(await contentOf(tenant)).toEqual(before);
    expect((await contentOf(acme)).products).toHaveLength(51);
  });

  it.each(['schema', 'row', 'database'] as TenantIsolation[])(
    'is of a tenant with isolation %s, and proven',
    async (isolation) => {
      const tenant = await fleet.tenants.create({ slug: 'globex', isolation });
      for (const text of ROWS) await deployment.query(fleet, tenant, text);
      const { id } = await backups.backup(tenant);
      expect((await backups.prove(id)).provenAt).toBeInstanceOf(Date);
      const to = isolation === 'row' ? 'schema' : isolation;
      const restored = await backups.restore(id, { slug: 'globex-again', isolation: to });
      expect(await contentOf(restored.tenant)).toEqual(await contentOf(tenant));
      expect(await slugs()).toEqual(['acme', 'globex', 'globex-again']);
    },
    120_000,
  );

  it('can be imported without the catalog: its file is an archive', async () => {
    const { key } = await backups.backup(acme);
    const path = join(folder, key ?? '');
    const { tenant } = await importTenant(fleet, () => createReadStream(path), { slug: 'copy' });
    expect(await contentOf(tenant)).toEqual(await contentOf(acme));
  });

  it('goes to and comes from any storage', async () => {
    const storage = new FileStorage(new InMemoryStorageAdapter());
    const inMemory = new TenantBackups(fleet, { storage });
    const { id, key } = await inMemory.backup(acme);
    expect((await storage.list('', { deep: true }).toArray()).map(({ path }) => path)).toContain(key);
    expect((await inMemory.prove(id)).provenAt).toBeInstanceOf(Date);
    const { tenant } = await inMemory.restore(id, { slug: 'copy' });
    expect(await contentOf(tenant)).toEqual(await contentOf(acme));
    await inMemory.delete(id);
    expect(
      await storage
        .list('', { deep: true })
        .filter(({ isFile }) => isFile)
        .toArray(),
    ).toEqual([]);
  });

  it('outlives its tenant', async () => {
    const before = await contentOf(acme);
    const { id } = await backups.backup(acme);
    await fleet.tenants.delete('acme');
    await fleet.tenants.purge('acme', { confirm: 'acme', beforeRetentionEnds: true });
    expect((await backups.list({ tenant: 'acme' })).backups.map((one) => one.id)).toEqual([id]);
    const { tenant, backup } = await backups.restoreAt('acme', new Date(), { slug: 'acme' });
    expect([backup.id, await contentOf(tenant)]).toEqual([id, before]);
  });

  it('of a moment is the newest that is not later', async () => {
    const [first] = [await backups.backup(acme)];
    await change();
    const second = await backups.backup(acme);
    const at = async (moment: Date) => (await backups.newest('acme', moment)).id;
    expect(await at(new Date())).toBe(second.id);
    expect(await at(second.takenAt)).toBe(second.id);
    expect(await at(new Date(second.takenAt.getTime() - 1))).toBe(first.id);
    await expect(at(new Date(first.takenAt.getTime() - 1))).rejects.toMatchObject({
      code: 'BACKUP_NOT_FOUND',
    });
    await expect(backups.newest('nobody', new Date())).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
  });

  it('is one at a time', async () => {
    const both = await Promise.allSettled([backups.backup(acme), backups.backup(acme)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'BACKUP_CONFLICT' },
    });
    expect((await backups.list()).backups).toHaveLength(1);
  });

  it('that is cancelled leaves a record of that, and no file', async () => {
    const stop = new AbortController();
    const cancelled = backups.backup(acme, {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    });
    await expect(cancelled).rejects.toThrow('enough');
    expect((await backups.list()).backups).toMatchObject([{ state: 'failed', error: 'enough', key: null }]);
    expect(await filesIn(deployment.folder)).toEqual([]);
  });
});

describe('the list of backups', () => {
  it('has pages, the latest first', async () => {
    const globex = await fleet.tenants.create({ slug: 'globex' });
    const made: string[] = [];
    for (const tenant of [acme, globex, acme, acme]) made.unshift((await backups.backup(tenant)).id);
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await backups.list({ limit: 3, ...(cursor && { cursor }) });
      found.push(...page.backups.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    expect(found).toEqual(made);
    const one = await backups.list({ tenant: 'globex' });
    expect(one.backups.map(({ slug }) => slug)).toEqual(['globex']);
    expect(await backups.list({ tenant: 'nobody' })).toEqual({ backups: [], next: undefined });
  });

  it.each([{ limit: 0 }, { limit: 1.5 }, { cursor: 'x' }, { cursor: '../..' }])(
    'refuses %j',
    async (options) => {
      await expect(backups.list(options)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    },
  );

  it.each(['', '../../etc/passwd', "' or true", randomUUID()])('has no backup %j', async (id) => {
    for (const ask of [
      () => backups.find(id),
      () => backups.verify(id),
      () => backups.restore(id),
      () => backups.delete(id),
      () => backups.prove(id),
    ])
      await expect(ask()).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
  });
});

describe('a tenant that did not change', () => {
  it('shares a file among its backups, until the last of them is deleted', async () => {
    const made = [await backups.backup(acme), await backups.backup(acme)];
    await deployment.query(fleet, acme, "update products set price = 1.50 where name = 'product 1'");
    made.push(await backups.backup(acme));
    await deployment.query(fleet, acme, "update products set price = 1.5 where name = 'product 1'");
    made.push(await backups.backup(acme));
    const keys = made.map(({ key }) => key);
    expect(keys[0]).toBe(keys[1]);
    // The number is the same, and its digits are not.
    expect(new Set(keys).size).toBe(3);
    expect(made.every(({ state, rows }) => state === 'complete' && rows === 73)).toBe(true);
    await backups.delete(made[0]?.id ?? '');
    expect((await backups.verify(made[1]?.id ?? '')).state).toBe('complete');
    await backups.delete(made[1]?.id ?? '');
    expect(await filesIn(folder)).toHaveLength(2);
    await expect(stat(join(folder, keys[1] ?? ''))).rejects.toThrow('ENOENT');
  });

  it('gets a new file where the old one is gone or is known to be damaged', async () => {
    const first = await backups.backup(acme);
    await rm(join(folder, first.key ?? ''));
    const second = await backups.backup(acme);
    expect(second.key).not.toBe(first.key);
    await writeFile(join(folder, second.key ?? ''), Buffer.alloc(second.bytes ?? 0));
    await expect(backups.verify(second.id)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    expect((await backups.backup(acme)).key).not.toBe(second.key);
  });

  it('has changed with its structure, its sequences and what the catalog says of it', async () => {
    const keys = new Set([(await backups.backup(acme)).key]);
    await fleet.tenants.update('acme', { plan: 'free' });
    keys.add((await backups.backup(await fleet.tenants.find('acme'))).key);
    await deployment.asOwner(fleet, acme, 'alter table tenant_acme.visits add note text');
    keys.add((await backups.backup(acme)).key);
    expect(keys.size).toBe(3);
  });
});

describe('a file that is not what was written', () => {
  it.each<[string, (path: string, content: Buffer) => Promise<void>]>([
    ['is missing', (path) => rm(path)],
    ['is cut off', (path, content) => writeFile(path, content.subarray(0, -1))],
    ['has one other bit', (path, content) => writeFile(path, flipped(content))],
    ['is longer', (path, content) => writeFile(path, Buffer.concat([content, Buffer.from([0])]))],
  ])('%s: it is not restored, and listed as damaged', async (_, damage) => {
    const backup = await backups.backup(acme);
    const path = join(folder, backup.key ?? '');
    const content = await readFile(path);
    await damage(path, content);
    const uses: ((id: string) => Promise<unknown>)[] = [
      (id) => backups.verify(id),
      (id) => backups.restore(id),
      (id) => backups.prove(id),
    ];
    for (const use of uses) await expect(use(backup.id)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    expect(await backups.find(backup.id)).toMatchObject({
      state: 'damaged',
      error: expect.stringMatching(/file/),
    });
    await expect(backups.newest('acme', new Date())).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
    expect(await slugs()).toEqual(['acme']);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    expect((await backups.verify(backup.id)).state).toBe('complete');
  });
});

function flipped(content: Buffer): Buffer {
  const copy = Buffer.from(content);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

describe('a test restore', () => {
  it('finds rows that are not those that were backed up, and leaves nothing', async () => {
    const { id, key } = await backups.backup(acme);
    await change();
    const other = await backups.backup(acme);
    // The file of the one under the checksums of the other: whole, and not of that moment.
    await deployment.catalog.query(
      `update rowhouse.backup_files f set bytes = o.bytes, sha256 = o.sha256, storage_key = 'was ' || f.id
         from rowhouse.backup_files o where f.storage_key = $1 and o.storage_key = $2`,
      [key, other.key],
    );
    await deployment.catalog.query(
      `update rowhouse.backup_files set storage_key = case when storage_key = $1 then 'other' else $1 end`,
      [other.key],
    );
    await expect(backups.prove(id)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    expect(await backups.find(id)).toMatchObject({
      provenAt: null,
      error: expect.stringMatching(/other rows/),
    });
    expect(await everyTenant()).toEqual(['acme']);
  });

  it('fails where the release does not know the migrations, and says so in the list', async () => {
    const { id } = await backups.backup(acme);
    const older = new TenantBackups(await deployment.fleet([]), { storage: folder });
    await expect(older.prove(id)).rejects.toMatchObject({ code: 'IMPORT_REFUSED' });
    expect((await backups.find(id)).error).toMatch(/Shop1757000000001/);
    expect((await backups.prove(id)).error).toBeNull();
  });

  it('runs the migrations that the rows have not had', async () => {
    const { id } = await backups.backup(acme);
    const impossible = migration('Impossible1757000000002', [
      'alter table products add check (price > 1000)',
    ]);
    const newer = new TenantBackups(await deployment.fleet([SHOP, impossible]), { storage: folder });
    await expect(newer.prove(id)).rejects.toThrow(/violated/);
    expect(await everyTenant()).toEqual(['acme']);
  });

  const everyTenant = async () =>
    (await deployment.catalog.query('select slug from rowhouse.tenants order by 1')).rows.map(
      ({ slug }) => slug,
    );
});

it('restores each of many backups as the tenant was then', async () => {
  const states = new Map<string, unknown>();
  const statements = [
    "insert into products (name, price) values ('new', random())",
    'delete from products where id in (select id from products order by random() limit 3)',
    'update products set price = price * 2 where id in (select id from products order by random() limit 5)',
    "insert into visits select now(), '/again' from generate_series(1, 100)",
    'truncate visits',
    `update "Weird Name" set n = coalesce(n, 0) + 1`,
    'select 1',
  ];
  const picks = fc.sample(fc.integer({ min: 0, max: statements.length - 1 }), 24);
  for (const pick of picks) {
    await deployment.query(fleet, acme, statements[pick] ?? '');
    states.set((await backups.backup(acme)).id, await contentOf(acme));
  }
  for (const [id, state] of states) {
    const { tenant } = await backups.restore(id, { slug: 'then' });
    expect(await contentOf(tenant)).toEqual(state);
    await fleet.tenants.delete('then');
    await fleet.tenants.purge('then', { confirm: 'then', beforeRetentionEnds: true });
  }
  expect((await backups.list()).backups).toHaveLength(24);
}, 180_000);
