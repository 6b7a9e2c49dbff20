import type { Readable } from 'node:stream';
import { FileUploadInvalidError } from '../errors.js';
import { isCutOff } from '../store/disk.js';

/**
 * A stream in parts of this size, of which the last is smaller. What has arrived of a stream that is cut off comes before the error.
 *
 * @throws {FileUploadInvalidError} when it is cut off.
 */
export async function* partsOf(body: Readable, partBytes: number): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let size = 0;
  const part = () => {
    const whole = Buffer.concat(chunks);
    [chunks, size] = [[], 0];
    return whole;
  };
  let cut: unknown;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>)
      for (let start = 0; start < chunk.length; ) {
        const piece = chunk.subarray(start, start + partBytes - size);
        chunks.push(piece);
        size += piece.length;
        start += piece.length;
        if (size === partBytes) yield part();
      }
  } catch (error) {
    if (!isCutOff(error)) throw error;
    cut = error;
  }
  if (size > 0) yield part();
  if (cut) throw new FileUploadInvalidError('The upload was cut off.');
}
