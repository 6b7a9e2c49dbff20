import { OptionsInvalidError } from '@rowhouse/core';
import { type S3StorageOptions, s3StorageSchema } from '@rowhouse/transfer';
import { z } from 'zod';
import type { FileStore } from './file-store.js';
import { LocalFileStore } from './local-file-store.js';
import { SignedUrls } from './signed-urls.js';

/** Files on a disk, served by the routes of the module at URLs that it signs. */
export interface LocalFilesOptions {
  readonly folder: string;
  /** The URL under which clients reach `path` of the module: `https://api.example.com/files`. */
  readonly url: string;
  /** Signs URLs, the same in all instances: at least 32 characters, by chance. With another one, URLs that were given are good for nothing. */
  readonly secret: string;
}

export type FilesStorageOptions = LocalFilesOptions | S3StorageOptions;

const localSchema = z.strictObject({
  folder: z.string().min(1),
  url: z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// URL' }),
  secret: z.string().min(32, 'expected at least 32 characters'),
});

export const storageSchema = z.custom<FilesStorageOptions>().superRefine((value, { addIssue }) => {
  if (typeof value !== 'object' || value === null) {
    addIssue({
      code: 'custom',
      message: 'expected a folder ({ folder, url, secret }) or a bucket ({ bucket, … })',
    });
    return;
  }
  const { error } = ('bucket' in value ? s3StorageSchema : localSchema).safeParse(value);
  for (const { path, message } of error?.issues ?? []) addIssue({ code: 'custom', path: [...path], message });
});

/** @throws {OptionsInvalidError} naming the packages of S3, where they are not installed. */
export async function openFileStore(options: FilesStorageOptions): Promise<FileStore> {
  if ('folder' in options)
    return new LocalFileStore(options.folder, new SignedUrls(options.url, options.secret));
  const { S3FileStore } = await import('./s3-file-store.js').catch((error: unknown) => {
    throw isMissingPackage(error) ? packagesMissing(error) : error;
  });
  return new S3FileStore(options);
}

function isMissingPackage(error: unknown): boolean {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  return /^(ERR_)?MODULE_NOT_FOUND$/.test(String(code)) && String(message).includes('@aws-sdk');
}

function packagesMissing(cause: unknown): OptionsInvalidError {
  const expected =
    'expected the packages of S3: npm install @aws-sdk/client-s3 @aws-sdk/s3-presigned-post @aws-sdk/s3-request-presigner';
  return new OptionsInvalidError('TenantFilesModule', [{ field: 'storage.bucket', expected }], cause);
}
