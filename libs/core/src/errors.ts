/** Stable codes, one per kind of failure. A code never changes its meaning; new ones may come. */
export type RowhouseErrorCode =
  | 'TENANT_UNRESOLVED'
  | 'TENANT_ID_INVALID'
  | 'TENANT_TOKEN_INVALID'
  | 'TENANT_NOT_FOUND'
  | 'TENANT_MISMATCH'
  | 'TENANT_ACCESS_DENIED'
  | 'TENANT_SUSPENDED'
  | 'TENANT_UNAVAILABLE'
  | 'TENANT_POOL_EXHAUSTED'
  | 'TENANT_CONFLICT'
  | 'TENANT_STORE_UNAVAILABLE'
  | 'TENANT_CONTEXT_MISSING'
  | 'CATALOG_TOO_NEW'
  | 'PLACEMENT_UNKNOWN'
  | 'OWNER_PRIVILEGE_MISSING'
  | 'SELF_CHECK_FAILED'
  | 'MIGRATION_REFUSED'
  | 'MIGRATION_CONFLICT'
  | 'MIGRATION_RUN_NOT_FOUND'
  | 'STATEMENT_REFUSED'
  | 'ISOLATION_VIOLATION';

/** An RFC 9457 problem document. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

interface RowhouseErrorOptions {
  readonly cause?: unknown;
  /** Seconds after which a client may try again; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/**
 * The base of every error Rowhouse throws on purpose.
 *
 * `message` is for developers and operators: it says what happened and what to do about it.
 * `detail` is for clients: it never names SQL, a schema, a host or another tenant.
 */
export abstract class RowhouseError extends Error {
  /** Stable: a code never changes its meaning. Core's are {@link RowhouseErrorCode}; other packages have their own. */
  abstract readonly code: string;
  /** HTTP status. */
  abstract readonly status: number;
  /** What a client may read. */
  abstract readonly detail: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, options: RowhouseErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** The body of the HTTP answer, `application/problem+json` (RFC 9457). */
  toProblem(): Problem {
    return {
      type: `urn:rowhouse:error:${this.code.toLowerCase().replaceAll('_', '-')}`,
      title: this.code,
      status: this.status,
      code: this.code,
      detail: this.detail,
    };
  }
}

/** Where a request may name its tenant; used in messages. */
export type IdentifierKind = 'slug' | 'id' | 'domain' | 'apiKey';

export class TenantUnresolvedError extends RowhouseError {
  readonly code = 'TENANT_UNRESOLVED';
  readonly status = 400;
  readonly detail = 'This request names no tenant.';
  constructor() {
    super(
      'No resolver found a tenant in the request. Send one, or mark the route @TenantOptional() or @SystemRoute().',
    );
  }
}

export class TenantIdInvalidError extends RowhouseError {
  readonly code = 'TENANT_ID_INVALID';
  readonly status = 400;
  readonly detail = 'The tenant identifier is malformed.';
  constructor(kind: IdentifierKind | 'identifier' = 'identifier') {
    super(
      `Malformed tenant ${kind}. A slug is 1 to 48 of a-z, 0-9 and -, beginning with a letter; an id is a UUID.`,
    );
  }
}

export class TenantTokenInvalidError extends RowhouseError {
  readonly code = 'TENANT_TOKEN_INVALID';
  readonly status = 401;
  readonly detail = 'The access token is not valid.';
  constructor(cause?: unknown) {
    super('The bearer token that should name the tenant did not verify.', { cause });
  }
}

export class TenantNotFoundError extends RowhouseError {
  readonly code = 'TENANT_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such tenant.';
  constructor() {
    super('The store knows no tenant by this identifier.');
  }
}

export class TenantMismatchError extends RowhouseError {
  readonly code = 'TENANT_MISMATCH';
  readonly status = 403;
  readonly detail = 'The request names two different tenants.';
  constructor(first: string, second: string) {
    super(`The ${first} resolver and the ${second} resolver name different tenants.`);
  }
}

export class TenantAccessDeniedError extends RowhouseError {
  readonly code = 'TENANT_ACCESS_DENIED';
  readonly status = 403;
  readonly detail = 'You may not enter this tenant.';
  constructor(message = 'The access policy does not let this user into the tenant.') {
    super(message);
  }
}

export class TenantSuspendedError extends RowhouseError {
  readonly code = 'TENANT_SUSPENDED';
  readonly status = 403;
  readonly detail = 'This tenant is suspended.';
  constructor() {
    super('The tenant is suspended; activate it to serve it again.');
  }
}

export class TenantUnavailableError extends RowhouseError {
  readonly code = 'TENANT_UNAVAILABLE';
  readonly status = 503;
  readonly detail = 'This tenant is not available at the moment.';
  constructor(status: string, retryAfterSeconds = 30) {
    super(`The tenant is in status "${status}"; only active tenants are served.`, { retryAfterSeconds });
  }
}

