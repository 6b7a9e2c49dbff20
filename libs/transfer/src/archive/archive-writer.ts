import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Encrypter } from 'age-encryption';
import type { ContentsReport } from '../contents/contents-report.js';
import { ExportRefusedError } from '../errors.js';
import {
  type ArchivedRecords,
  kindsIn,
  type RecordKind,
  recordEntryOf,
} from '../records/archived-records.js';
import { MEMBERS_AT_ONCE, packEntry } from './archive-entries.js';
import {
  type ArchivedContents,
  type ArchivedSequence,
  type ArchiveEnd,
  type ArchiveHead,
  contentsPartName,
  END,
  HEAD,
  MAX_JSON_BYTES,
  objectsPartName,
  partName,
  SIGNATURE,
} from './archive-format.js';
import { type ArchiveWriting, parseWriting } from './archive-options.js';
import { encrypt, encrypterFor } from './encryption.js';
import { type ArchiveCompression, memberOf } from './members.js';
import { PartBuffers, partsOf } from './part-buffer.js';
import { sha256 } from './read-archive.js';
import { signEnd } from './signature.js';

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
  readonly #buffers = new PartBuffers();
  /** Entries that are being compressed, in their order, with what their checksums are given to. */
  readonly #ahead: { readonly entry: Promise<Buffer>; readonly hashed: (hash: string) => void }[] = [];
  readonly #tables: { rows: number; bytes: number; parts: string[] }[] = [];
  readonly #records: Partial<Record<RecordKind, string>> = {};
  readonly #contents: ArchivedContents[] = [];
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
    await this.#add(this.#pack(HEAD, Buffer.from(JSON.stringify(head)), false), (hash) => {
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
      await this.#add(this.#pack(recordEntryOf(kind), content, false), (hash) => {
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

  /**
   * Writes the contents that rows name, after the large objects: those of one companion.
   *
   * @param source - as {@link RowSource.contents}.
   * @param reportOf - asked when the source has ended.
   */
  async writeContents(
    name: string,
    source: AsyncIterable<Buffer>,
    reportOf: () => ContentsReport,
  ): Promise<void> {
    const { parts } = await this.#addParts(source, (part) => contentsPartName(name, part));
    const { objects, bytes, missing } = reportOf();
    this.#contents.push({ name, objects, bytes, missing, parts });
  }

  /** @returns the checksums, which are there when all is written. */
  async #addParts(
    source: AsyncIterable<Buffer>,
    nameOf: (part: number) => string,
  ): Promise<{ readonly parts: string[]; readonly bytes: number }> {
    const parts: string[] = [];
    let [part, bytes] = [0, 0];
    for await (const content of partsOf(source, this.#buffers)) {
      part += 1;
      bytes += content.bytes;
      const entry = memberOf(content.asEntry(nameOf(part)), this.#parsed.compression);
      await this.#add(entry, (hash) => {
        this.#buffers.giveBack(content);
        parts.push(hash);
      });
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
      ...(this.#contents.length > 0 && { contents: this.#contents }),
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

  /** @param hashed - called when the entry is compressed, in its turn. */
  async #add(entry: Promise<Buffer>, hashed: (hash: string) => void): Promise<void> {
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
