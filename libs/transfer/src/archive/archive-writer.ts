import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Encrypter } from 'age-encryption';
import { ExportRefusedError } from '../errors.js';
import {
  type ArchivedRecords,
  kindsIn,
  type RecordKind,
  recordEntryOf,
} from '../records/archived-records.js';
import { MEMBERS_AT_ONCE, packEntry } from './archive-entries.js';
import {
  type ArchivedSequence,
  type ArchiveEnd,
  type ArchiveHead,
  END,
  HEAD,
  MAX_JSON_BYTES,
  MIN_PART_BYTES,
  objectsPartName,
  partName,
  SIGNATURE,
} from './archive-format.js';
import { type ArchiveWriting, parseWriting } from './archive-options.js';
import { encrypt, encrypterFor } from './encryption.js';
import type { ArchiveCompression } from './members.js';
import { sha256 } from './read-archive.js';
import { signEnd } from './signature.js';

/** Less than the format allows: writer and reader hold a few parts in memory. */
const WRITTEN_PART_BYTES = 1_024 * 1_024;
const NEWLINE = 0x0a;

interface Parsed {
  readonly compression: ArchiveCompression;
  readonly encrypter: Encrypter | undefined;
  readonly signingKey: KeyObject | undefined;
}

/** Writes an archive as one stream: the head, records, the rows of each table in parts, and what was written at the end. */
export class ArchiveWriter {
  readonly #file = new PassThrough();
  readonly #written: Promise<void>;
  readonly #parsed: Parsed;
  /** Entries that are being compressed, in their order, with what their checksums are given to. */
  readonly #ahead: { readonly entry: Promise<Buffer>; readonly hashed: (hash: string) => void }[] = [];
  readonly #tables: { rows: number; bytes: number; parts: string[] }[] = [];
  readonly #records: Partial<Record<RecordKind, string>> = {};
  #largeObjects: ArchiveEnd['largeObjects'];
  #head = '';

  private constructor(destination: Writable, signal: AbortSignal | undefined, parsed: Parsed) {
    const { encrypter } = parsed;
    this.#parsed = parsed;
    this.#written = encrypter
      ? pipeline(this.#file, encrypt(encrypter), destination, { signal })
      : pipeline(this.#file, destination, { signal });
    // It is awaited at the end; until then the write that fails with it is what reports it.
    this.#written.catch(() => {});
  }

  /**
   * @param destination - is ended, or destroyed after an error.
   * @throws {OptionsInvalidError} for what is no key, or a compression that this Node does not have.
   */
  static async open(
    destination: Writable,
    signal: AbortSignal | undefined,
    writing: ArchiveWriting = {},
  ): Promise<ArchiveWriter> {
    try {
      const { compression, recipients, signWith } = parseWriting(writing);
      return new ArchiveWriter(destination, signal, {
        compression,
        encrypter: recipients && (await encrypterFor(recipients)),
        signingKey: signWith,
      });
    } catch (error) {
      destination.destroy();
      throw error;
    }
  }

  async writeHead(head: ArchiveHead): Promise<void> {
    await this.#add(HEAD, Buffer.from(JSON.stringify(head)), (hash) => {
      this.#head = hash;
    });
  }

