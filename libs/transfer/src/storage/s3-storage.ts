import type { FileStorage } from '@flystorage/file-storage';
import { OptionsInvalidError } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { type S3StorageOptions, s3StorageSchema } from './s3-options.js';

/**
 * Opens a bucket as a storage of files. `read` knows an option more than flystorage: `range: { start, end }`, the first and the last byte.
 *
 * @throws {OptionsInvalidError} naming each wrong option, and the packages that are not installed.
 */
export async function openS3Storage(options: S3StorageOptions): Promise<FileStorage> {
  const parsed = parseOptions('S3 storage', s3StorageSchema, options);
  const { S3Adapter } = await import('./s3-adapter.js').catch((error: unknown) => {
    throw isMissingPackage(error) ? packagesMissing() : error;
  });
  const flystorage = await import('@flystorage/file-storage');
  return new flystorage.FileStorage(new S3Adapter(parsed));
}

function isMissingPackage(error: unknown): boolean {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  return /^(ERR_)?MODULE_NOT_FOUND$/.test(String(code)) && /@aws-sdk|@flystorage/.test(String(message));
}

function packagesMissing(): OptionsInvalidError {
  return new OptionsInvalidError('S3 storage', [
    {
      field: 'bucket',
      expected: 'expected the packages of S3: npm install @flystorage/aws-s3 @aws-sdk/client-s3',
    },
  ]);
}
