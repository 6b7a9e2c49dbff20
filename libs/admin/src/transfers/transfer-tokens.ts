/** Injection token of the bytes that an upload may have. */
export const MAX_UPLOAD_BYTES = Symbol('rowhouse.max-upload-bytes');
