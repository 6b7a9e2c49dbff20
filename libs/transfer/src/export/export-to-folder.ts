import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { ExportRefusedError } from '../errors.js';
import { type ExportReport, exportTenant, type TransferControl } from './export-tenant.js';

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
  control: TransferControl = {},
): Promise<ExportReport> {
  const partial = join(dirname(path), `${basename(path)}.partial`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path) || existsSync(partial))
    throw new ExportRefusedError(
      `The file ${path}, or its .partial, is there already. Name another, or remove it.`,
    );
  const file = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true });
  try {
    const report = await exportTenant(fleet, tenant, file, control);
    await rename(partial, path);
    return report;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
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
  control: TransferControl = {},
): Promise<string> {
  const path = join(folder, archiveNameOf(tenant, new Date()));
  await exportToFile(fleet, tenant, path, control);
  return path;
}

/** `acme-2026-01-31T12-00-00-000Z.tar.gz` */
export function archiveNameOf({ slug }: Tenant, at: Date): string {
  return `${slug}-${at.toISOString().replace(/[:.]/g, '-')}.tar.gz`;
}
