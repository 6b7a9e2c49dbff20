export { type ActorColumnOptions, CreatedBy, UpdatedBy } from './changed-by.js';
export {
  CursorInvalidError,
  PageLimitInvalidError,
  RowNotFoundError,
  VersionConflictError,
} from './entity-errors.js';
export { findOwnedOr404 } from './find-owned-or-404.js';
export type { OrderDirection, PageOrder } from './pagination/page-order.js';
export {
  type EntityPage,
  type PageRequest,
  Paginator,
  type PaginatorOptions,
} from './pagination/paginator.js';
export { saveIfUnchanged } from './save-if-unchanged.js';
export { uuidV7 } from './uuid-v7.js';
export { type UuidV7ColumnOptions, UuidV7PrimaryColumn } from './uuid-v7-primary-column.js';
