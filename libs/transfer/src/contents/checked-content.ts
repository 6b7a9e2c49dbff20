import { createHash } from 'node:crypto';
import type { CompanionContent } from '@rowhouse/core';

/** What was read is not what its row says. */
export class ContentDiffersError extends Error {}

/**
 * Passes content on, and fails before its end where it has not the size and the checksum that its row says.
 *
 * @throws {ContentDiffersError}
 */
export async function* checkedContent(
  source: AsyncIterable<Buffer>,
  { sizeBytes, sha256 }: CompanionContent,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let read = 0;
  for await (const chunk of source) {
    read += chunk.length;
    if (read > sizeBytes) throw new ContentDiffersError('It has more bytes than its row says.');
    hash.update(chunk);
    yield chunk;
  }
  if (read !== sizeBytes) throw new ContentDiffersError('It has fewer bytes than its row says.');
  if (hash.digest('hex') !== sha256)
    throw new ContentDiffersError('It has another checksum than its row says.');
}
