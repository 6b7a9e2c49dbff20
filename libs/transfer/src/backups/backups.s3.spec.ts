/** @suite s3 */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import pg from 'pg';
import { type S3Server, startS3Server } from '../../../../test/support/s3-server.js';
import { startTcpProxy, type TcpProxy } from '../../../../test/support/tcp-proxy.js';
import { openS3Storage } from '../storage/s3-storage.js';
import { TransferDeployment } from '../transfer.fixture.js';
import type { BackupOptions } from './backup-options.js';
import { ROWS, SHOP } from './backups.fixture.js';
import { BackupRunner } from './schedule/backup-runner.js';
import { TenantBackups } from './tenant-backups.js';

const MIB = 2 ** 20;
const HOUR_MS = 3_600_000;

let server: S3Server;
let proxy: TcpProxy;
let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;
let bucket: string;
beforeAll(async () => {
  server = await startS3Server();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  Object.assign(process.env, server.env);
  proxy = await startTcpProxy(server.port);
  bucket = await server.bucket();
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([SHOP]);
  acme = await fleet.tenants.create({ slug: 'acme' });
  for (const text of ROWS) await deployment.query(fleet, acme, text);
});
afterEach(async () => {
  await deployment.close();
  await proxy.close();
});

const endpoint = () => `http://127.0.0.1:${proxy.port}`;
const open = (options: Partial<BackupOptions> = {}) =>
  new TenantBackups(fleet, { storage: { bucket, prefix: 'shop', endpoint: endpoint() }, ...options });
const states = async (backups: TenantBackups) =>
  (await backups.list()).backups.map(({ state, error }) => ({ state, error }));
const slugs = async () =>
  (await deployment.catalog.query('select slug from rowhouse.tenants order by 1')).rows.map(
    ({ slug }) => slug,
  );
const visit = () =>
  deployment.query(fleet, acme, `insert into visits (page) values (gen_random_uuid()::text)`);

/** Rows that gzip cannot make smaller: some 28 MB, so two parts. */
async function fill(rows = 7_000): Promise<void> {
  await deployment.query(
    fleet,
    acme,
    `insert into visits (page)
     select (select string_agg(encode(sha512((n || '-' || k || random()::text)::bytea), 'base64'), '') from generate_series(1, 60) k)
       from generate_series(1, ${rows}) n`,
  );
}

async function whenSent(bytes: number, then: () => void): Promise<void> {
  const from = proxy.sentBytes;
  await new Promise<void>((resolve) => {
    proxy.onSend = () => {
      if (proxy.sentBytes - from < bytes) return;
      proxy.onSend = undefined;
      then();
      resolve();
    };
  });
}

