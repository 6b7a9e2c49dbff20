import { RowhouseError } from '@rowhouse/core';

abstract class TransferError extends RowhouseError {
  abstract override readonly code: string;
  abstract override readonly status: number;
  readonly detail: string;

  /** @param detail - safe to show to operators over HTTP. */
  constructor(detail: string, cause?: unknown) {
    super(detail, { cause });
    this.detail = detail;
  }
}

/** A file is no archive, is not whole, or was changed after it was written. */
export class ArchiveInvalidError extends TransferError {
  readonly code = 'ARCHIVE_INVALID';
  readonly status = 422;
}

/** An archive cannot become a tenant of this deployment. Nothing was left behind. */
export class ImportRefusedError extends TransferError {
  readonly code = 'IMPORT_REFUSED';
  readonly status = 409;
}

/** A tenant cannot be written to an archive as it is. */
export class ExportRefusedError extends TransferError {
  readonly code = 'EXPORT_REFUSED';
  readonly status = 409;
}

/** An archive is encrypted, and what was given does not open it. */
export class ArchiveEncryptedError extends TransferError {
  readonly code = 'ARCHIVE_ENCRYPTED';
  readonly status = 422;
}

/** An archive is not signed by one of the trusted keys. Nothing was made of it. */
export class ArchiveUntrustedError extends TransferError {
  readonly code = 'ARCHIVE_UNTRUSTED';
  readonly status = 422;
}

/** Rows cannot be copied or moved between these tenants, or not now. Nothing was changed. */
export class TransferRefusedError extends TransferError {
  readonly code = 'TRANSFER_REFUSED';
  readonly status = 409;
}

/** Others changed rows between two steps. It is tried again. */
export class RowsChangedError extends TransferRefusedError {}

/** Rows that are there already have keys of rows that should come. Nothing was changed. */
export class TransferConflictError extends TransferError {
  readonly code = 'TRANSFER_CONFLICT';
  readonly status = 409;
}

/** A tenant cannot be cloned as asked. Nothing was left behind. */
export class CloneRefusedError extends TransferError {
  readonly code = 'CLONE_REFUSED';
  readonly status = 409;
}

/** No rule of the masks names columns that could hold texts of people. Nothing was cloned. */
export class MasksIncompleteError extends TransferError {
  readonly code = 'MASKS_INCOMPLETE';
  readonly status = 409;

  /**
   * @param columns - `table.column` of each.
   * @param suggestion - a file with rules for them, guessed by their names.
   */
  constructor(
    readonly columns: readonly string[],
    readonly suggestion: string,
  ) {
    super(
      `No rule says what becomes of ${columns.slice(0, 20).join(', ')}${columns.length > 20 ? ` and ${columns.length - 20} more` : ''}. Give each a rule, mask.keep() where it may stay; \`rowhouse clone <tenant> --init-masks <file>\` writes a file of rules.`,
    );
  }
}

/** There is no such backup, or none that is early enough. */
export class BackupNotFoundError extends TransferError {
  readonly code = 'BACKUP_NOT_FOUND';
  readonly status = 404;
}

/** Another process is at work on the same backups, or the state of a backup does not allow it. */
export class BackupConflictError extends TransferError {
  readonly code = 'BACKUP_CONFLICT';
  readonly status = 409;
}

/** The file of a backup is not the one that was written, or its rows are not those that were read. */
export class BackupDamagedError extends TransferError {
  readonly code = 'BACKUP_DAMAGED';
  readonly status = 422;
}

/** The storage of backups could not be reached, read or written. */
export class BackupStorageError extends TransferError {
  readonly code = 'BACKUP_STORAGE_FAILED';
  readonly status = 503;
}

/** Two tenants cannot be compared as they are. */
export class DiffRefusedError extends TransferError {
  readonly code = 'DIFF_REFUSED';
  readonly status = 409;
}

/** Rows of a tenant cannot be made as they were. Nothing was changed. */
export class TakeBackRefusedError extends TransferError {
  readonly code = 'TAKE_BACK_REFUSED';
  readonly status = 409;
}

/** Neither of two tenants has a row that was asked for by its key. Nothing was changed. */
export class RowNotFoundError extends TransferError {
  readonly code = 'ROW_NOT_FOUND';
  readonly status = 404;
}

/** A tenant cannot have a journal, or the journal does not lead to the moment. Nothing was changed. */
export class JournalRefusedError extends TransferError {
  readonly code = 'JOURNAL_REFUSED';
  readonly status = 409;
}
