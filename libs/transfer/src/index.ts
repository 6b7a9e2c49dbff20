export type { ArchiveFile } from './archive/archive-file.js';
export { ARCHIVE_FORMAT, type ArchiveEnd, type ArchiveHead } from './archive/archive-format.js';
export type { ArchiveReading, ArchiveWriting } from './archive/archive-options.js';
export type { ArchiveCompression } from './archive/members.js';
export { type VerifiedArchive, verifyArchive } from './archive/read-archive.js';
export { privateKeySchema, publicKeySchema, type SigningKey } from './archive/signature.js';
export type {
  Backup,
  BackupControl,
  BackupKind,
  BackupListOptions,
  BackupPage,
  BackupState,
} from './backups/backup.js';
export type { BackupOptions, BackupPolicy } from './backups/backup-options.js';
export type { BackupRank, BackupStatusListing, TenantBackupStatus } from './backups/backup-status.js';
export type { PruneReport } from './backups/prune-backups.js';
export type { Keep } from './backups/retention.js';
export {
  type BackupProblem,
  BackupRunner,
  type BackupRunnerOptions,
  type DueReport,
} from './backups/schedule/backup-runner.js';
export { type PruneOptions, TenantBackups } from './backups/tenant-backups.js';
export { copyRows, moveRows } from './between/copy-and-move.js';
export type { CopyControl, CopyOptions } from './between/copy-options.js';
export type { TransferReport, TransferredTable } from './between/transfer-report.js';
export {
  type CloneOptions,
  type ClonePlan,
  type CloneRows,
  cloneTenant,
  planClone,
  suggestMasks,
} from './clone/clone-tenant.js';
export {
  defineMasks,
  type FakeKind,
  type MaskedRow,
  type MaskFunction,
  type MaskRule,
  type Masks,
  mask,
  masksSchema,
} from './clone/masks/mask-rules.js';
export { type Sample, sampleSchema, type TableSample } from './clone/sample/sample-options.js';
export type { ContentsOptions } from './contents/companions-of.js';
export type { ContentsReport } from './contents/contents-report.js';
export type { TransferControl, TransferProgress } from './control.js';
export {
  type DiffOptions,
  type DiffReport,
  diffTenants,
  type RowChange,
  type RowTexts,
  type TableDiff,
  type TenantDiff,
} from './diff/diff-tenants.js';
export {
  ArchiveEncryptedError,
  ArchiveInvalidError,
  ArchiveUntrustedError,
  BackupConflictError,
  BackupDamagedError,
  BackupNotFoundError,
  BackupStorageError,
  CloneRefusedError,
  DiffRefusedError,
  ExportRefusedError,
  ImportRefusedError,
  JournalRefusedError,
  MasksIncompleteError,
  RowNotFoundError,
  TakeBackRefusedError,
  TransferConflictError,
  TransferRefusedError,
} from './errors.js';
export { exportTables, TABLE_FORMATS, type TableFormat, type TablesControl } from './export/export-tables.js';
export { type ExportControl, type ExportReport, exportTenant } from './export/export-tenant.js';
export { archiveNameOf, exportToFile, exportToFolder } from './export/export-to-folder.js';
export { type ImportIntoControl, type ImportIntoReport, importInto } from './import/import-into.js';
export {
  type ImportControl,
  type ImportedTenant,
  type ImportReport,
  importTenant,
  type NewTenantControl,
} from './import/import-tenant.js';
export { slugAt } from './import/slug-at.js';
export {
  disableJournal,
  enableJournal,
  type JournalControl,
  type JournalStatus,
  journalStatus,
  pruneJournal,
} from './journal/journal.js';
export { rewindTenant } from './journal/rewind-tenant.js';
export type { OnConflict } from './merge/merge.js';
export type { MergedTable } from './merge/merge-table.js';
export {
  type ArchivedMember,
  type ArchivedRecords,
  type ArchivedSettings,
  RECORD_KINDS,
  type RecordKind,
} from './records/archived-records.js';
export type { IncludeOptions } from './records/include.js';
export {
  type PreparedRecords,
  type ReadRecords,
  type RecordsControl,
  TenantRecords,
  type WrittenRecords,
} from './records/tenant-records.js';
export { type EstimatedTable, estimateRows, estimateTables } from './source/estimate-rows.js';
export { s3ClientConfig } from './storage/s3-client-config.js';
export { type S3StorageOptions, s3StorageSchema } from './storage/s3-options.js';
export { openS3Storage } from './storage/s3-storage.js';
export { explainStorageFailure } from './storage/storage-failure.js';
export type { StorageOptions } from './storage/storage-options.js';
export {
  type TakeBackOptions,
  type TakeBackReport,
  type TakenBackTable,
  takeBack,
} from './take-back/take-back.js';
export { type UndoReport, undoTakeBack } from './take-back/undo-take-back.js';
