import { InternalError, RowhouseError } from '@rowhouse/core';

/** The tenant has no such file; or it was deleted, or is being purged. */
export class FileNotFoundError extends RowhouseError {
  readonly code = 'FILE_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such file.';
  constructor() {
    super('The tenant in force has no file with this id, or it is deleted.');
  }
}

/** Files of this type are not taken. */
export class FileTypeRefusedError extends RowhouseError {
  readonly code = 'FILE_TYPE_REFUSED';
  readonly status = 415;
  readonly detail: string;
  constructor(contentType: string) {
    super(
      `Files of the type ${contentType} are not taken. The option \`types\` of TenantFilesModule says which are.`,
    );
    this.detail = `Files of the type ${contentType} are not taken.`;
  }
}

/** A file has more bytes than `maxBytes`. */
export class FileTooLargeError extends RowhouseError {
  readonly code = 'FILE_TOO_LARGE';
  readonly status = 413;
  readonly detail: string;
  constructor(maxBytes: number) {
    super(`The file has more than ${maxBytes} bytes.`);
    this.detail = `A file may have at most ${maxBytes} bytes.`;
  }
}

/** A file is in a state in which this cannot be done with it. */
export class FileConflictError extends RowhouseError {
  readonly code = 'FILE_CONFLICT';
  readonly status = 409;
  constructor(
    readonly detail: string,
    retryAfterSeconds?: number,
  ) {
    super(detail, { retryAfterSeconds });
  }
}

/** A signed URL was altered, is used for something else, or has expired. */
export class FileUrlInvalidError extends RowhouseError {
  readonly code = 'FILE_URL_INVALID';
  readonly status = 403;
  readonly detail = 'The URL is not valid, or has expired. Ask for a new one.';
  constructor() {
    super('The signature of the URL is wrong, it is for another use, or it has expired.');
  }
}

/** What was sent is not the file that was announced. Nothing of it is kept. */
export class FileUploadInvalidError extends RowhouseError {
  readonly code = 'FILE_UPLOAD_INVALID';
  readonly status = 400;
  constructor(readonly detail: string) {
    super(detail);
  }
}

/** A client speaks another version of tus. */
export class TusVersionRefusedError extends RowhouseError {
  readonly code = 'TUS_VERSION_REFUSED';
  readonly status = 412;
  readonly detail = 'The header Tus-Resumable must be 1.0.0.';
  constructor() {
    super('The client speaks another version of tus than 1.0.0, or sends no header Tus-Resumable.');
  }
}

/** The store of files could not be reached, read or written. */
export class FileStorageError extends RowhouseError {
  readonly code = 'FILE_STORAGE_FAILED';
  readonly status = 503;
  readonly detail = 'The file cannot be reached now. Try again later.';
  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}

/** The disk with the files of tenants is full. Nothing of what was sent is kept. */
export class FileStorageFullError extends RowhouseError {
  readonly code = 'FILE_STORAGE_FULL';
  readonly status = 507;
  readonly detail = 'There is no room for the file. Try again later.';
  constructor(cause: unknown) {
    super('The disk with the files of tenants is full, or its quota is used up. Make room, and try again.', {
      cause,
    });
  }
}

/** A file could not be scanned. It is not served, and is scanned again. */
export class FileScanError extends InternalError {
  readonly code = 'FILE_SCAN_FAILED';
}
