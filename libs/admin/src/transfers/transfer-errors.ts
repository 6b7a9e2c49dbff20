import { RowhouseError } from '@rowhouse/core';

export class ExportNotFoundError extends RowhouseError {
  readonly code = 'EXPORT_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such archive.';
  constructor() {
    super('The catalog has no archive with this id, or its file is not where this instance keeps archives.');
  }
}

/** A link was changed, has expired, or its archive was deleted. */
export class DownloadLinkInvalidError extends RowhouseError {
  readonly code = 'DOWNLOAD_LINK_INVALID';
  readonly status = 403;
  readonly detail = 'The link is not valid, or has expired. Ask for a new one.';
  constructor() {
    super('The signature of the link is wrong, the link has expired, or its archive was deleted.');
  }
}

export class RangeNotSatisfiableError extends RowhouseError {
  readonly code = 'RANGE_NOT_SATISFIABLE';
  readonly status = 416;
  readonly detail = 'The archive has no such bytes.';
  constructor() {
    super('The range begins after the last byte of the archive.');
  }
}

/** An upload is no body of bytes. */
export class UploadTypeError extends RowhouseError {
  readonly code = 'UPLOAD_TYPE_UNSUPPORTED';
  readonly status = 415;
  readonly detail = 'Send the archive as application/gzip.';
  constructor() {
    super('An archive is uploaded as the body of the request, with Content-Type: application/gzip.');
  }
}

export class UploadTooLargeError extends RowhouseError {
  readonly code = 'UPLOAD_TOO_LARGE';
  readonly status = 413;
  readonly detail: string;
  constructor(maxBytes: number) {
    super(`The upload is larger than transfers.maxUploadBytes, ${maxBytes} bytes.`);
    this.detail = `An archive may have ${maxBytes} bytes.`;
  }
}

/** The bucket of archives could not be reached, read or written. */
export class ArchiveStorageError extends RowhouseError {
  readonly code = 'ARCHIVE_STORAGE_FAILED';
  readonly status = 503;
  constructor(
    readonly detail: string,
    cause?: unknown,
  ) {
    super(detail, { cause });
  }
}

/** What has arrived is not what was sent. */
export class UploadDamagedError extends RowhouseError {
  readonly code = 'UPLOAD_DAMAGED';
  readonly status = 400;
  constructor(readonly detail: string) {
    super(detail);
  }
}

/** A process was stopped that changed rows. To do it again could change them twice. */
export class TransferInterruptedError extends RowhouseError {
  readonly code = 'TRANSFER_INTERRUPTED';
  readonly status = 409;
  readonly detail =
    'The process that did this was stopped, and to repeat it could change rows twice. Look whether it was done, in the audit trail of the tenant and in its rows; where it was not, ask again.';
  constructor() {
    super('The process that did this was stopped, and it may be done. A repetition could change rows twice.');
  }
}

/** The application has no backups. */
export class BackupsNotDeclaredError extends RowhouseError {
  readonly code = 'BACKUPS_NOT_DECLARED';
  readonly status = 404;
  readonly detail = 'This application has declared no backups.';
  constructor() {
    super(
      'There are no backups. Import TenancyBackupModule, or give createAdminServer and rowhouse.config.ts `backups`.',
    );
  }
}
