export { BackgroundWork, type BegunWork, type WorkControl } from './background-work.js';
export { BearerTokenGuard } from './bearer-token.guard.js';
export { EntityTagInterceptor, etagOf, requireMatch } from './entity-tag.js';
export { type EventStreamOptions, eventStream, type ServerSentEvent } from './event-stream.js';
export { type GuardedPath, guardedPathOf, type OperatorRoutesOptions } from './guarded-path.js';
export { IdempotencyKey, idempotentId } from './idempotency-key.js';
export { operatorController } from './operator-controller.js';
export {
  IdempotencyKeyInUseError,
  IdempotencyKeyReusedError,
  OperatorUnauthorizedError,
  PreconditionFailedError,
  RequestInvalidError,
  type SchemaIssue,
  ShuttingDownError,
} from './operator-errors.js';
export {
  decodeCursor,
  encodeCursor,
  type Page,
  type PageKey,
  type PageQueryOptions,
  pageOf,
  pageQuery,
} from './page.js';
export type { PlatformResponse } from './platform-response.js';
export { SchemaPipe } from './schema.pipe.js';
