export { ARCHIVE_FORMAT, type ArchiveEnd, type ArchiveHead } from './archive/archive-format.js';
export { type VerifiedArchive, verifyArchive } from './archive/read-archive.js';
export { ArchiveInvalidError, ExportRefusedError, ImportRefusedError } from './errors.js';
export {
  type ExportReport,
  exportTenant,
  type TransferControl,
  type TransferProgress,
} from './export/export-tenant.js';
export { archiveNameOf, exportToFile, exportToFolder } from './export/export-to-folder.js';
export {
  type ImportControl,
  type ImportedTenant,
  type ImportReport,
  importTenant,
} from './import/import-tenant.js';
