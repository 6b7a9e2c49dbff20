import { MIN_PART_BYTES } from './archive-format.js';
import { BLOCK_BYTES, writeTarHeader } from './tar-header.js';

/** Less than the format allows: writer and reader hold a few parts in memory. A multiple of {@link BLOCK_BYTES}. */
const WRITTEN_PART_BYTES = 1_024 * 1_024;
/** Room that a buffer has at first: most tables need no more. A multiple of {@link BLOCK_BYTES}. */
const FIRST_BYTES = 32 * 1_024;
const NEWLINE = 0x0a;

/** Memory in which a part is gathered, with room for its header in tar in front of it. */
export class PartBuffer {
  #entry = Buffer.allocUnsafeSlow(BLOCK_BYTES + FIRST_BYTES);
  #content = this.#entry.subarray(BLOCK_BYTES);
  #bytes = 0;

  /** Of the content. */
  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#bytes === WRITTEN_PART_BYTES;
  }

  empty(): void {
    this.#bytes = 0;
  }

  /** Takes as much of a chunk as there is room for. @returns how many bytes. */
  add(chunk: Buffer, from = 0): number {
    if (this.#bytes + chunk.length - from > this.#content.length) this.#makeRoom();
    const added = chunk.copy(this.#content, this.#bytes, from);
    this.#bytes += added;
    return added;
  }

  /** For all that a part may have. */
  #makeRoom(): void {
    if (this.#content.length === WRITTEN_PART_BYTES) return;
    const entry = Buffer.allocUnsafeSlow(BLOCK_BYTES + WRITTEN_PART_BYTES);
    const content = entry.subarray(BLOCK_BYTES);
    this.#content.copy(content, 0, 0, this.#bytes);
    [this.#entry, this.#content] = [entry, content];
  }

  /** Moves what follows the last whole row to another part, unless there would be too little left. */
  endWithRow(next: PartBuffer): void {
    const endOfRow = this.#content.lastIndexOf(NEWLINE, this.#bytes - 1) + 1;
    if (endOfRow < MIN_PART_BYTES) return;
    next.add(this.#content.subarray(endOfRow, this.#bytes));
    this.#bytes = endOfRow;
  }

  /** The entry in tar: header, content, and zeros that fill its last block. */
  asEntry(name: string): Buffer {
    writeTarHeader(this.#entry.subarray(0, BLOCK_BYTES), name, this.#bytes);
    const end = Math.ceil(this.#bytes / BLOCK_BYTES) * BLOCK_BYTES;
    this.#content.fill(0, this.#bytes, end);
    return this.#entry.subarray(0, BLOCK_BYTES + end);
  }
}

/** Buffers that are used again: what is written all the time would otherwise be garbage all the time. */
export class PartBuffers {
  readonly #free: PartBuffer[] = [];

  take(): PartBuffer {
    return this.#free.pop() ?? new PartBuffer();
  }

  giveBack(part: PartBuffer): void {
    part.empty();
    this.#free.push(part);
  }
}

/** What is written, in parts that end with a row, unless they would be too large or too small. Who gets a part gives it back. */
export async function* partsOf(
  source: AsyncIterable<Buffer>,
  buffers: PartBuffers,
): AsyncGenerator<PartBuffer> {
  let part = buffers.take();
  for await (const chunk of source)
    for (let at = 0; at < chunk.length; ) {
      at += part.add(chunk, at);
      if (!part.isFull) continue;
      const next = buffers.take();
      part.endWithRow(next);
      yield part;
      part = next;
    }
  if (part.bytes > 0) yield part;
  else buffers.giveBack(part);
}
