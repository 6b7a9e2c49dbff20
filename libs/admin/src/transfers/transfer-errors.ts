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

export class UploadNotFoundError extends RowhouseError {
  readonly code = 'UPLOAD_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such upload, or it has expired. Upload the archive again.';
  constructor() {
    super(
      'The catalog has no upload with this id: it was imported or removed, or nothing was sent for a day.',
    );
  }
}

/** What is sent does not go on where the upload ends. */
export class UploadOffsetError extends RowhouseError {
  readonly code = 'UPLOAD_OFFSET_WRONG';
  readonly status = 409;
  readonly detail: string;
  constructor(receivedBytes: number) {
    super(`The upload has ${receivedBytes} bytes, and Upload-Offset says otherwise.`);
    this.detail = `The upload has ${receivedBytes} bytes. Go on from there.`;
  }
}

export class UploadIncompleteError extends RowhouseError {
  readonly code = 'UPLOAD_INCOMPLETE';
  readonly status = 409;
  readonly detail = 'The upload is not complete. Send the rest of it first.';
  constructor() {
    super('An import reads the upload as a whole, and bytes of it are missing.');
  }
}

/** Another request writes to the upload. */
export class UploadLockedError extends RowhouseError {
  readonly code = 'UPLOAD_LOCKED';
  readonly status = 423;
  readonly detail = 'Another request is sending a part of this upload. Try again when it has ended.';
  constructor() {
    super('The lock of the upload is held by another request, here or in another instance.');
  }
}

/** What has arrived of a request is not what its `Upload-Checksum` says. The status is that of tus 1.0. */
export class UploadChecksumError extends RowhouseError {
  readonly code = 'UPLOAD_CHECKSUM_MISMATCH';
  readonly status = 460;
  readonly detail = 'What has arrived does not have the checksum that was sent with it. Send it again.';
  constructor() {
    super('The bytes of the request do not have the checksum of Upload-Checksum. None of them are kept.');
  }
}

export class TusVersionError extends RowhouseError {
  readonly code = 'TUS_VERSION_UNSUPPORTED';
  readonly status = 412;
  readonly detail = 'Uploads are gone on with by version 1.0.0 of tus.';
  constructor() {
    super('Tus-Resumable names another version than 1.0.0.');
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
