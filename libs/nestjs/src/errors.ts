import { InternalError, RowhouseError } from '@rowhouse/core';

/** Answers would be cached under keys that do not name the tenant, so that one tenant would be given another's. */
export class ResponseCacheSharedError extends InternalError {
  readonly code = 'RESPONSE_CACHE_SHARED';
  /** @param places - what is cached: `every route`, `ProductsController.list`. */
  constructor(places: readonly string[]) {
    super(
      `The keys of Nest's CacheInterceptor do not name the tenant (${places.join(', ')}): one tenant is answered with what ` +
        'was cached for another. Use TenantCacheInterceptor of @rowhouse/nestjs/cache in its place.',
    );
  }
}

/** A client wants to use the connection of one tenant for another one: it has to open a second connection. */
export class ConnectionTenantMismatchError extends RowhouseError {
  readonly code = 'CONNECTION_TENANT_MISMATCH';
  readonly status = 403;
  readonly detail = 'This connection belongs to another tenant.';
  constructor() {
    super('The handshakes of two namespaces name different tenants, and come by one connection.');
  }
}

/** A connection was refused by an error that says nothing to clients. */
export class HandshakeFailedError extends InternalError {
  readonly code = 'HANDSHAKE_FAILED';
  constructor(cause: unknown) {
    super('The handshake of a connection failed; the cause says why.', { cause });
  }
}

/** A message names a tenant, and nothing proves that who sent it may. */
export class MessageRefusedError extends RowhouseError {
  readonly code = 'MESSAGE_REFUSED';
  readonly status = 401;
  readonly detail = 'The tenant of this message is not proven.';
  /** @param reason - what is wrong with its token. */
  constructor(reason: string) {
    super(
      `The token that names the tenant of a message was refused: ${reason}. All services need the same messages.keys, and clocks that agree.`,
    );
  }
}

/** Work under an operator's entry stays in it, and a job of a queue would not. Nothing was added. */
export class EntryQueueRefusedError extends InternalError {
  readonly code = 'ENTRY_QUEUE_REFUSED';
  constructor() {
    super("Under an operator's entry no job is added to a queue: it would run later, outside of the entry.");
  }
}
