import { resolve } from 'node:path';
import type { FileStorage } from '@flystorage/file-storage';
import { Lazy } from '@rowhouse/core/internal';
import { z } from 'zod';
import { type S3StorageOptions, s3StorageSchema } from './s3-options.js';
import { openS3Storage } from './s3-storage.js';

/** A folder, a bucket of S3, or a `FileStorage` of `@flystorage/file-storage` with any adapter. */
export type StorageOptions = string | S3StorageOptions | FileStorage;

export const storageSchema = z.custom<StorageOptions>().superRefine((value, { addIssue }) => {
  if ((typeof value === 'string' && value !== '') || isStorage(value)) return;
  if (typeof value !== 'object' || value === null || !('bucket' in value)) {
    addIssue({ code: 'custom', message: EXPECTED });
    return;
  }
  const { error } = s3StorageSchema.safeParse(value);
  for (const { path, message } of error?.issues ?? []) addIssue({ code: 'custom', path: [...path], message });
});

const EXPECTED = 'expected a folder, a bucket ({ bucket, … }), or a FileStorage of @flystorage/file-storage';

const isStorage = (value: unknown): value is FileStorage =>
  typeof value === 'object' &&
  value !== null &&
  ['write', 'read', 'list', 'deleteFile', 'fileExists', 'fileSize'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  );

/** A storage that is opened when it is first used: its packages are read by nobody else. */
export function storageOf(options: StorageOptions): Lazy<FileStorage> {
  return new Lazy(async () => {
    if (typeof options === 'string') {
      const { localStorage } = await import('./local-storage.js');
      return localStorage(resolve(options));
    }
    return isStorage(options) ? options : openS3Storage(options);
  });
}