export class TenantPoolExhaustedError extends RowhouseError {
  readonly code = 'TENANT_POOL_EXHAUSTED';
  readonly status = 503;
  readonly detail = 'The service is busy.';
  /** @param reason - what was waited for in vain, and what to do about it. */
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause, retryAfterSeconds: 1 });
  }
}

export class TenantConflictError extends RowhouseError {
  readonly code = 'TENANT_CONFLICT';
  readonly status = 409;
  readonly detail: string;
  /** @param detail - safe to show to clients. */
  constructor(detail: string, cause?: unknown) {
    super(detail, { cause });
    this.detail = detail;
  }
}

export class TenantStoreUnavailableError extends RowhouseError {
  readonly code = 'TENANT_STORE_UNAVAILABLE';
  readonly status = 503;
  readonly detail = 'The service cannot look up tenants at the moment.';
  constructor(cause: unknown) {
    super('The tenant store does not answer and the cache has nothing usable.', {
      cause,
      retryAfterSeconds: 5,
    });
  }
}

export class TenantContextMissingError extends RowhouseError {
  readonly code = 'TENANT_CONTEXT_MISSING';
  readonly status = 500;
  readonly detail = 'The request could not be served.';
  constructor(action = 'Data access') {
    super(
      `${action} needs a tenant, and none is in force here. Run it inside TenantContext.run(tenant, fn), ` +
        'or, for work above all tenants, inside TenantContext.runAsSystem(reason, fn). ' +
        'A callback that lost its context is mended with TenantContext.bind(fn).',
    );
  }
}

/** The catalog was migrated by a newer Rowhouse. Nothing was changed. */
export class CatalogTooNewError extends RowhouseError {
  readonly code = 'CATALOG_TOO_NEW';
  readonly status = 500;
  readonly detail = 'The request could not be served.';
  constructor(found: number, known: number) {
    super(
      `The catalog (schema "rowhouse") is at version ${found}, and this release knows versions up to ${known} only. ` +
        'Deploy the release that migrated it, or a newer one; a catalog is never migrated downwards.',
    );
  }
}

/** A tenant lives on a server that the options do not name. */
export class PlacementUnknownError extends RowhouseError {
  readonly code = 'PLACEMENT_UNKNOWN';
  readonly status = 500;
  readonly detail = 'The request could not be served.';
  constructor(placement: string) {
    super(`A tenant has the placement "${placement}", and pool.databases.placements does not name it.`);
  }
}

/** The login that should own the tenants' homes may not make what they are made of. */
export class OwnerPrivilegeMissingError extends RowhouseError {
  readonly code = 'OWNER_PRIVILEGE_MISSING';
  readonly status = 500;
  readonly detail = 'The request could not be served.';
  constructor(cause: unknown) {
    super(
      `PostgreSQL refused to make a tenant's home: ${cause instanceof Error ? cause.message : String(cause)}. The login of directUrl ` +
        '(or of the application, where there is none) needs CREATEROLE, CREATE on the database, and CREATEDB for tenants with a ' +
        'database of their own: ALTER ROLE … CREATEROLE CREATEDB. Without roles (pool.roles: false) PostgreSQL keeps no tenant ' +
        'from another.',
      { cause },
    );
  }
}

/** The examination at start-up found what lets one tenant reach another. */
export class SelfCheckFailedError extends RowhouseError {
  readonly code = 'SELF_CHECK_FAILED';
  readonly status = 500;
  readonly detail = 'The request could not be served.';
  /** @param findings - a line each. */
  constructor(findings: readonly string[]) {
    super(
      `The self-check found ${findings.length} failure(s):\n${findings.join('\n')}\n` +
        "`rowhouse doctor` tells more. To start all the same, set selfCheck: 'warn'.",
    );
  }
}

/** A migration does what would not stay in the home it is run for. Nothing of it was kept. */
export class MigrationRefusedError extends RowhouseError {
  readonly code = 'MIGRATION_REFUSED';
  readonly status = 500;
  readonly detail = 'The request could not be served.';
}

/** The state of a run, or of what it would change, does not allow this. */
export class MigrationConflictError extends RowhouseError {
  readonly code = 'MIGRATION_CONFLICT';
  readonly status = 409;
  readonly detail: string;

  /** @param detail - safe to show to operators over HTTP. */
  constructor(detail: string, cause?: unknown) {
    super(detail, { cause });
    this.detail = detail;
  }
}

export class MigrationRunNotFoundError extends RowhouseError {
  readonly code = 'MIGRATION_RUN_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such run.';

  constructor() {
    super('The catalog knows no run of migrations by this id.');
  }
}

/** A statement that cannot be pinned to one tenant, or that would undo its pin. */
export class StatementRefusedError extends RowhouseError {
  readonly code = 'STATEMENT_REFUSED';
  readonly status = 500;
  readonly detail = 'The request could not be served.';
}

/** A connection or a statement was about to act for the wrong tenant. Nothing was sent. */
export class IsolationViolationError extends RowhouseError {
  readonly code = 'ISOLATION_VIOLATION';
  readonly status = 500;
  readonly detail = 'The request could not be served.';
}
