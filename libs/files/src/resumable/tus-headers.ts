import { FileUploadInvalidError, TusVersionRefusedError } from '../errors.js';
import type { NewFile } from '../new-file.js';

/** https://tus.io/protocols/resumable-upload */
export const TUS_VERSION = '1.0.0';
export const TUS_EXTENSIONS = 'creation,expiration,termination';
/** The type of what is sent. */
export const TUS_TYPE = 'application/offset+octet-stream';

export type TusHeaders = Readonly<Record<string, string | undefined>>;

/** @throws {TusVersionRefusedError} */
export function requireVersion(headers: TusHeaders): void {
  if (headers['tus-resumable'] !== TUS_VERSION) throw new TusVersionRefusedError();
}

/** @throws {FileUploadInvalidError} */
export function numberIn(headers: TusHeaders, name: 'Upload-Length' | 'Upload-Offset'): number {
  const value = headers[name.toLowerCase()] ?? '';
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new FileUploadInvalidError(`The header ${name} must be a number of bytes.`);
}

/**
 * The file that a creation announces: `filename`, `filetype`, `module` and `description` of the header `Upload-Metadata`. Others are
 * clients' own.
 *
 * @throws {FileUploadInvalidError}
 */
export function newFileIn(headers: TusHeaders): NewFile {
  const sizeBytes = numberIn(headers, 'Upload-Length');
  const values = new Map<string, string>();
  for (const pair of (headers['upload-metadata'] ?? '').split(',')) {
    const [name = '', value = ''] = pair.trim().split(' ');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value))
      throw new FileUploadInvalidError('The values in the header Upload-Metadata must be Base64.');
    values.set(name, Buffer.from(value, 'base64').toString());
  }
  return {
    filename: values.get('filename') ?? '',
    contentType: values.get('filetype') ?? '',
    module: values.get('module') ?? '',
    sizeBytes,
    description: values.get('description'),
  };
}
