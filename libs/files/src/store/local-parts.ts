import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { emptyIfMissing, sizeOf, writeWhole } from './disk.js';
import { PART } from './file-store.js';
import type { UploadParts } from './upload-parts.js';

/** A part is named by the byte that it begins with: the names are in the order of the parts. */
const nameOf = (offset: number) => String(offset).padStart(16, '0');
const PART_NAME = /^\d{16}$/;

/** Parts in a folder beside the place of the upload. Each is written under another name, and renamed when it is on the disk. */
export class LocalParts implements UploadParts {
  private constructor(
    private readonly path: string,
    private readonly parts: string[],
    public sizeBytes: number,
    public isJoined: boolean,
  ) {}

  static async open(path: string): Promise<LocalParts> {
    const joined = await sizeOf(path);
    if (joined !== undefined) return new LocalParts(path, [], joined, true);
    const folder = path + PART;
    let end = 0;
    const parts: string[] = [];
    for (const name of (await readdir(folder).catch(emptyIfMissing))
      .filter((name) => PART_NAME.test(name))
      .sort()) {
      if (name !== nameOf(end)) continue;
      parts.push(join(folder, name));
      end += (await sizeOf(join(folder, name))) ?? 0;
    }
    return new LocalParts(path, parts, end, false);
  }

  async add(bytes: Buffer): Promise<void> {
    const folder = this.path + PART;
    const part = join(folder, nameOf(this.sizeBytes));
    const unfinished = join(folder, `${randomUUID()}${PART}`);
    await writeWhole(part, unfinished, () =>
      writeFile(unfinished, bytes, { flag: 'wx', mode: 0o600, flush: true }),
    );
    this.parts.push(part);
    this.sizeBytes += bytes.length;
  }

  async join(): Promise<void> {
    const folder = this.path + PART;
    const whole = join(folder, `${randomUUID()}${PART}`);
    await writeWhole(this.path, whole, () =>
      pipeline(contentsOf(this.parts), createWriteStream(whole, { flags: 'wx', mode: 0o600, flush: true })),
    );
    await rm(folder, { recursive: true, force: true });
    this.isJoined = true;
  }
}

async function* contentsOf(paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths) yield* createReadStream(path, { highWaterMark: 2 ** 20 });
}
