export interface TransferProgress {
  /** The table that is being read or written; at the end what is done then. */
  readonly table: string;
  /** Tables that are done, and all of them. */
  readonly done: number;
  readonly total: number;
  /** Rows that were read so far, of all tables. Of an export only. */
  readonly rows?: number;
}

export interface TransferControl {
  readonly signal?: AbortSignal | undefined;
  /** Called when a table begins; by an export also while it is read. */
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}
