export { CursorInvalidError, PageLimitInvalidError } from './entity-errors.js';
export type { OrderDirection, PageOrder } from './pagination/page-order.js';
export {
  type EntityPage,
  type PageRequest,
  Paginator,
  type PaginatorOptions,
} from './pagination/paginator.js';
