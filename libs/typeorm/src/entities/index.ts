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
