import { createHash } from 'node:crypto';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { createTarPacker } from 'modern-tar';
import {
  type ArchivedSequence,
  type ArchiveEnd,
  type ArchiveHead,
  END,
  HEAD,
  PART_BYTES,
  partName,
} from './archive-format.js';

/** Fast: archives are about as large as with zlib's default, and several times as quick to write. */
const COMPRESSION = { level: 1 };
const FILE_MODE = 0o600;

/** Writes an archive as one stream: the head, the rows of each table in parts, and what was written at the end. */
export class ArchiveWriter {
  readonly #tar = createTarPacker();
  readonly #written: Promise<void>;
  readonly #tables: { rows: number; parts: string[] }[] = [];
  #head = '';

  /** @param destination - is ended, or destroyed after an error. */
  constructor(destination: Writable, signal: AbortSignal | undefined) {
    const source = Readable.fromWeb(this.#tar.readable as Parameters<typeof Readable.fromWeb>[0]);
    this.#written = pipeline(source, createGzip(COMPRESSION), destination, { signal });
    // It is awaited at the end; until then the write that fails with it is what reports it.
    this.#written.catch(() => {});
  }

  async writeHead(head: ArchiveHead): Promise<void> {
    this.#head = await this.#add(HEAD, Buffer.from(JSON.stringify(head)));
  }

  /**
   * Writes the rows of the next table of the head.
   *
   * @param source - in COPY's text format.
   * @param rowsOf - asked when the source has ended.
   */
  async writeTable(source: AsyncIterable<Buffer>, rowsOf: () => number): Promise<void> {
    const parts: string[] = [];
    const add = async (content: Buffer) => {
      parts.push(await this.#add(partName(this.#tables.length + 1, parts.length + 1), content));
    };
    let chunks: Buffer[] = [];
    let bytes = 0;
    for await (let chunk of source) {
      while (bytes + chunk.length >= PART_BYTES) {
        const room = PART_BYTES - bytes;
        await add(Buffer.concat([...chunks, chunk.subarray(0, room)]));
        chunk = chunk.subarray(room);
        chunks = [];
        bytes = 0;
      }
      if (chunk.length > 0) chunks.push(chunk);
      bytes += chunk.length;
    }
    if (bytes > 0) await add(Buffer.concat(chunks));
    this.#tables.push({ rows: rowsOf(), parts });
  }

  /** Resolves when the destination has everything. */
  async finish(sequences: readonly ArchivedSequence[]): Promise<void> {
    const end: ArchiveEnd = { head: this.#head, tables: this.#tables, sequences: [...sequences] };
    await this.#add(END, Buffer.from(JSON.stringify(end)));
    this.#tar.controller.finalize();
    await this.#written;
  }

  /** Ends the stream with an error, and resolves when the destination is closed. */
  async abandon(error: unknown): Promise<void> {
    this.#tar.controller.error(error);
    await this.#written.catch(() => {});
  }

  /** @returns the SHA-256 of the content. */
  async #add(name: string, content: Buffer): Promise<string> {
    const entry = this.#tar.controller.add({ name, size: content.length, mode: FILE_MODE });
    const writer = entry.getWriter();
    if (content.length > 0) await writer.write(content);
    await writer.close();
    return createHash('sha256').update(content).digest('hex');
  }
}
