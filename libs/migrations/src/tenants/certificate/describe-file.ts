import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { CertifiedExport } from './deletion-certificate.js';

/** @returns `undefined` for what is no file here: an app may export to elsewhere. */
export async function describeFile(path: string): Promise<CertifiedExport | undefined> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
  } catch {
    return undefined;
  }
  return { file: basename(path), sizeBytes, sha256: hash.digest('hex') };
}
