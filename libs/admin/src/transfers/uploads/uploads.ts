import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Actor, Catalog } from '@rowhouse/core';
import { auditStatement, lockKeyOf, runEach, type ScriptStatement } from '@rowhouse/core/internal';
import type { ArchiveFile } from '@rowhouse/transfer';
import { z } from 'zod';
import type { ArchiveFiles } from '../archive-files.js';
import {
  UploadChecksumError,
  UploadDamagedError,
  UploadIncompleteError,
  UploadLockedError,
  UploadNotFoundError,
  UploadOffsetError,
  UploadTooLargeError,
} from '../transfer-errors.js';
import { UploadPieces } from './upload-pieces.js';

/** An archive that arrives in as many requests as it takes. */
export interface Upload {
  readonly id: string;
  readonly sizeBytes: number;
  readonly receivedBytes: number;
  readonly createdBy: Actor | null;
  readonly createdAt: Date;
  /** A day after the last bytes. */
  readonly expiresAt: Date;
}

/** Of what one request sends. */
export interface Checksum {
  /** As Node names it. */
  readonly algorithm: 'sha1' | 'sha256';
  readonly base64: string;
}

interface Appended {
  readonly by: Actor;
  /** Nothing is kept of a request that does not have it, or that broke off before it could be compared. */
  readonly checksum?: Checksum | undefined;
}

/** More than this is not lost when a process dies. */
const PART_BYTES = 8 * 1_024 ** 2;

const EXPIRES = `pg_catalog.now() + interval '1 day'`;

const COLUMNS = `u.id, u.size_bytes::float8 as "sizeBytes", u.received_bytes::float8 as "receivedBytes", u.created_by as "createdBy",
  u.created_at as "createdAt", u.expires_at as "expiresAt"`;

/** Archives that are uploaded in parts. A part is a file; which belong to an upload, and how far that is, stands in the catalog. */
export class Uploads {
  readonly #catalog: Catalog;
  readonly #files: ArchiveFiles;
  readonly #maxBytes: number;

  constructor(catalog: Catalog, files: ArchiveFiles, maxBytes: number) {
    this.#catalog = catalog;
    this.#files = files;
    this.#maxBytes = maxBytes;
  }

