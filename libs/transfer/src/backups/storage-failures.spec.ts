import { randomUUID } from 'node:crypto';
import { Readable, type Transform } from 'node:stream';
import { FileStorage } from '@flystorage/file-storage';
import { InMemoryStorageAdapter } from '@flystorage/in-memory';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import pg from 'pg';
import { until } from '../../../../test/support/until.js';
import { TransferDeployment } from '../transfer.fixture.js';
import { ROWS, SHOP } from './backups.fixture.js';
import { TenantBackups } from './tenant-backups.js';

type Write = InMemoryStorageAdapter['write'];

/** A storage that fails as it is told to. */
class Failing extends InMemoryStorageAdapter {
  onWrite: ((...args: [...Parameters<Write>, Write]) => Promise<void>) | undefined;
  onRead: ((contents: Readable) => Readable) | undefined;
  isReadOnly = false;

  override async write(...args: Parameters<Write>): Promise<void> {
    const write: Write = (...given) => super.write(...given);
    return this.onWrite ? this.onWrite(...args, write) : write(...args);
  }

  override async read(...args: Parameters<InMemoryStorageAdapter['read']>) {
    const contents = await super.read(...args);
    return this.onRead?.(contents as Readable) ?? contents;
  }

  override async deleteFile(...args: Parameters<InMemoryStorageAdapter['deleteFile']>): Promise<void> {
    if (this.isReadOnly) throw new Error('access denied');
    return super.deleteFile(...args);
  }
}

let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;
let adapter: Failing;
let storage: FileStorage;
let backups: TenantBackups;
let admin: pg.Client;
beforeEach(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([SHOP]);
  acme = await fleet.tenants.create({ slug: 'acme' });
  for (const text of ROWS) await deployment.query(fleet, acme, text);
  await deployment.query(
    fleet,
    acme,
    `insert into visits (page) select md5(random()::text) from generate_series(1, 50000)`,
  );
  adapter = new Failing();
  storage = new FileStorage(adapter);
  backups = new TenantBackups(fleet, { storage });
  admin = new pg.Client(deployment.database.url);
  await admin.connect();
});
afterEach(async () => {
  await admin.end();
  await deployment.close();
});

const objects = async () =>
  (await storage.list('', { deep: true }).toArray()).filter(({ isFile }) => isFile).map(({ path }) => path);
const files = async () =>
  (await deployment.catalog.query('select state, storage_key as key from rowhouse.backup_files')).rows;
const states = async () => (await backups.list()).backups.map(({ state, error }) => ({ state, error }));
const everyTenant = async () =>
  (await deployment.catalog.query('select slug from rowhouse.tenants')).rows.map(({ slug }) => slug);

async function firstBytes(contents: Readable, bytes: number): Promise<void> {
  let seen = 0;
  for await (const chunk of contents) {
    seen += chunk.length;
    if (seen >= bytes) return;
  }
}

/** Answers when the sessions have ended. */
const terminate = (condition: string) =>
  admin.query(
    `select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and ${condition}`,
  );

describe('a backup whose storage fails', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });

  it.each<[string, (contents: Readable) => Promise<void>]>([
    [
      'at once',
      async () => {
        throw full;
      },
    ],
    [
      'in the middle, ending the stream',
      async (contents) => {
        await firstBytes(contents, 100_000);
        throw full;
      },
    ],
    [
      'in the middle, leaving the stream as it is',
      async (contents) => {
        await new Promise((resolve) => contents.once('readable', resolve));
        throw full;
      },
    ],
    [
      'in the middle, with the error of the stream',
      async (contents) => {
        contents.once('readable', () => contents.destroy(full));
        await new Promise((_, reject) => contents.once('error', reject));
      },
    ],
  ])('%s: says so, and is not listed as complete', async (_, fail) => {
    adapter.onWrite = (_path, contents) => fail(contents);
    await expect(backups.backup(acme)).rejects.toMatchObject({
      code: 'BACKUP_STORAGE_FAILED',
      status: 503,
      message: expect.stringMatching(/no space left on device/),
    });
    expect(await states()).toEqual([{ state: 'failed', error: expect.stringMatching(/no space left/) }]);
    expect([await objects(), await files()]).toEqual([[], []]);
    adapter.onWrite = undefined;
    const { id } = await backups.backup(acme);
    expect((await backups.prove(id)).state).toBe('complete');
  });

  it('when it has been handed the whole of a small archive: says so', async () => {
    await deployment.query(fleet, acme, 'truncate visits');
    adapter.onWrite = async (_path, contents) => {
      await until(async () => (contents as Transform).writableFinished);
      throw full;
    };
    await expect(backups.backup(acme)).rejects.toMatchObject({ code: 'BACKUP_STORAGE_FAILED' });
  });

  it('keeps less than it was given, which is found out', async () => {
    adapter.onWrite = async (path, contents, options, write) => {
      const chunks: Buffer[] = [];
      for await (const chunk of contents) chunks.push(chunk);
      await write(path, Readable.from(Buffer.concat(chunks).subarray(0, 1_000)), options);
    };
    await expect(backups.backup(acme)).rejects.toMatchObject({
      code: 'BACKUP_STORAGE_FAILED',
      message: expect.stringMatching(/was given \d+ bytes, and has 1000/),
    });
    expect([await objects(), await files()]).toEqual([[], []]);
  });

  it('cannot be cleaned up at once: a prune does it', async () => {
    adapter.onWrite = async (path, contents, options, write) => {
      await write(path, Readable.from(Buffer.from('half')), options);
      await firstBytes(contents, 1);
      throw full;
    };
    adapter.isReadOnly = true;
    await expect(backups.backup(acme)).rejects.toMatchObject({ code: 'BACKUP_STORAGE_FAILED' });
    expect(await objects()).toHaveLength(1);
    expect(await files()).toMatchObject([{ state: 'deleting' }]);
    adapter.isReadOnly = false;
    expect(await backups.prune()).toMatchObject({ missing: [], unknown: [], failed: [] });
    expect([await objects(), await files()]).toEqual([[], []]);
  });
});

