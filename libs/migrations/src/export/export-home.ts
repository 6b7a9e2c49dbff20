import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tenant } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type pg from 'pg';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { HistoryTables } from '../homes/history-tables.js';
import { writeCsv } from './csv-file.js';
import { type ExportedTable, type ExportManifest, fileNameOf } from './export-manifest.js';
import { sequencesOf, type TableSource, tablesOf } from './exported-home.js';

export interface ExportProgress {
  /** The table that was written last. */
  readonly table: string;
  readonly done: number;
  readonly total: number;
}

export interface ExportControl {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
}

/**
 * Exports a tenant to a new folder: a CSV file for each table, and a manifest ({@link ExportManifest}). All tables are read
 * in one snapshot and as the tenant, so that no rows of other tenants can be included.
 *
 * The folder gets its final name when it is complete. A folder that ends in `.partial` was left by a process that died, and
 * can be deleted.
 *
 * @param folder - the parent of the new folder; it is created if it does not exist.
 * @returns the path of the new folder.
 * @throws {MigrationConflictError} when policies of the application would hide rows, or add rows of other tenants.
 */
export async function exportHome(
  deployment: FleetDeployment,
  tenant: Tenant,
  folder: string,
  control: ExportControl = {},
): Promise<string> {
  const takenAt = new Date().toISOString();
  const path = join(folder, `${tenant.slug}-${takenAt.replace(/[:.]/g, '-')}`);
  const partial = `${path}.partial`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await mkdir(partial, { mode: 0o700 });
  try {
    const manifest = await readHome(deployment, tenant, { takenAt, partial, ...control });
    await writeManifest(join(partial, 'manifest.json'), manifest);
    await rename(partial, path);
    return path;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

interface ExportTarget extends ExportControl {
  readonly takenAt: string;
  readonly partial: string;
}

async function readHome(
  deployment: FleetDeployment,
  tenant: Tenant,
  target: ExportTarget,
): Promise<ExportManifest> {
  const { registry } = deployment;
  const schema = deployment.schemaOf(tenant);
  const migrations = await readMigrations(registry, tenant, schema);
  const runner = registry.for(tenant).createQueryRunner();
  try {
    const client: pg.PoolClient = await runner.connect();
    await client.query('begin isolation level repeatable read read only');
    const tables = await writeTables(client, await tablesOf(client, tenant, schema), target);
    const sequences = await sequencesOf(client, tenant, schema);
    await client.query('commit');
    return { format: 1, tenant, takenAt: target.takenAt, migrations, tables, sequences };
  } finally {
    // After an error the transaction is still open: the pool closes the connection, and PostgreSQL rolls back.
    await runner.release();
  }
}

async function readMigrations(registry: DataSourceRegistry, tenant: Tenant, schema: string) {
  const owner = await registry.directFor(tenant);
  const runner = owner.createQueryRunner();
  try {
    return (await new HistoryTables(owner, schema).read(runner)).history;
  } finally {
    await runner.release();
  }
}

async function writeTables(
  client: pg.PoolClient,
  sources: readonly TableSource[],
  { partial, signal, onProgress }: ExportTarget,
): Promise<ExportedTable[]> {
  const tables: ExportedTable[] = [];
  for (const [place, { name, query }] of sources.entries()) {
    signal?.throwIfAborted();
    const file = fileNameOf(name, place);
    tables.push({ name, file, ...(await writeCsv(client, query, join(partial, file), signal)) });
    onProgress?.({ table: name, done: place + 1, total: sources.length });
  }
  return tables;
}

async function writeManifest(path: string, manifest: ExportManifest): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}
