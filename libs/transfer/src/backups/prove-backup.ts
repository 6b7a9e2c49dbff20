import { randomBytes } from 'node:crypto';
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { verifyArchive } from '../archive/read-archive.js';
import { takersOf } from '../contents/companions-of.js';
import { writeNowhere } from '../contents/load-contents.js';
import type { TransferControl } from '../control.js';
import { BackupDamagedError } from '../errors.js';
import { fillHome } from '../import/fill-home.js';
import { requireKnownHistory, tenantOf } from '../import/import-tenant.js';
import { withRowsOfArchive } from '../source/archive-source.js';
import type { RowSource } from '../source/row-source.js';
import { digestOfRows } from '../source/row-sums.js';
import { withRowsOf } from '../source/tenant-source.js';
import type { WholeFile } from './backup.js';
import type { BackupParts } from './take-backup.js';

/** Tenants of test restores have this before some random digits. None of them ever becomes active. */
const SCRATCH = 'rowhouse-proof-';

/** The restore went well, and ends here. */
class Proven extends Error {}

/**
 * Restores a backup into a tenant that serves no request, compares its rows with what was backed up, runs the migrations that it
 * lacks, and removes it.
 *
 * @throws {BackupDamagedError} when rows differ.
 */
export async function proveBackup(
  { fleet, storage, archives }: BackupParts,
  file: WholeFile,
  control: TransferControl,
): Promise<void> {
  const open = () => storage.read(file.key, control.signal);
  const archive = await verifyArchive(open, control.signal, archives);
  const slug = `${SCRATCH}${randomBytes(5).toString('hex')}`;
  try {
    await withRowsOfArchive(open, archive, { ...archives, ...control }, (source) =>
      restoreIn(fleet, source, { slug, file }, control),
    );
  } catch (error) {
    if (error instanceof Proven) return removeScratch(fleet, slug);
    // What is left where that fails too, the next prune removes.
    await removeScratch(fleet, slug).catch(() => {});
    throw error;
  }
  throw new Error('The creation of a test restore went on past its end.');
}

async function restoreIn(
  fleet: Fleet,
  source: RowSource,
  { slug, file }: { readonly slug: string; readonly file: WholeFile },
  control: TransferControl,
): Promise<void> {
  const { head } = source;
  requireKnownHistory(fleet, head);
  // In the tables that row tenants share, its keys would be those of the tenant that it is of.
  const isolation = head.tenant.isolation === 'row' ? 'schema' : head.tenant.isolation;
  const fill = async (made: Tenant, signal: AbortSignal | undefined) => {
    const { companions } = fleet.deployment;
    const takers = takersOf(companions, head, {});
    // Contents are compared with what their rows say; a copy of them would prove no more.
    await fillHome(fleet.deployment, made, source, { ...control, signal, takers, write: writeNowhere });
    const sums = await withRowsOf(fleet, made, signal, (restored) => restored.sums(head.tables));
    if (!digestOfRows(head.tables, sums).equals(file.rowSums))
      throw new BackupDamagedError(
        'A test restore has other rows than the tenant had when it was backed up.',
      );
  };
  await fleet.tenants.createFrom({ history: head.history, fill }, tenantOf(head, { slug, isolation }), {
    signal: control.signal,
    onStep: (step) => {
      if (step === 'activate') throw new Proven();
    },
  });
}

/** What a failure or a process that died has left of test restores. @param slug - of one such tenant; default: of all. */
export async function removeScratch(fleet: Fleet, slug?: string): Promise<void> {
  const { rows } = await fleet.deployment.catalog.query<{ slug: string }>(
    'select slug from rowhouse.tenants where pg_catalog.starts_with(slug, $1)',
    [slug ?? SCRATCH],
  );
  if (rows.length > 0) await fleet.tenants.repair({ tenants: rows.map((row) => row.slug), undo: true });
}