describe('a backup whose connection is cut', () => {
  it.each([
    [
      'to the tenant',
      `query ilike 'copy%' or backend_type = 'client backend' and state = 'idle in transaction'`,
    ],
    ['that holds its lock', `application_name = 'rowhouse-locks'`],
  ])('%s: fails, and leaves nothing', async (_, condition) => {
    adapter.onWrite = async (path, contents, options, write) => {
      await terminate(`(${condition})`);
      // What follows waits until the loss is known.
      await new Promise((resolve) => setTimeout(resolve, 100));
      await write(path, contents, options);
    };
    await expect(backups.backup(acme)).rejects.toThrow();
    adapter.onWrite = undefined;
    await backups.prune();
    expect(await states()).toEqual([{ state: 'failed', error: expect.stringMatching(/./) }]);
    expect([await objects(), await files()]).toEqual([[], []]);
    expect((await backups.backup(acme)).state).toBe('complete');
  });
});

it('a restore whose storage breaks off leaves nothing, and the backup is not called damaged', async () => {
  const { id } = await backups.backup(acme);
  for (const reading of [1, 2, 3]) {
    let readings = 0;
    adapter.onRead = (contents) => {
      readings += 1;
      if (readings !== reading) return contents;
      return Readable.from(brokenOff(contents));
    };
    await expect(backups.restore(id, { slug: 'copy' })).rejects.toMatchObject({
      code: 'BACKUP_STORAGE_FAILED',
      message: expect.stringMatching(/ECONNRESET/),
    });
    expect(await everyTenant()).toEqual(['acme']);
  }
  adapter.onRead = undefined;
  expect((await backups.verify(id)).state).toBe('complete');
});

async function* brokenOff(contents: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of contents) {
    yield chunk.subarray(0, chunk.length >> 1);
    throw new Error('read ECONNRESET');
  }
}

describe('a prune', () => {
  it('ends what a process left that died', async () => {
    const fileId = randomUUID();
    const key = `${acme.id}/20261127T143000Z-${fileId}.tar.gz`;
    await storage.write(key, 'half of it');
    await deployment.catalog.query(
      'insert into rowhouse.backup_files (id, tenant_id, storage_key) values ($1, $2, $3)',
      [fileId, acme.id, key],
    );
    await deployment.catalog.query(
      "insert into rowhouse.backups (id, tenant_id, slug, kind, file_id) values ($1, $2, 'acme', 'scheduled', $3)",
      [randomUUID(), acme.id, fileId],
    );
    expect(await backups.prune()).toMatchObject({ removed: [], unknown: [], missing: [], failed: [] });
    expect(await states()).toEqual([{ state: 'failed', error: 'The process that made it ended.' }]);
    expect([await objects(), await files()]).toEqual([[], []]);
  });

  it('removes files that nobody knows only when it is told to, and files of others never', async () => {
    const known = await backups.backup(acme);
    const unknown = `${randomUUID()}/20261127T143000Z-${randomUUID()}.tar.gz`;
    const others = ['readme.txt', `${acme.id}/notes.tar.gz`, '20261127T143000Z.tar.gz'];
    for (const key of [unknown, ...others]) await storage.write(key, 'content');
    expect((await backups.prune()).unknown).toEqual([unknown]);
    expect(await objects()).toHaveLength(5);
    expect((await backups.prune({ unknownFiles: true })).unknown).toEqual([unknown]);
    expect((await objects()).sort()).toEqual([...others, known.key].sort());
  });

  it('finds files that are missing, and believes them when they are back', async () => {
    const { id, key } = await backups.backup(acme);
    const content = await storage.readToBuffer(key ?? '');
    await storage.deleteFile(key ?? '');
    expect((await backups.prune()).missing).toEqual([key]);
    expect((await backups.find(id)).state).toBe('damaged');
    await storage.write(key ?? '', content);
    expect((await backups.prune()).missing).toEqual([]);
    expect((await backups.verify(id)).state).toBe('complete');
  });
});
