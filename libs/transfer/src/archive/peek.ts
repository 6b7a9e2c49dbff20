import { Readable } from 'node:stream';

/** Reads the beginning of a stream. @returns it, and a stream that has all. */
export async function peek(source: Readable, bytes: number): Promise<{ start: Buffer; all: Readable }> {
  const iterator: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < bytes) {
    const { value, done } = await iterator.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  const all = async function* () {
    yield start;
    yield* { [Symbol.asyncIterator]: () => iterator };
  };
  return { start, all: Readable.from(all(), { objectMode: false }) };
}
