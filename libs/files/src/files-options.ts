import type { Tenant } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { DEFAULT_TYPES, MEDIA_TYPE } from './check/content-types.js';
import { type FilesStorageOptions, storageSchema } from './store/storage-options.js';
import type { TenantFile } from './tenant-file.entity.js';

/** Where clamd listens: a port, or a socket of the machine. */
export type ClamdAddress = { readonly host: string; readonly port: number } | { readonly socket: string };

export interface FileScanOptions {
  readonly clamd: ClamdAddress;
  /** How long clamd may be silent, in milliseconds. Default 120,000. */
  readonly timeoutMs?: number | undefined;
}

export interface FileThumbnailOptions {
  /** The longer side of a thumbnail, in pixels. Default 256. */
  readonly sizePx?: number | undefined;
  /** Pictures with more pixels get none. Default 50,000,000. */
  readonly maxPixels?: number | undefined;
  /** How long one may take, in milliseconds; rounded up to seconds. Default 10,000. */
  readonly timeoutMs?: number | undefined;
}

/** What {@link TenantFilesModule} is given. */
export interface TenantFilesModuleOptions {
  /** A folder of this machine, or a bucket of S3. */
  readonly storage: FilesStorageOptions;
  /** The media types that are taken. Default: pictures, PDF, plain text, CSV, JSON, ZIP and documents of offices. */
  readonly types?: readonly string[] | undefined;
  /** The largest file, in bytes. At most 5 GiB; default 100 MiB. */
  readonly maxBytes?: number | undefined;
  /** How long a URL for an upload is good, in milliseconds. Default 900,000. */
  readonly uploadUrlMs?: number | undefined;
  /** How long an upload that goes on where it stopped is taken, in milliseconds, from its beginning on. Default 86,400,000. */
  readonly resumableUploadMs?: number | undefined;
  /** How long a URL for a download is good, in milliseconds. Default 300,000. */
  readonly downloadUrlMs?: number | undefined;
  /** How long deleted files are kept, in days. Default 30. */
  readonly retentionDays?: number | undefined;
  /** Scans files for viruses before they are served. Needs `TenancyJobsModule`. Default: nothing is scanned. */
  readonly scan?: FileScanOptions | undefined;
  /** Makes thumbnails of pictures, with the package sharp. Needs `TenancyJobsModule`. Default: there are none; `{}` takes the defaults. */
  readonly thumbnails?: FileThumbnailOptions | undefined;
  /** Called in the tenant's context for each file in which the scanner has found something, at least once. */
  readonly onQuarantined?: ((file: TenantFile, tenant: Tenant) => unknown) | undefined;
}

const GIB = 2 ** 30;
const urlMs = z
  .int()
  .min(1_000)
  .max(7 * 86_400_000);
const port = z.int().min(1).max(65_535);

const thumbnailsSchema = z.strictObject({
  sizePx: z.int().min(16).max(2_048).default(256),
  maxPixels: z.int().min(1).max(500_000_000).default(50_000_000),
  timeoutMs: z.int().min(1_000).max(300_000).default(10_000),
});

/** The options of thumbnails, with every default filled in. */
export type ThumbnailOptions = z.output<typeof thumbnailsSchema>;

const optionsSchema = z.strictObject({
  storage: storageSchema,
  types: z
    .array(z.string().regex(MEDIA_TYPE, 'expected media types such as image/png'))
    .min(1)
    .default([...DEFAULT_TYPES]),
  maxBytes: z
    .int()
    .min(1)
    .max(5 * GIB)
    .default(100 * 2 ** 20),
  uploadUrlMs: urlMs.default(900_000),
  resumableUploadMs: urlMs.default(86_400_000),
  downloadUrlMs: urlMs.default(300_000),
  retentionDays: z.int().min(0).max(3_650).default(30),
  scan: z
    .strictObject({
      clamd: z.union([
        z.strictObject({ host: z.string().min(1), port }),
        z.strictObject({ socket: z.string().min(1) }),
      ]),
      timeoutMs: z.int().min(1).default(120_000),
    })
    .optional(),
  thumbnails: thumbnailsSchema.optional(),
  onQuarantined: z
    .custom<NonNullable<TenantFilesModuleOptions['onQuarantined']>>(
      (value) => typeof value === 'function',
      'expected a function',
    )
    .optional(),
});

/** The options, checked, with every default filled in. */
export type FilesOptions = Readonly<z.output<typeof optionsSchema>>;

/** @throws {OptionsInvalidError} naming the path of each wrong option and what was expected. */
export function parseFilesOptions(options: unknown): FilesOptions {
  return parseOptions('TenantFilesModule', optionsSchema, options);
}
