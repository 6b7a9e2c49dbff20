import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import pg from 'pg';
import { mountSmallDisk, type SmallDisk } from '../../../test/support/small-disk.js';
import { TenantBackups } from './backups/tenant-backups.js';
import { walls } from './between/between.fixture.js';
import { copyRows, moveRows } from './between/copy-and-move.js';
import { cloneTenant } from './clone/clone-tenant.js';
import { exportTables } from './export/export-tables.js';
import { exportToFile } from './export/export-to-folder.js';
import { importInto } from './import/import-into.js';
import { importTenant } from './import/import-tenant.js';
import { disableJournal, enableJournal } from './journal/journal.js';
import { rewindTenant } from './journal/rewind-tenant.js';
import { takeBack } from './take-back/take-back.js';
import { undoTakeBack } from './take-back/undo-take-back.js';
import { migration, TransferDeployment } from './transfer.fixture.js';

const MB = 1_024 * 1_024;
/** Enough for the definitions of tables, and not for rows. */
const LEFT_BYTES = MB;

const archives = mountSmallDisk(64 * MB);
// Where nothing may be mounted, no disk can be full.
const withDisk = archives ? describe : describe.skip;

let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;
let to: Tenant;
/** Of the tables. */
let tables: SmallDisk;
let archive: string;
let admin: pg.Client;

beforeAll(async () => {
  if (!archives) return;
  deployment = await TransferDeployment.open();
  admin = new pg.Client(process.env['ROWHOUSE_TEST_URL']);
  await admin.connect();
  tables = await openTablespace();
  fleet = await deployment.fleet([
    migration('Notes1757000000001', [
      // A vacuum would give room back meanwhile.
      'create table notes (id int primary key, text text) with (autovacuum_enabled = false)',
      ...walls('notes', deployment.roles),
    ]),
  ]);
  acme = await fleet.tenants.create({ slug: 'acme' });
  to = await fleet.tenants.create({ slug: 'to' });
  await fleet.tenants.create({ slug: 'to-row', isolation: 'row' });
  await deployment.query(
    fleet,
    acme,
    // Nothing that can be compressed.
    `insert into notes select n, (select string_agg(md5(n::text || i), '') from generate_series(1, 10) i) from generate_series(1, 20000) n`,
  );
  archive = await deployment.archive(fleet, acme);
});
afterAll(async () => {
  archives?.unmount();
  if (!deployment) return;
  await deployment.close();
  await admin.query(`drop tablespace ${deployment.roles}_small`).finally(() => admin.end());
  tables.unmount();
});
afterEach(async () => {
  await archives?.clear();
  await tables?.clear();
});

/** New tables are on a disk of their own. */
async function openTablespace(): Promise<SmallDisk> {
  const { rows } = await admin.query<{ pid: number }>('select pg_backend_pid() as pid');
  const { uid } = await stat(`/proc/${rows[0]?.pid}`);
  const disk = mountSmallDisk(512 * MB, uid) as SmallDisk;
  const name = `${deployment.roles}_small`;
  await admin.query(`create tablespace ${name} location '${disk.path}'`);
  await admin.query(`grant create on tablespace ${name} to public`);
  await admin.query(`alter database ${deployment.database.name} set default_tablespace = '${name}'`);
  return disk;
}

const everything = () => deployment.everything(fleet, [acme, to]);
const remove = async (slug: string) => {
  await fleet.tenants.delete(slug);
  await fleet.tenants.purge(slug, { confirm: slug, beforeRetentionEnds: true });
};