  /**
   * Begins an upload. One with this id is returned as it is.
   *
   * @throws {UploadTooLargeError}
   */
  async create(id: string, sizeBytes: number, by: Actor): Promise<Upload> {
    if (sizeBytes > this.#maxBytes) throw new UploadTooLargeError(this.#maxBytes);
    await this.#catalog.transaction(async (client) => {
      const { rowCount } = await client.query(
        `insert into rowhouse.uploads (id, size_bytes, created_by, expires_at) values ($1, $2, $3, ${EXPIRES})
           on conflict do nothing`,
        [id, sizeBytes, JSON.stringify(by)],
      );
      if (rowCount === 1) await runEach(client, [audit('upload.created', id, { sizeBytes }, by)]);
    });
    return this.find(id);
  }

  /** @throws {UploadNotFoundError} also for one that has expired. */
  async find(id: string): Promise<Upload> {
    const { rows } = z.guid().safeParse(id).success
      ? await this.#catalog.query<Upload>(
          `select ${COLUMNS} from rowhouse.uploads u where u.id = $1 and u.expires_at > pg_catalog.now()`,
          [id],
        )
      : { rows: [] };
    if (!rows[0]) throw new UploadNotFoundError();
    return rows[0];
  }

  /**
   * Adds what a request brings, as it arrives. What has arrived of a request that breaks off is kept.
   *
   * @param offset - where it goes on: the bytes that have been received.
   * @throws {UploadLockedError} while another request does, in any instance.
   * @throws {UploadNotFoundError} @throws {UploadOffsetError} @throws {UploadTooLargeError}
   * @throws {UploadDamagedError} where it broke off.
   * @throws {UploadChecksumError}
   */
  async append(id: string, offset: number, body: AsyncIterable<Buffer>, appended: Appended): Promise<Upload> {
    const run = await this.#catalog.whileLocked(lockKeyOf('upload', id), async () => {
      const upload = await this.find(id);
      if (upload.receivedBytes !== offset) throw new UploadOffsetError(upload.receivedBytes);
      await this.#append(upload, new UploadPieces(body), appended);
      return this.find(id);
    });
    if (!run) throw new UploadLockedError();
    return run.result;
  }

  /** @throws {UploadNotFoundError} @throws {UploadIncompleteError} */
  async requireComplete(id: string): Promise<Upload> {
    const upload = await this.find(id);
    if (upload.receivedBytes < upload.sizeBytes) throw new UploadIncompleteError();
    return upload;
  }

  /** The upload as an import reads it. */
  archive(id: string): ArchiveFile {
    return async () => {
      const { rows } = await this.#catalog.query<{ parts: string[] }>(
        'select parts from rowhouse.uploads where id = $1 and received_bytes = size_bytes',
        [id],
      );
      if (!rows[0]) throw new UploadNotFoundError();
      return Readable.from(this.#read(rows[0].parts), { objectMode: false });
    };
  }

  /** @throws {UploadNotFoundError} */
  async remove(id: string, by: Actor | undefined): Promise<void> {
    await this.find(id);
    await this.removeIfThere(id, by);
  }

  async removeIfThere(id: string, by: Actor | undefined): Promise<void> {
    const parts = await this.#catalog.transaction(async (client) => {
      const { rows } = await client.query<{ parts: string[]; receivedBytes: number }>(
        'delete from rowhouse.uploads where id = $1 returning parts, received_bytes::float8 as "receivedBytes"',
        [id],
      );
      const [removed] = rows;
      if (removed)
        await runEach(client, [audit('upload.removed', id, { receivedBytes: removed.receivedBytes }, by)]);
      return removed?.parts ?? [];
    });
    await this.#removeParts(parts);
  }

  /** Removes uploads that have expired. One that an operation reads stays as long as that runs. */
  async clean(): Promise<void> {
    const { rows } = await this.#catalog.query<{ parts: string[] }>(
      `delete from rowhouse.uploads u where u.expires_at <= pg_catalog.now() and not exists (
         select from rowhouse.operations o where o.state = 'running'
            and u.id::text in (o.input #>> '{archive,resumable}', o.input #>> '{body,upload}'))
       returning parts`,
    );
    for (const { parts } of rows) await this.#removeParts(parts);
  }

  async #append(
    { id, sizeBytes, receivedBytes }: Upload,
    pieces: UploadPieces,
    { by, checksum }: Appended,
  ): Promise<void> {
    const hash = checksum && createHash(checksum.algorithm);
    const kept: { part: string; bytes: number }[] = [];
    let received = receivedBytes;
    const keep = async () => {
      const parts = kept.splice(0);
      const { rowCount } = await this.#catalog.query(
        `update rowhouse.uploads set received_bytes = received_bytes + $3, parts = parts || $4::uuid[], expires_at = ${EXPIRES}
          where id = $1 and received_bytes = $2`,
        [id, received, parts.reduce((sum, { bytes }) => sum + bytes, 0), parts.map(({ part }) => part)],
      );
      if (rowCount === 1) {
        received += parts.reduce((sum, { bytes }) => sum + bytes, 0);
        return;
      }
      kept.push(...parts);
      throw new UploadNotFoundError();
    };
    try {
      let arrived = received;
      while (await pieces.hasNext()) {
        const left = sizeBytes - arrived;
        if (left === 0) throw new UploadTooLargeError(sizeBytes);
        const part = randomUUID();
        const piece = pieces.piece(Math.min(PART_BYTES, left));
        const file = await this.#files.write(
          'upload',
          part,
          Readable.from(hash ? hashed(piece, hash) : piece),
        );
        arrived += file.sizeBytes;
        kept.push({ part, bytes: file.sizeBytes });
        if (!hash) await keep();
      }
      if (hash && pieces.failure === undefined) {
        if (hash.digest('base64') !== checksum?.base64) throw new UploadChecksumError();
        if (kept.length > 0) await keep();
      }
    } finally {
      await this.#removeParts(kept.map(({ part }) => part));
    }
    if (received === sizeBytes && received > receivedBytes)
      await this.#catalog.run([audit('upload.completed', id, { sizeBytes }, by)]);
    if (pieces.failure)
      throw new UploadDamagedError('The upload was cut off. Ask how far it is, and go on from there.');
  }

  async *#read(parts: readonly string[]): AsyncGenerator<Buffer> {
    for (const part of parts) {
      const file = await this.#files.open('upload', part);
      if (!file) throw new UploadNotFoundError();
      yield* file;
    }
  }

  async #removeParts(parts: readonly string[]): Promise<void> {
    for (const part of parts) await this.#files.remove('upload', part);
  }
}

async function* hashed(
  chunks: AsyncIterable<Buffer>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

function audit(action: string, id: string, after: object, by: Actor | undefined): ScriptStatement {
  return auditStatement({ action, target: id, after, by });
}
