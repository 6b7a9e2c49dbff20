import { Readable } from 'node:stream';
import { OptionsInvalidError, TenantContext } from '@rowhouse/core';
import type Sharp from 'sharp';
import { FileNotFoundError } from '../errors.js';
import { keyOf, noThumbnailKeyOf, thumbnailKeyOf } from '../file-key.js';
import type { FileRecords } from '../file-records.js';
import type { ThumbnailOptions } from '../files-options.js';
import type { FileStore } from '../store/file-store.js';
import type { TenantFiles } from '../tenant-files.js';
import { isPicture } from './thumbnail-job.js';

type MakeThumbnail = (picture: Readable) => Promise<Buffer | undefined>;

/** @throws {OptionsInvalidError} when sharp is not installed. */
export async function openSharp(options: ThumbnailOptions): Promise<MakeThumbnail> {
  const { default: sharp } = await import('sharp').catch((error: unknown) => {
    const expected = 'expected the package sharp: npm install sharp';
    throw new OptionsInvalidError('TenantFilesModule', [{ field: 'thumbnails', expected }], error);
  });
  return (picture) => shrink(sharp, picture, options);
}

/**
 * A picture as WebP, without what is known of the camera and the place.
 *
 * @returns `undefined` for one that is broken, has too many pixels, or takes too long. The size is looked at before pixels are decoded.
 */
async function shrink(
  sharp: typeof Sharp,
  picture: Readable,
  { sizePx, maxPixels, timeoutMs }: ThumbnailOptions,
): Promise<Buffer | undefined> {
  const pipeline = sharp({ failOn: 'error', limitInputPixels: maxPixels, pages: 1 })
    .timeout({ seconds: Math.ceil(timeoutMs / 1_000) })
    .autoOrient()
    .resize({ width: sizePx, height: sizePx, fit: 'inside', withoutEnlargement: true })
    .webp();
  const failure = new Promise<never>((_resolve, reject) => picture.once('error', reject));
  picture.pipe(pipeline);
  const made = pipeline.toBuffer().catch(() => undefined);
  try {
    return await Promise.race([made, failure]);
  } finally {
    picture.destroy();
    pipeline.destroy();
  }
}

/** Thumbnails of the pictures of the tenant in force. */
export class FileThumbnails {
  constructor(
    private readonly files: TenantFiles,
    private readonly records: FileRecords,
    private readonly store: FileStore,
    private readonly make: MakeThumbnail | undefined,
  ) {}

  /** Makes one, or notes that the picture gets none. May be repeated. @returns whether the file has a thumbnail now. */
  async create(fileId: string): Promise<boolean> {
    const { id: tenantId } = TenantContext.require();
    const file = await this.records.find(fileId);
    if (file?.state !== 'ready' || !isPicture(file) || !this.make) return false;
    const picture = await this.store.read(keyOf(tenantId, file));
    if (!picture) return false;
    const thumbnail = await this.make(picture);
    const key = thumbnail ? thumbnailKeyOf(tenantId, file) : noThumbnailKeyOf(tenantId, file);
    const content = thumbnail ?? Buffer.alloc(0);
    await this.store.write(key, Readable.from([content]), content.length);
    // Purged meanwhile, it was not there to be removed.
    const isKept = (await this.records.find(fileId))?.state === 'ready';
    if (!isKept) await this.store.remove(key);
    return isKept && thumbnail !== undefined;
  }

  /** @throws {FileNotFoundError} when there is none, or not yet. @throws {FileConflictError} when the file is not served. */
  async read(fileId: string): Promise<Readable> {
    const { id: tenantId } = TenantContext.require();
    const file = await this.files.requireServed(fileId);
    const content = await this.store.read(thumbnailKeyOf(tenantId, file));
    if (!content) throw new FileNotFoundError();
    return content;
  }
}
