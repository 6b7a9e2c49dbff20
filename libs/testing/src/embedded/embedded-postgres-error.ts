/** What went wrong with the embedded server; stable. */
export type EmbeddedPostgresErrorCode =
  | 'OPTIONS_INVALID'
  | 'PLATFORM_UNSUPPORTED'
  | 'BINARIES_UNUSABLE'
  | 'DATA_DIR_UNUSABLE'
  | 'DATA_DIR_IN_USE'
  | 'INITDB_FAILED'
  | 'PORT_IN_USE'
  | 'START_FAILED';

/** The embedded server could not be made ready. The message says what happened and what to do about it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';

  constructor(
    readonly code: EmbeddedPostgresErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