describe('backups in a bucket', () => {
  it('are made, listed, verified, proven, restored and deleted', async () => {
    const backups = open();
    const { id, key } = await backups.backup(acme);
    expect(await server.keysIn(bucket)).toEqual([`shop/${key}`]);
    expect((await backups.verify(id)).state).toBe('complete');
    expect((await backups.prove(id)).provenAt).toBeInstanceOf(Date);
    expect(await backups.restore(id, { slug: 'again' })).toMatchObject({
      tenant: { slug: 'again' },
      rows: 73,
    });
    await backups.delete(id);
    expect(await server.keysIn(bucket)).toEqual([]);
  });

  it('without a change are in the same object', async () => {
    const backups = open();
    const [first, second] = [await backups.backup(acme), await backups.backup(acme)];
    expect(second.key).toBe(first.key);
    expect(await server.keysIn(bucket)).toHaveLength(1);
  });

  it('encrypted and signed are opened again', async () => {
    const { generateX25519Identity, identityToRecipient } = await import('age-encryption');
    const identity = await generateX25519Identity();
    const recipients = [await identityToRecipient(identity)];
    const backups = open({ archives: { recipients, identities: [identity] } });
    const { id } = await backups.backup(acme);
    expect((await backups.prove(id)).state).toBe('complete');
  });

  it('are sent in parts, with some parts in memory', async () => {
    await fill();
    const backups = open();
    const { id, key, bytes } = await backups.backup(acme);
    expect(bytes).toBeGreaterThan(24 * MIB);
    const { ETag, ContentLength } = await server.client.send(
      new HeadObjectCommand({ Bucket: bucket, Key: `shop/${key}` }),
    );
    expect(ContentLength).toBe(bytes);
    expect(Number(/-(\d+)"$/.exec(ETag ?? '')?.[1])).toBe(Math.ceil((bytes ?? 0) / (16 * MIB)));
    expect(await server.uploadsIn(bucket)).toEqual([]);
    expect((await backups.verify(id)).state).toBe('complete');
    expect(await backups.restore(id, { slug: 'again' })).toMatchObject({ rows: 7_073 });
  });

  it('are pruned as retention says, among other prefixes', async () => {
    const others = open({ storage: { bucket, prefix: 'other', endpoint: endpoint() } });
    const kept = await others.backup(acme);
    const backups = open({ keep: { hourly: 1 } });
    const old = await backups.backup(acme, {}, 'scheduled');
    await visit();
    const latest = await backups.backup(acme, {}, 'scheduled');
    expect(old.key).not.toBe(latest.key);
    // The catalog is shared here, which deployments do not do: what is in the other prefix is missing in this one.
    expect(await backups.prune()).toMatchObject({ removed: [old.id], unknown: [], failed: [] });
    expect((await server.keysIn(bucket)).sort()).toEqual([`other/${kept.key}`, `shop/${latest.key}`].sort());
  });

  it('and more than a thousand objects are all listed', async () => {
    const backups = open();
    const { key } = await backups.backup(acme);
    const names = Array.from(
      { length: 1_050 },
      () => `${randomUUID()}/20261127T143000Z-${randomUUID()}.tar.gz`,
    );
    const put = (name: string) =>
      server.client.send(new PutObjectCommand({ Bucket: bucket, Key: `shop/${name}`, Body: 'x' }));
    for (let at = 0; at < names.length; at += 50) await Promise.all(names.slice(at, at + 50).map(put));
    await put('notes.txt');
    expect([...(await backups.prune()).unknown].sort()).toEqual([...names].sort());
    await backups.prune({ unknownFiles: true });
    expect((await server.keysIn(bucket)).sort()).toEqual([`shop/${key}`, 'shop/notes.txt'].sort());
  });

  it('are made by schedule; after a failure they are tried again', async () => {
    const noon = new Date(Math.ceil(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS + 12 * HOUR_MS);
    const at = (ms: number) => new Date(noon.getTime() + ms);
    const problems: unknown[] = [];
    const runner = new BackupRunner(open({ schedule: '0 15 * * *', spreadMinutes: 0 }), {
      onProblem: ({ error }) => problems.push(error),
    });
    await runner.runDue({ now: noon });
    proxy.fault = 'refuse';
    expect((await runner.runDue({ now: at(3 * HOUR_MS) })).backedUp).toEqual([]);
    expect(problems).toMatchObject([{ code: 'BACKUP_STORAGE_FAILED' }]);
    proxy.fault = 'pass';
    expect((await runner.runDue({ now: at(3 * HOUR_MS + 60_000) })).backedUp).toEqual([]);
    expect((await runner.runDue({ now: at(3 * HOUR_MS + 600_000) })).backedUp).toEqual(['acme']);
    expect(await server.keysIn(bucket)).toHaveLength(1);
  });
});

describe('a storage that cannot be used', () => {
  it.each<[string, Partial<NodeJS.ProcessEnv>, RegExp]>([
    [
      'a wrong secret',
      { AWS_SECRET_ACCESS_KEY: 'wrong' },
      /SignatureDoesNotMatch.*HTTP 403\. Look at the keys/,
    ],
    ['an unknown key', { AWS_ACCESS_KEY_ID: 'NOBODY' }, /InvalidAccessKeyId.*HTTP 403\. Look at the keys/],
  ])('because of %s says so, and no secret', async (_, env, message) => {
    Object.assign(process.env, env);
    const backups = open();
    const failed = await backups.backup(acme).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 'BACKUP_STORAGE_FAILED',
      status: 503,
      message: expect.stringMatching(message),
    });
    expect(String(failed)).not.toMatch(new RegExp(`${process.env['AWS_SECRET_ACCESS_KEY']}|AKIA`));
    expect(await states(backups)).toEqual([{ state: 'failed', error: expect.stringMatching(message) }]);
    Object.assign(process.env, server.env);
    expect((await open().backup(acme)).state).toBe('complete');
  });

  it('because there are no keys says where they come from', async () => {
    for (const name of Object.keys(server.env)) delete process.env[name];
    process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
    await expect(open().backup(acme)).rejects.toMatchObject({
      code: 'BACKUP_STORAGE_FAILED',
      message: expect.stringMatching(/credentials.*Look at the keys \(AWS_ACCESS_KEY_ID/i),
    });
  });

  it('because the bucket is not there says so, and calls no backup damaged', async () => {
    const { id } = await open().backup(acme);
    const backups = open({ storage: { bucket: 'no-such-bucket', endpoint: endpoint() } });
    const missing = {
      code: 'BACKUP_STORAGE_FAILED',
      message: expect.stringMatching(/Look whether the bucket is there/),
    };
    await expect(backups.verify(id)).rejects.toMatchObject(missing);
    await expect(backups.prune()).rejects.toMatchObject(missing);
    await visit();
    await expect(backups.backup(acme)).rejects.toMatchObject(missing);
    expect((await backups.find(id)).state).toBe('complete');
  });

  it('because nobody answers says so', async () => {
    proxy.fault = 'refuse';
    await expect(open().backup(acme)).rejects.toMatchObject({
      code: 'BACKUP_STORAGE_FAILED',
      message: expect.stringMatching(/(ECONN|socket hang up).*Look whether it can be reached/),
    });
    const { port } = proxy;
    await proxy.close();
    await expect(
      open({ storage: { bucket, endpoint: `http://127.0.0.1:${port}` } }).backup(acme),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/ECONNREFUSED.*Look whether it can be reached/),
    });
  });

  it.each([
    [{ bucket: 'Not A Bucket' }, 'storage.bucket'],
    [{ bucket: 'shop', endpoint: 'localhost:9000' }, 'storage.endpoint'],
    [{ bucket: 'shop', endpoint: 'http://key:secret@localhost:9000' }, 'storage.endpoint'],
    [{ bucket: 'shop', prefix: '../other' }, 'storage.prefix'],
    [{ bucket: 'shop', prefix: '/shop' }, 'storage.prefix'],
    [{ bucket: 'shop', secretAccessKey: 'x' }, 'secretAccessKey'],
    [{ folder: 'x' }, 'storage'],
    ['', 'storage'],
  ])('because of wrong options (%j) is found at once', (storage, field) => {
    expect(() => open({ storage: storage as string })).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID', message: expect.stringContaining(field) }),
    );
  });
});

