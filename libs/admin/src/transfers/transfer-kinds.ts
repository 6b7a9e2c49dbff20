import { rewindKind } from './back-in-time/rewind-kind.js';
import { takeBackKind } from './back-in-time/take-back-kind.js';
import { undoKind } from './back-in-time/undo-kind.js';
import { backupKind } from './backups/backup-kind.js';
import { exportKind } from './exports/export-kind.js';
import { cloneKind } from './new-tenants/clone-kind.js';
import { copyKind } from './rows/copy-kind.js';
import { importRowsKind } from './rows/import-rows-kind.js';
import { moveKind } from './rows/move-kind.js';
import type { TransferKind } from './transfer-kind.js';

/** Each is an operation and a route. */
export const TRANSFER_KINDS = [
  exportKind,
  copyKind,
  moveKind,
  importRowsKind,
  cloneKind,
  backupKind,
  rewindKind,
  takeBackKind,
  undoKind,
] as readonly TransferKind[];
