import { join } from 'node:path';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import type { ArchiveWriting } from '../archive/archive-options.js';
import { type ExportControl, type ExportReport, exportTenant } from './export-tenant.js';
import { newFile, writeWhole } from './new-file.js';

/**
 * Writes a tenant to a new file, which gets its name when it is complete and which only this user can read. A file that ends in
 * `.partial` was left by a process that died, and can be deleted.
 *
 * @throws {ExportRefusedError} as {@link exportTenant}, and when the file is there already.
 */
export async function exportToFile(
  fleet: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
  path: string,
  control: ExportControl = {},
): Promise<ExportReport> {
  return writeWhole(path, async (partial) => exportTenant(fleet, tenant, await newFile(partial), control));
}

/**
 * Writes a tenant to a new file in a folder, named by its slug and the time: what a purge does first (`exportTenant` of
 * {@link Fleet} and of `TenancyMigrationModule`).
 *
 * @returns the path of the file.
 */
export async function exportToFolder(
  fleet: Pick<Fleet, 'deployment'>,
  tenant: Tenant,
  folder: string,
  control: ExportControl = {},
): Promise<string> {
  const path = join(folder, archiveNameOf(tenant, new Date(), control));
  await exportToFile(fleet, tenant, path, control);
  return path;
}

/** `acme-2026-01-31T12-00-00-000Z.tar.gz`; `.tar.zst` with zstd, and then `.age` when it is encrypted. */
export function archiveNameOf(
  { slug }: { readonly slug: string },
  at: Date,
  { compression, recipients }: Pick<ArchiveWriting, 'compression' | 'recipients'> = {},
): string {
  const ending = `.tar.${compression === 'zstd' ? 'zst' : 'gz'}${recipients ? '.age' : ''}`;
  return `${slug}-${at.toISOString().replace(/[:.]/g, '-')}${ending}`;
}
