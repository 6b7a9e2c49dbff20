export { claimPath } from '../resolvers/jwt/claim.js';
export { cookieValues } from '../resolvers/request/cookie.js';
export { BackgroundWork, type BegunWork, type WorkControl } from './background-work.js';
export { type ByteRange, rangeIn } from './byte-range.js';
export { EntityTagInterceptor, etagOf, requireMatch } from './entity-tag.js';
export { type EventStreamOptions, eventStream, type ServerSentEvent } from './event-stream.js';
export { FailedSignIns } from './failed-sign-ins.js';
export {
  type GuardedPath,
  guardedPathOf,
  type OperatorRoutesOptions,
  type OperatorSessions,
} from './guarded-path.js';
export { IdempotencyKey, idempotentId, parseIdempotencyKey } from './idempotency-key.js';
export {
  actorOf,
  OPERATOR_ROLES,
  type Operator,
  type OperatorRole,
  operatorOf,
  RequireOperatorRole,
  requiredRoleOf,
} from './operator.js';
export {
  OperatorAuth,
  type OperatorAuthOptions,
  type OperatorJwtOptions,
  type OperatorToken,
} from './operator-auth.guard.js';
export { isOperatorRoute, operatorController } from './operator-controller.js';
export {
  IdempotencyKeyInUseError,
  IdempotencyKeyReusedError,
  OperatorForbiddenError,
  OperatorUnauthorizedError,
  PreconditionFailedError,
  RangeNotSatisfiableError,
  RequestInvalidError,
  type SchemaIssue,
  ShuttingDownError,
  TooManySignInsError,
} from './operator-errors.js';
export { operatorRoleIn } from './operator-role-claim.js';
export {
  decodeCursor,
  encodeCursor,
  type Page,
  type PageKey,
  type PageQueryOptions,
  pageOf,
  pageQuery,
} from './page.js';
export { type PlatformResponse, rawResponseOf } from './platform-response.js';
export { Describe, descriptionOf, type RouteDescription } from './route-description.js';
export { isSameSecret } from './same-secret.js';
export { SchemaPipe } from './schema.pipe.js';
export { UnreadBodies, type UnreadRoute } from './unread-bodies.js';
export { receiveBody, type UnreadRequest, unreadBodyOf } from './unread-body.js';