  /**
   * Writes the records, after the head.
   *
   * @throws {ExportRefusedError} for more than an entry may have.
   */
  async writeRecords(records: ArchivedRecords): Promise<void> {
    for (const kind of kindsIn(records)) {
      const content = Buffer.from(JSON.stringify(records[kind]));
      if (content.length > MAX_JSON_BYTES)
        throw new ExportRefusedError(
          `The ${kind} of the tenant are more than the ${MAX_JSON_BYTES} bytes that an archive may have of them. Export it without them.`,
        );
      await this.#add(recordEntryOf(kind), content, (hash) => {
        this.#records[kind] = hash;
      });
    }
  }

  /**
   * Writes the rows of the next table of the head.
   *
   * @param source - in COPY's text format.
   * @param rowsOf - asked when the source has ended.
   */
  async writeTable(source: AsyncIterable<Buffer>, rowsOf: () => number): Promise<void> {
    const { parts, bytes } = await this.#addParts(source, (part) => partName(this.#tables.length + 1, part));
    this.#tables.push({ rows: rowsOf(), bytes, parts });
  }

  /**
   * Writes the large objects that the rows name, after the tables.
   *
   * @param source - as {@link RowSource.largeObjects}.
   * @param count - how many they are.
   */
  async writeLargeObjects(source: AsyncIterable<Buffer>, count: number): Promise<void> {
    const { parts } = await this.#addParts(source, objectsPartName);
    this.#largeObjects = { count, parts };
  }

  /** @returns the checksums, which are there when all is written. */
  async #addParts(
    source: AsyncIterable<Buffer>,
    nameOf: (part: number) => string,
  ): Promise<{ readonly parts: string[]; readonly bytes: number }> {
    const parts: string[] = [];
    let [part, bytes] = [0, 0];
    for await (const content of partsOf(source)) {
      part += 1;
      bytes += content.length;
      await this.#add(nameOf(part), content, (hash) => parts.push(hash));
    }
    return { parts, bytes };
  }

  /** Resolves when the destination has everything. */
  async finish(sequences: readonly ArchivedSequence[]): Promise<void> {
    const { signingKey } = this.#parsed;
    while (this.#ahead.length > 0) await this.#writeNext();
    const end: ArchiveEnd = {
      head: this.#head,
      records: this.#records,
      tables: this.#tables,
      sequences: [...sequences],
      ...(this.#largeObjects && { largeObjects: this.#largeObjects }),
    };
    const content = Buffer.from(JSON.stringify(end));
    await this.#write(await this.#pack(END, content, !signingKey));
    if (signingKey) {
      const signature = Buffer.from(JSON.stringify(signEnd(content, signingKey)));
      await this.#write(await this.#pack(SIGNATURE, signature, true));
    }
    this.#file.end();
    await this.#written;
  }

  /** Ends the stream with an error, and resolves when the destination is closed. */
  async abandon(error: unknown): Promise<void> {
    this.#file.destroy(error as Error);
    await this.#written.catch(() => {});
  }

  async #add(name: string, content: Buffer, hashed: (hash: string) => void): Promise<void> {
    const entry = this.#pack(name, content, false);
    // It may fail before its turn has come.
    entry.catch(() => {});
    this.#ahead.push({ entry, hashed });
    if (this.#ahead.length > MEMBERS_AT_ONCE) await this.#writeNext();
  }

  #pack(name: string, content: Buffer, isLast: boolean): Promise<Buffer> {
    return packEntry({ name, content }, this.#parsed.compression, { isLast });
  }

  async #writeNext(): Promise<void> {
    const next = this.#ahead.shift();
    if (!next) return;
    const entry = await next.entry;
    next.hashed(sha256(entry));
    await this.#write(entry);
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#file.write(bytes)) return;
    // Where the destination fails, nothing drains any more.
    await Promise.race([once(this.#file, 'drain'), this.#written]);
  }
}

/** Parts end with a row, unless they would be too large or too small. */
async function* partsOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < WRITTEN_PART_BYTES) continue;
    let all = Buffer.concat(chunks);
    while (all.length >= WRITTEN_PART_BYTES) {
      const endOfRow = all.lastIndexOf(NEWLINE, WRITTEN_PART_BYTES - 1) + 1;
      const end = endOfRow < MIN_PART_BYTES ? WRITTEN_PART_BYTES : endOfRow;
      yield all.subarray(0, end);
      all = all.subarray(end);
    }
    chunks = all.length > 0 ? [all] : [];
    bytes = all.length;
  }
  if (bytes > 0) yield Buffer.concat(chunks);
}