withDisk('where the disk of PostgreSQL is full', () => {
  /** It fails, says why, and leaves everything as it was; with room, it is done. */
  async function failsUntilThereIsRoom(work: () => Promise<unknown>): Promise<void> {
    const before = await everything();
    // Files of tables that were dropped go now, and not while it is tried.
    await admin.query('checkpoint');
    await tables.fill(LEFT_BYTES);
    await expect(work()).rejects.toMatchObject({
      code: '53100',
      message: expect.stringContaining('No space left on device'),
    });
    expect(await everything()).toEqual(before);
    await tables.clear();
    await work();
  }

  it.each(['schema', 'row'] as const)('an import leaves nothing (%s)', async (isolation) => {
    await failsUntilThereIsRoom(() => importTenant(fleet, archive, { slug: 'copy', isolation }));
    await remove('copy');
  });

  it('a clone leaves nothing', async () => {
    await failsUntilThereIsRoom(() => cloneTenant(fleet, acme, { slug: 'copy' }));
    await remove('copy');
  });

  it('an import into a tenant changes nothing', async () => {
    await failsUntilThereIsRoom(() => importInto(fleet, archive, 'to'));
    await deployment.query(fleet, to, 'delete from notes');
  });

  it.each(['to', 'to-row'])('rows are copied and moved to %s as a whole', async (slug) => {
    await failsUntilThereIsRoom(() => copyRows(fleet, 'acme', slug));
    await deployment.query(fleet, await fleet.tenants.find(slug), 'delete from notes');
    await failsUntilThereIsRoom(() => moveRows(fleet, 'acme', slug));
    await moveRows(fleet, slug, 'acme');
  });

  it('rows are taken back, and that is undone, as a whole', async () => {
    // Records are in the schema of journals, which stays.
    await enableJournal(fleet, to);
    await disableJournal(fleet, to);
    const before = await everything();
    await failsUntilThereIsRoom(() => takeBack(fleet, acme, { from: to }));
    // The rows that are gone have left room.
    await undoTakeBack(fleet, acme);
    expect(await everything()).toEqual(before);
  });

  it('a change that the journal has no room for is not made, and a rewind leaves nothing', async () => {
    await enableJournal(fleet, acme);
    const moment = async () =>
      (
        await admin.query<{ at: Date }>(
          "select date_trunc('milliseconds', clock_timestamp()) + interval '1 ms' as at",
        )
      ).rows[0]?.at as Date;
    const at = await moment();
    while ((await moment()) <= at);
    await failsUntilThereIsRoom(() => deployment.query(fleet, acme, "update notes set text = text || '!'"));
    await failsUntilThereIsRoom(() => rewindTenant(fleet, acme, at, { slug: 'copy' }));
    await remove('copy');
    await disableJournal(fleet, acme);
  });
});

withDisk('where the disk of archives is full', () => {
  const filesThere = async () =>
    (await readdir(archives?.path as string, { recursive: true })).filter((name) => name !== 'ballast');

  it.each([
    ['an archive', (path: string) => exportToFile(fleet, acme, path)],
    ['a script', (path: string) => exportTables(fleet, acme, path, { format: 'sql' })],
    ['a folder', (path: string) => exportTables(fleet, acme, path, { format: 'csv' })],
  ])('%s is not half there', async (name, write) => {
    const path = join(archives?.path as string, name);
    await archives?.fill(2 * MB);
    await expect(write(path)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await filesThere()).toEqual([]);
    await archives?.clear();
    await write(path);
    expect(await filesThere()).toContain(name);
    await rm(path, { recursive: true });
  });

  it('a backup says so, and leaves no file', async () => {
    const folder = join(archives?.path as string, 'backups');
    const backups = new TenantBackups(fleet, { storage: folder });
    await archives?.fill(2 * MB);
    await expect(backups.backup(acme)).rejects.toMatchObject({
      code: 'BACKUP_STORAGE_FAILED',
      message: expect.stringContaining('ENOSPC'),
    });
    const files = async () => (await filesThere()).filter((name) => name.endsWith('.tar.gz'));
    expect(await files()).toEqual([]);
    expect((await backups.list()).backups).toEqual([
      expect.objectContaining({ state: 'failed', error: expect.stringContaining('ENOSPC') }),
    ]);
    await archives?.clear();
    expect((await backups.backup(acme)).state).toBe('complete');
    expect(await files()).toHaveLength(1);
  });
});
