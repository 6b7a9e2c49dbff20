import type { InjectionToken, Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Catalog, OptionsInvalidError } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import { UnreadBodies } from '@rowhouse/nestjs/operator';
import { TenantBackups, TenantRecords } from '@rowhouse/transfer';
import type { DescribedController } from '../openapi/open-api-document.js';
import { ArchiveBucket } from './archive-bucket.js';
import { ArchiveFiles } from './archive-files.js';
import { ArchiveFolder } from './archive-folder.js';
import { DiffsController } from './back-in-time/diffs.controller.js';
import { JournalController } from './back-in-time/journal.controller.js';
import { BackupsController, TenantBackupsController } from './backups/backups.controller.js';
import { DownloadsController } from './exports/downloads.controller.js';
import { ExportsController } from './exports/exports.controller.js';
import { Exports } from './exports/exports.js';
import { ExportsCleaning } from './exports/exports-cleaning.js';
import { ImportsController } from './imports/imports.controller.js';
import { UPLOAD_TYPES } from './imports/upload.js';
import { TablesController } from './rows/tables.controller.js';
import { TransferChoicesController } from './transfer-choices.controller.js';
import { transferController } from './transfer-controller.js';
import { UploadTypeError } from './transfer-errors.js';
import { TRANSFER_KINDS } from './transfer-kinds.js';
import { TransferOperations } from './transfer-operations.js';
import { MAX_UPLOAD_BYTES } from './transfer-tokens.js';
import { parseTransfersOptions, type TransferSettings, type TransfersOptions } from './transfers-options.js';
import { TUS_TYPE } from './uploads/tus.js';
import { UploadsController } from './uploads/uploads.controller.js';
import { Uploads } from './uploads/uploads.js';

export const TRANSFER_CONTROLLERS: readonly DescribedController[] = [
  ...TRANSFER_KINDS.map(transferController),
  { controller: TransferChoicesController, below: 'transfers' },
  { controller: TablesController, below: 'tenants/:tenant/tables' },
  { controller: ExportsController, below: 'exports' },
  { controller: ImportsController, below: 'imports' },
  { controller: UploadsController, below: 'uploads' },
  { controller: TenantBackupsController, below: 'tenants/:tenant/backups' },
  { controller: BackupsController, below: 'backups' },
  { controller: DiffsController, below: 'tenants/:tenant/diffs/:other' },
  { controller: JournalController, below: 'tenants/:tenant/journal' },
];

/** Its links lead there. Operators do not need it, so the document leaves it out. */
export const DOWNLOADS: DescribedController = { controller: DownloadsController, below: 'downloads' };

export const TRANSFER_SERVICES = [Exports];

/** @param token - of the options of the module. */
export function transferProviders(token: InjectionToken): readonly Provider[] {
  return [
    {
      provide: ArchiveFiles,
      inject: [token],
      useFactory: (options: Options) => filesOf(settingsOf(options)),
    },
    {
      provide: MAX_UPLOAD_BYTES,
      inject: [token],
      useFactory: (options: Options) => settingsOf(options).maxUploadBytes,
    },
    {
      provide: Exports,
      inject: [Catalog, ArchiveFiles, token],
      useFactory: (catalog: Catalog, files: ArchiveFiles, options: Options) =>
        new Exports(catalog, files, settingsOf(options).keepDays),
    },
    {
      provide: Uploads,
      inject: [Catalog, ArchiveFiles, MAX_UPLOAD_BYTES],
      useFactory: (catalog: Catalog, files: ArchiveFiles, maxBytes: number) =>
        new Uploads(catalog, files, maxBytes),
    },
    {
      provide: TransferOperations,
      // Of TenancyBackupModule, where the application has it.
      inject: [
        Fleet,
        ArchiveFiles,
        Exports,
        Uploads,
        token,
        TenantRecords,
        { token: TenantBackups, optional: true },
      ],
      useFactory: (
        fleet: Fleet,
        files: ArchiveFiles,
        exports: Exports,
        uploads: Uploads,
        options: Options,
        records: TenantRecords,
        backups?: TenantBackups,
      ) => {
        const { masks, identities, archives } = settingsOf(options);
        const parts = { fleet, files, exports, uploads, masks, identities, archives, records, backups };
        return new TransferOperations(parts);
      },
    },
    {
      provide: ExportsCleaning,
      inject: [Exports, Uploads],
      useFactory: (exports: Exports, uploads: Uploads) => new ExportsCleaning(exports, uploads),
    },
    {
      provide: UnreadBodies,
      inject: [HttpAdapterHost],
      useFactory: (host: HttpAdapterHost) =>
        new UnreadBodies(
          host,
          [
            { path: '/imports/upload', types: UPLOAD_TYPES },
            { path: '/uploads/:upload', types: [TUS_TYPE] },
          ],
          () => new UploadTypeError(),
        ),
    },
  ];
}

function filesOf({ folder, storage }: TransferSettings): ArchiveFiles {
  // One of them is there: the options were parsed.
  return storage ? new ArchiveBucket(storage) : new ArchiveFolder(folder as string);
}

interface Options {
  readonly transfers?: TransfersOptions;
}

/** @throws {OptionsInvalidError} */
function settingsOf({ transfers }: Options): TransferSettings {
  if (transfers) return parseTransfersOptions(transfers);
  throw new OptionsInvalidError('TenancyAdminModule', [
    {
      field: 'transfers',
      expected: 'expected a folder of archives, or a bucket, since there are routes for them',
    },
  ]);
}
