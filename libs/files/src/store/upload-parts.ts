/** An upload that arrives in parts, each of which is kept as soon as it is there. Parts that were kept do not change. */
export interface UploadParts {
  /** How many bytes are there, from the beginning on. */
  readonly sizeBytes: number;
  /** Whether the parts were joined, so that the upload is where {@link FileStore.place} looks for it. */
  readonly isJoined: boolean;
  /** Adds what follows. Of two that add the same part, one wins. */
  add(bytes: Buffer): Promise<void>;
  /** Makes the upload of its parts. */
  join(): Promise<void>;
}
