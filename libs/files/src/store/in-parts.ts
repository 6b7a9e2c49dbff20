import type { Readable } from 'node:stream';

/** What a stream holds, in parts of so many bytes; the last has fewer. What has arrived of a stream that fails comes before its error. */
export async function* inParts(content: Readable, partBytes: number): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const chunk of content as AsyncIterable<Buffer>)
      for (let at = 0; at < chunk.length; ) {
        const some = chunk.subarray(at, at + partBytes - bytes);
        chunks.push(some);
        [at, bytes] = [at + some.length, bytes + some.length];
        if (bytes < partBytes) continue;
        yield Buffer.concat(chunks);
        [chunks, bytes] = [[], 0];
      }
  } catch (error) {
    failure = { error };
  }
  if (bytes > 0) yield Buffer.concat(chunks);
  if (failure) throw failure.error;
}