describe('a backup on a bad network', () => {
  it('whose connections are cut once sends these parts again', async () => {
    await fill();
    const backups = open();
    const cut = whenSent(4 * MIB, () => proxy.cut());
    const { id } = await backups.backup(acme);
    await cut;
    expect((await backups.verify(id)).state).toBe('complete');
    expect((await backups.prove(id)).state).toBe('complete');
  });

  it('whose storage goes away leaves no object, and is none', async () => {
    await fill();
    const backups = open();
    const gone = whenSent(4 * MIB, () => {
      proxy.fault = 'refuse';
      proxy.cut();
    });
    await expect(backups.backup(acme)).rejects.toMatchObject({ code: 'BACKUP_STORAGE_FAILED' });
    await gone;
    expect(await states(backups)).toMatchObject([{ state: 'failed' }]);
    expect(await server.keysIn(bucket)).toEqual([]);
    proxy.fault = 'pass';
    expect(await backups.prune()).toMatchObject({ unknown: [], missing: [], failed: [] });
    expect((await backups.backup(acme)).state).toBe('complete');
    expect(await server.keysIn(bucket)).toHaveLength(1);
  });

  it('that is cancelled while the storage takes nothing ends at once', async () => {
    await fill();
    const backups = open();
    const cancelled = new AbortController();
    const held = whenSent(4 * MIB, () => {
      proxy.fault = 'hold';
      cancelled.abort(new Error('enough'));
    });
    await expect(backups.backup(acme, { signal: cancelled.signal })).rejects.toThrow('enough');
    await held;
    proxy.fault = 'pass';
    await backups.prune();
    expect(await states(backups)).toEqual([{ state: 'failed', error: 'enough' }]);
    expect(await server.keysIn(bucket)).toEqual([]);
  });

  it('whose database goes away leaves no object and no parts', async () => {
    await fill(12_000);
    const backups = open();
    const admin = new pg.Client(deployment.database.url);
    await admin.connect();
    const ended = whenSent(2 * MIB, () => {
      void admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and query ilike 'copy%'`,
      );
    });
    await expect(backups.backup(acme)).rejects.toThrow();
    await ended;
    await admin.end();
    expect(await states(backups)).toMatchObject([{ state: 'failed' }]);
    expect([await server.keysIn(bucket), await server.uploadsIn(bucket)]).toEqual([[], []]);
  });

  it('cannot be read while the network is cut: nothing is made of it, and it is not called damaged', async () => {
    await fill();
    const backups = open();
    const { id } = await backups.backup(acme);
    const storage = await openS3Storage({ bucket, prefix: 'shop', endpoint: endpoint() });
    const broken = new TenantBackups(fleet, {
      storage: Object.assign(Object.create(storage), {
        read: async (...args: Parameters<typeof storage.read>) => {
          const contents = await storage.read(...args);
          let isCut = false;
          contents.on('data', () => {
            if (!isCut) proxy.cut();
            isCut = true;
          });
          return contents;
        },
      }),
    });
    await expect(broken.restore(id, { slug: 'again' })).rejects.toMatchObject({
      code: 'BACKUP_STORAGE_FAILED',
    });
    expect(await slugs()).toEqual(['acme']);
    expect((await backups.verify(id)).state).toBe('complete');
  });
});

describe('the storage itself', () => {
  it('reads ranges, and lets go of what is not read to its end', async () => {
    const storage = await openS3Storage({ bucket, endpoint: endpoint() });
    await storage.write('some/file', Readable.from([Buffer.from('0123456789')]));
    expect(await storage.readToString('some/file', { range: { start: 2, end: 4 } })).toBe('234');
    expect(await storage.readToString('some/file', { range: { start: 9, end: 9 } })).toBe('9');
    const large = Buffer.alloc(20 * MIB, 1);
    await storage.write('large', Readable.from([large]));
    const over = new AbortController();
    const contents = await storage.read('large', { abortSignal: over.signal });
    contents.on('error', () => {});
    await new Promise((resolve) => contents.once('data', resolve));
    const closed = new Promise((resolve) => contents.once('close', resolve));
    over.abort();
    contents.destroy();
    await closed;
    expect(await storage.fileExists('absent')).toBe(false);
    await expect(storage.read('absent')).rejects.toThrow(/not found/i);
  });
});
