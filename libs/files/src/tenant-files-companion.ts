import type { CompanionContent, CompanionRow, TenantCompanion } from '@rowhouse/core';
import { Lazy, parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { FileNotFoundError } from './errors.js';
import { folderOf, keyOf } from './file-key.js';
import type { FileStore } from './store/file-store.js';
import { LocalFileStore } from './store/local-file-store.js';
import { type FilesStorageOptions, openFileStore, storageSchema } from './store/storage-options.js';
import type { FileState } from './tenant-file.entity.js';

export interface TenantFilesCompanionOptions {
  /** As of `TenantFilesModule`. */
  readonly storage: FilesStorageOptions;
  /**
   * Whether the app scans files: those that come with an archive are then scanned before they are served, whatever the archive says of
   * them. Default false.
   */
  readonly scan?: boolean | undefined;
}

const optionsSchema = z.strictObject({ storage: storageSchema, scan: z.boolean().default(false) });

/** States in which the content is in its place. */
const HELD: readonly FileState[] = ['scanning', 'ready', 'quarantined'];
const SHA256 = /^[0-9a-f]{64}$/;
/** As PostgreSQL writes it: `2026-01-31 12:00:00.123+00`. */
const TIMESTAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d)(:\d\d)?$/;

/**
 * The files of tenants, for `companions` of `Fleet`, of `TenancyMigrationModule` and of `rowhouse.config.ts`: archives, backups, clones and
 * imported tenants have them, and a purge removes them.
 *
 *     TenancyMigrationModule.forRoot({ companions: [tenantFiles({ storage: { bucket: 'shop-files' } })] })
 *
 * @throws {OptionsInvalidError}
 */
export function tenantFiles(options: TenantFilesCompanionOptions): TenantCompanion {
  const { storage, scan } = parseOptions('tenantFiles', optionsSchema, options);
  const opened = new Lazy(() => openFileStore(storage));
  const store = async (): Promise<FileStore> => {
    const found = await opened.get();
    if (found instanceof LocalFileStore) await found.requireThere();
    return found;
  };
  return {
    name: 'files',
    table: 'tenant_files',
    columns: ['id', 'module', 'name', 'state', 'size_bytes', 'sha256', 'created_at'],
    contentOf,
    read: async ({ id }, row) => (await store()).read(keyIn(id, row)),
    write: async ({ id }, row, { sizeBytes }, content) =>
      (await store()).write(keyIn(id, row), content, sizeBytes),
    ...(scan && { arrived: toBeScanned }),
    removeContent: async ({ id }, row) => (await store()).remove(keyIn(id, row)),
    count: async ({ id }) => {
      let [objects, bytes] = [0, 0];
      for await (const { sizeBytes } of (await store()).list(folderOf(id))) {
        objects += 1;
        bytes += sizeBytes;
      }
      return { objects, bytes };
    },
    remove: async ({ id }, signal) => (await store()).removeAll(folderOf(id), signal),
  };
}

/** Of a row that the app has not written, and that no key follows from, there is none. */
function contentOf(row: CompanionRow): CompanionContent | undefined {
  const { state, sha256 } = row;
  const sizeBytes = Number(row['size_bytes']);
  const isHeld = HELD.includes(state as FileState) && SHA256.test(sha256 ?? '');
  if (!isHeld || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || !hasKey(row)) return undefined;
  return { sizeBytes, sha256: sha256 as string };
}

/** The clean-up finds files whose time to be uploaded is over, and enqueues their scans. */
function toBeScanned({ state }: CompanionRow): CompanionRow | undefined {
  if (state !== 'ready' && state !== 'scanning') return undefined;
  return { state: 'scanning', upload_expires_at: new Date().toISOString() };
}

const ANY_TENANT = '00000000-0000-0000-0000-000000000000';

function hasKey(row: CompanionRow): boolean {
  try {
    return keyIn(ANY_TENANT, row) !== '';
  } catch {
    return false;
  }
}

function keyIn(tenantId: string, { id, module, name, created_at }: CompanionRow): string {
  const parts = TIMESTAMP.exec(created_at ?? '');
  if (!parts) throw new FileNotFoundError();
  const [, day, time, hours, minutes = ':00'] = parts;
  const createdAt = new Date(`${day}T${time}${hours}${minutes}`);
  return keyOf(tenantId, { id: id ?? '', module: module ?? '', name: name ?? '', createdAt });
}
