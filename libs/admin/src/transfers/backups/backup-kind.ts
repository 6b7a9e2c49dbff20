import type { Actor, Tenant } from '@rowhouse/core';
import type { Backup } from '@rowhouse/transfer';
import { BackupNotFoundError } from '@rowhouse/transfer';
import { z } from 'zod';
import type { OperationControl } from '../../operations/operation.js';
import { contents } from '../contents.js';
import { transferControlOf } from '../transfer-control.js';
import type { TransferKind, TransferParts } from '../transfer-kind.js';
import { requireBackups, viewOf } from './backup-view.js';

const backupBody = z
  .strictObject({
    contents: contents.describe(
      'Whether contents that rows name go along, such as files. Default: as the application says.',
    ),
  })
  .prefault({});
type BackupBody = z.output<typeof backupBody>;

/** Backs a tenant up. */
export const backupKind: TransferKind<BackupBody> = {
  name: 'backup',
  route: 'backups',
  summary: 'Backs a tenant up. The backup has the id of the operation, and stays until it is deleted.',
  body: backupBody,
  prepare: (parts, _, body) => {
    requireBackups(parts);
    return body;
  },
  run: async (parts, tenant, body, control) => viewOf(await backUp(parts, tenant, body, control)),
  cancel: async (parts, _, __, { id, by }) => {
    await remove(parts, id, by);
  },
};

async function backUp(
  parts: TransferParts,
  tenant: Tenant,
  { contents }: BackupBody,
  control: OperationControl,
): Promise<Backup> {
  const { id, by, isResumed, onStep } = control;
  const backups = requireBackups(parts);
  if (isResumed) {
    const left = await backups.find(id).catch(unlessMissing);
    if (left?.state === 'complete') return left;
    if (left) await remove(parts, id, by);
  }
  onStep('rows');
  return backups.backup(tenant, { ...transferControlOf(control), id, by, contents });
}

async function remove(parts: TransferParts, id: string, by: Actor | undefined): Promise<void> {
  await requireBackups(parts).delete(id, { by }).catch(unlessMissing);
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof BackupNotFoundError)) throw error;
}
