export { DEFAULT_TYPES } from './check/content-types.js';
export { type CleanUpReport, FilesCleanUp } from './clean-up.js';
export {
  FileConflictError,
  FileNotFoundError,
  FileScanError,
  FileStorageError,
  FileStorageFullError,
  FileTooLargeError,
  FileTypeRefusedError,
  FileUploadInvalidError,
  FileUrlInvalidError,
  TusVersionRefusedError,
} from './errors.js';
export type { FileFilter } from './file-records.js';
export type {
  ClamdAddress,
  FileScanOptions,
  FileThumbnailOptions,
  TenantFilesModuleOptions,
} from './files-options.js';
export type { FileView } from './nest/file-view.js';
export type { TenantFilesRoutesOptions } from './nest/files-path.js';
export { TenantFilesModule, type TenantFilesOptionsFactory } from './nest/tenant-files.module.js';
export type { NewFile } from './new-file.js';
export { ResumableUploads, type UploadProgress } from './resumable/resumable-uploads.js';
export type { PresignedUpload } from './store/file-store.js';
export type { FilesStorageOptions, LocalFilesOptions } from './store/storage-options.js';
export { FILE_STATES, type FileState, TenantFile } from './tenant-file.entity.js';
export { type BegunUpload, type PresignedDownload, TenantFiles } from './tenant-files.js';
export { type TenantFilesCompanionOptions, tenantFiles } from './tenant-files-companion.js';
