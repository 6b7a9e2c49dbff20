import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Catalog, OptionsInvalidError, TenantQuotas } from '@rowhouse/core';
import { DataSourceRegistry, TenantRunner } from '@rowhouse/nestjs';
import { UnreadBodies } from '@rowhouse/nestjs/operator';
import { TenantJobs } from '@rowhouse/transfer/jobs';
import { FilesCleanUp } from '../clean-up.js';
import { FileUploadInvalidError } from '../errors.js';
import { FileRecords } from '../file-records.js';
import { type FilesOptions, parseFilesOptions, type TenantFilesModuleOptions } from '../files-options.js';
import { ResumableUploads } from '../resumable/resumable-uploads.js';
import { TUS_TYPE } from '../resumable/tus-headers.js';
import { FileScans } from '../scan/file-scans.js';
import type { FileStore } from '../store/file-store.js';
import { UPLOAD_TYPE } from '../store/local-file-store.js';
import { openFileStore } from '../store/storage-options.js';
import { TenantFiles } from '../tenant-files.js';
import { FileThumbnails, openSharp } from '../thumbnails/thumbnails.js';
import { contentController } from './content.controller.js';
import { FileContents } from './file-contents.js';
import { FileJobs } from './file-jobs.js';
import { filesController } from './files.controller.js';
import { type FilesPath, filesPathOf, type TenantFilesRoutesOptions } from './files-path.js';
import { tusController } from './tus.controller.js';

/** What a class for `useClass` and `useExisting` of {@link TenantFilesModule.forRootAsync} must have. */
export interface TenantFilesOptionsFactory {
  createTenantFilesOptions(): TenantFilesModuleOptions | Promise<TenantFilesModuleOptions>;
}

const GIVEN_OPTIONS = Symbol('rowhouse.given-files-options');
const OPTIONS = Symbol('rowhouse.files-options');
const STORE = Symbol('rowhouse.file-store');

const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TenantFilesModuleOptions>({ optionsInjectionToken: GIVEN_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTenantFilesOptions')
    .setExtras<TenantFilesRoutesOptions>({ path: undefined, auth: undefined }, define)
    .build();

/**
 * Files of tenants, in an app that has `TenancyModule` with TypeORM and {@link TenantFile} among its entities:
 *
 *     TenantFilesModule.forRoot({ path: 'files', auth: SignedIn, storage: { bucket: 'shop-files' } })
 *
 * Everywhere injectable: {@link TenantFiles}, {@link ResumableUploads} and {@link FilesCleanUp}. With `path`, clients upload and download by its routes.
 */
@Module({})
export class TenantFilesModule extends ConfigurableModuleClass {
  /** @throws {OptionsInvalidError} for `path` without `auth`; at start-up, naming the path of each other wrong option. */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: through `super` the builder learns that the module is this class.
    return super.forRoot(options);
  }

  /** As {@link forRoot}, with options that come from other providers; `path` and `auth` stand beside the factory. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: as in forRoot.
    return super.forRootAsync(options);
  }
}

const optional = (token: unknown) => ({ token: token as symbol, optional: true });

function define(definition: DynamicModule, routes: TenantFilesRoutesOptions): DynamicModule {
  const http = filesPathOf(routes);
  return {
    ...definition,
    global: true,
    controllers: http ? [contentController(http.path), tusController(http), filesController(http)] : [],
    providers: [
      ...(definition.providers ?? []),
      {
        provide: OPTIONS,
        inject: [GIVEN_OPTIONS, optional(TenantJobs)],
        useFactory: (given: unknown, jobs?: TenantJobs) => requireParts(parseFilesOptions(given), http, jobs),
      },
      {
        provide: STORE,
        inject: [OPTIONS],
        useFactory: ({ storage }: FilesOptions) => openFileStore(storage),
      },
      {
        provide: FileRecords,
        inject: [optional(DataSourceRegistry), TenantQuotas],
        useFactory: (registry: DataSourceRegistry | undefined, quotas: TenantQuotas) => {
          if (registry) return new FileRecords(registry, quotas);
          throw missing('typeorm', 'expected TenancyModule with the option typeorm');
        },
      },
      {
        provide: TenantFiles,
        inject: [FileRecords, STORE, OPTIONS, optional(TenantJobs)],
        useFactory: (records: FileRecords, store: FileStore, options: FilesOptions, jobs?: TenantJobs) =>
          new TenantFiles(records, store, options, jobs),
      },
      {
        provide: ResumableUploads,
        inject: [TenantFiles, FileRecords, STORE],
        useFactory: (...parts: ConstructorParameters<typeof ResumableUploads>) =>
          new ResumableUploads(...parts),
      },
      {
        provide: FileScans,
        inject: [FileRecords, STORE, OPTIONS, optional(Catalog), optional(TenantJobs)],
        useFactory: (...parts: ConstructorParameters<typeof FileScans>) => new FileScans(...parts),
      },
      {
        provide: FileThumbnails,
        inject: [TenantFiles, FileRecords, STORE, OPTIONS],
        useFactory: async (
          files: TenantFiles,
          records: FileRecords,
          store: FileStore,
          { thumbnails }: FilesOptions,
        ) => new FileThumbnails(files, records, store, thumbnails && (await openSharp(thumbnails))),
      },
      {
        provide: FilesCleanUp,
        inject: [FileRecords, STORE, TenantFiles, OPTIONS, optional(TenantJobs)],
        useFactory: (...parts: ConstructorParameters<typeof FilesCleanUp>) => new FilesCleanUp(...parts),
      },
      {
        provide: FileContents,
        inject: [STORE, TenantFiles, TenantRunner],
        useFactory: (...parts: ConstructorParameters<typeof FileContents>) => new FileContents(...parts),
      },
      FileJobs,
      ...(http
        ? [
            {
              provide: UnreadBodies,
              inject: [HttpAdapterHost],
              useFactory: (host: HttpAdapterHost) =>
                new UnreadBodies(
                  host,
                  [
                    { path: `${http.path}/content`, types: [UPLOAD_TYPE] },
                    { path: `${http.path}/tus/:id`, types: [TUS_TYPE] },
                  ],
                  () => new FileUploadInvalidError('This route takes no files.'),
                ),
            },
          ]
        : []),
    ],
    exports: [TenantFiles, ResumableUploads, FilesCleanUp],
  };
}

/** @throws {OptionsInvalidError} when the app lacks what the options need. */
function requireParts(options: FilesOptions, http: FilesPath | undefined, jobs?: TenantJobs): FilesOptions {
  if ('folder' in options.storage && !http)
    throw missing('path', 'expected a path, since files on a disk are served by the routes of the module');
  if (options.scan && !jobs)
    throw missing('scan', 'expected TenancyJobsModule of @rowhouse/transfer/jobs, whose jobs scan files');
  if (options.thumbnails && !jobs)
    throw missing(
      'thumbnails',
      'expected TenancyJobsModule of @rowhouse/transfer/jobs, whose jobs make thumbnails',
    );
  return options;
}

function missing(field: string, expected: string): OptionsInvalidError {
  return new OptionsInvalidError('TenantFilesModule', [{ field, expected }]);
}
