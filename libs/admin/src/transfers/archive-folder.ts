import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  ArchiveFiles,
  type ByteRange,
  type FileKind,
  Measured,
  nameOf,
  type StoredFile,
  type WriteOptions,
} from './archive-files.js';

/** Files with other names in the folder are not ours. */
const OURS =
  /^(?<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?:tar\.gz|upload)(?:\.[0-9a-f]{16}\.partial)?$/;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Files in one folder. */
export class ArchiveFolder extends ArchiveFiles {
  constructor(readonly path: string) {
    super();
  }

  archive(kind: FileKind, id: string): string {
    return join(this.path, nameOf(kind, id));
  }

  async write(
    kind: FileKind,
    id: string,
    source: Readable,
    { signal, ...limits }: WriteOptions = {},
  ): Promise<StoredFile> {
    const path = this.archive(kind, id);
    // Two processes that write the same file do not write into each other's.
    const partial = `${path}.${randomBytes(8).toString('hex')}.partial`;
    const measured = new Measured(limits);
    try {
      await mkdir(this.path, { recursive: true, mode: FOLDER_MODE });
      const file = createWriteStream(partial, { flags: 'wx', mode: FILE_MODE, flush: true });
      await pipeline(source, measured.pass, file, { signal });
      signal?.throwIfAborted();
      await rename(partial, path);
    } catch (error) {
      source.destroy();
      await rm(partial, { force: true });
      throw error;
    }
    return measured.result();
  }

  async open(kind: FileKind, id: string, range?: ByteRange): Promise<Readable | undefined> {
    const file = await open(this.archive(kind, id)).catch(unlessMissing);
    return file?.createReadStream(range);
  }

  async remove(kind: FileKind, id: string): Promise<void> {
    await rm(this.archive(kind, id), { force: true });
  }

  async removePartial(kind: FileKind, id: string): Promise<void> {
    const beginning = `${nameOf(kind, id)}.`;
    for (const name of await this.#names())
      if (name.startsWith(beginning) && OURS.test(name)) await rm(join(this.path, name), { force: true });
  }

  async sweep(
    olderThanMs: number,
    wanted: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
  ): Promise<void> {
    const before = Date.now() - olderThanMs;
    const old: { name: string; id: string }[] = [];
    for (const name of await this.#names()) {
      const id = OURS.exec(name)?.groups?.['id'];
      const found = id && (await stat(join(this.path, name)).catch(unlessMissing));
      if (id && found && found.mtimeMs < before) old.push({ name, id });
    }
    const keep = await wanted(old.map(({ id }) => id));
    for (const { name, id } of old)
      if (!keep.has(id) || name.endsWith('.partial')) await rm(join(this.path, name), { force: true });
  }

  async #names(): Promise<readonly string[]> {
    return (await readdir(this.path).catch(unlessMissing)) ?? [];
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
