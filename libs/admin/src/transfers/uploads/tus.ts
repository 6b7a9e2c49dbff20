import { type PlatformResponse, RequestInvalidError } from '@rowhouse/nestjs/operator';
import { TusVersionError } from '../transfer-errors.js';
import type { Checksum, Upload } from './uploads.js';

/** The media type of what is added to an upload. */
export const TUS_TYPE = 'application/offset+octet-stream';
const VERSION = '1.0.0';
const EXTENSIONS = 'creation,expiration,termination,checksum';

const CHECKSUM = /^(?<algorithm>sha1|sha256) (?<base64>[A-Za-z0-9+/]{27,43}=)$/;

/** What tus 1.0 has in headers: https://tus.io/protocols/resumable-upload */
export interface TusHeaders {
  readonly [name: string]: string | undefined;
}

/** @throws {TusVersionError} A request without the header is of the only version that there is. */
export function requireTusVersion({ 'tus-resumable': version = VERSION }: TusHeaders): void {
  if (version !== VERSION) throw new TusVersionError();
}

/** @throws {RequestInvalidError} */
export function bytesIn(headers: TusHeaders, field: 'Upload-Length' | 'Upload-Offset', min: number): number {
  const text = headers[field.toLowerCase()] ?? '';
  const bytes = /^\d{1,16}$/.test(text) ? Number(text) : -1;
  if (bytes >= min && Number.isSafeInteger(bytes)) return bytes;
  throw new RequestInvalidError([{ field, expected: `expected a number of bytes, at least ${min}` }]);
}

/** @throws {RequestInvalidError} */
export function checksumIn({ 'upload-checksum': text }: TusHeaders): Checksum | undefined {
  if (text === undefined) return undefined;
  const { algorithm, base64 } = CHECKSUM.exec(text)?.groups ?? {};
  if (base64 && (algorithm === 'sha1' || algorithm === 'sha256')) return { algorithm, base64 };
  throw new RequestInvalidError([
    { field: 'Upload-Checksum', expected: 'expected sha256 or sha1, and the checksum in base64' },
  ]);
}

export function sendTusHeaders(
  response: PlatformResponse,
  { sizeBytes, receivedBytes, expiresAt }: Upload,
): void {
  response.header('Tus-Resumable', VERSION);
  response.header('Tus-Extension', EXTENSIONS);
  response.header('Tus-Checksum-Algorithm', 'sha256,sha1');
  response.header('Upload-Length', String(sizeBytes));
  response.header('Upload-Offset', String(receivedBytes));
  response.header('Upload-Expires', expiresAt.toUTCString());
  response.header('Cache-Control', 'no-store');
}
