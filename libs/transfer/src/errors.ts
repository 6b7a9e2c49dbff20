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
