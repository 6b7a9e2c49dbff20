import type { RateState } from './plans/rate.js';
import { counted } from './support/counted.js';
import { messageOf } from './support/message-of.js';

/** An RFC 9457 problem document. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** Stable: a code never changes its meaning, and new ones may come. */
  readonly code: string;
  readonly detail: string;
}

/** A field that is not what it should be. */
export interface InvalidField {
  /** Its path: `pool.limits.queue`, `resolvers[0]`. */
  readonly field: string;
  readonly expected: string;
}

interface RowhouseErrorOptions {
  readonly cause?: unknown;
  /** Seconds after which a client may try again; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/**
 * The base of every error that a package of Rowhouse throws on purpose. Each package has its own, beside its index.
 *
 * `message` is for developers and operators: it says what happened and what to do about it.
 * `detail` is for clients: it never names SQL, a schema, a host or another tenant.
 */
export abstract class RowhouseError extends Error {
  /** Stable: `TENANT_NOT_FOUND`. */
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

/** A failure that is no client's business: it says so, and nothing else. */
export abstract class InternalError extends RowhouseError {
  readonly status = 500;
  readonly detail = 'The request could not be served.';
}

/** Options that cannot be used. Thrown where they are given: at start-up, or by the call that they are for. */
export class OptionsInvalidError extends InternalError {
  readonly code = 'OPTIONS_INVALID';
  readonly fields: readonly InvalidField[];

  /** @param owner - whose options they are. */
  constructor(owner: string, fields: readonly InvalidField[], cause?: unknown) {
    super(`${owner}: ${describe(fields)}`, { cause });
    this.fields = fields;
  }
}

/** What a tenant is to be made of, or changed to, is not what a tenant has. */
export class TenantInvalidError extends RowhouseError {
  readonly code = 'TENANT_INVALID';
  readonly status = 400;
  readonly detail: string;
  readonly fields: readonly InvalidField[];

  constructor(fields: readonly InvalidField[]) {
    super(`A tenant cannot have this: ${describe(fields)}`);
    this.detail = describe(fields);
    this.fields = fields;
  }
}

function describe(fields: readonly InvalidField[]): string {
  return fields.map(({ field, expected }) => `${field}: ${expected}`).join('; ');
}

/** Where a request may name its tenant; used in messages. */
export type IdentifierKind = 'slug' | 'id' | 'domain' | 'apiKey';

export class TenantUnresolvedError extends RowhouseError {
  readonly code = 'TENANT_UNRESOLVED';
  readonly status = 400;
  readonly detail = 'This request names no tenant.';
  constructor(
    message = 'No resolver found a tenant in the request. Send one, or mark the route @TenantOptional() or @SystemRoute().',
  ) {
    super(message);
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
  /** @param identifier - as it was given, where people gave it. */
  constructor(identifier?: string) {
    super(
      identifier === undefined
        ? 'The store knows no tenant by this identifier.'
        : `There is no tenant ${JSON.stringify(identifier.slice(0, 100))}.`,
    );
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

/** The request's API key may not be used from where the request comes from. */
export class ApiKeyNetworkRefusedError extends RowhouseError {
  readonly code = 'API_KEY_NETWORK_REFUSED';
  readonly status = 403;
  readonly detail = 'This API key may not be used from this address.';
  constructor() {
    super("The client's address is in none of the networks of its API key, or the framework gives none.");
  }
}

/** The request's API key lacks what the route asks for, or the request came without one. */
export class ApiKeyScopeMissingError extends RowhouseError {
  readonly code = 'API_KEY_SCOPE_MISSING';
  readonly status = 403;
  readonly detail: string;
  constructor(scope: string) {
    super(`The route needs an API key with the scope "${scope}".`);
    this.detail = `This needs an API key with the scope ${scope}.`;
  }
}

/** A tenant is to have a plan that the app does not declare. */
export class PlanUnknownError extends RowhouseError {
  readonly code = 'PLAN_UNKNOWN';
  readonly status = 400;
  readonly detail: string;
  constructor(plan: string, declared: readonly string[]) {
    const text = `There is no plan "${plan}". Expected: ${declared.join(', ')}.`;
    super(text);
    this.detail = text;
  }
}

/** The tenant in force does not have the feature, or none is in force. */
export class FeatureMissingError extends RowhouseError {
  readonly code = 'FEATURE_MISSING';
  readonly status = 403;
  readonly detail: string;
  constructor(feature: string) {
    super(`The route needs a tenant with the feature "${feature}".`);
    this.detail = `This needs the feature ${feature}.`;
  }
}

/** The tenant has done something as often as its plan lets it. */
export class TenantRateLimitedError extends RowhouseError {
  readonly code = 'TENANT_RATE_LIMITED';
  readonly status = 429;
  readonly detail: string;
  readonly state: RateState;
  constructor(rate: string, state: RateState) {
    const { limit, windowSeconds, resetSeconds } = state;
    super(`The rate ${rate} allows ${limit} in ${windowSeconds} s.`, { retryAfterSeconds: resetSeconds });
    this.detail = `The rate ${rate} allows ${limit} in ${windowSeconds} s.`;
    this.state = state;
  }
}

/** The tenant has as much of something as it may have. */
export class QuotaExceededError extends RowhouseError {
  readonly code = 'QUOTA_EXCEEDED';
  readonly status = 403;
  readonly detail: string;
  constructor(
    readonly quota: string,
    readonly limit: number,
  ) {
    const text = `The quota ${quota} allows at most ${limit}.`;
    super(text);
    this.detail = text;
  }
}

/** The code asks for a quota or a feature that is in no plan. */
export class PlanEntryUnknownError extends InternalError {
  readonly code = 'PLAN_ENTRY_UNKNOWN';
  constructor(kind: 'quota' | 'rate' | 'feature', name: string, declared: readonly string[]) {
    super(
      `No plan has the ${kind} "${name}". Declared: ${declared.join(', ') || 'none'}. See \`plans\` of the options.`,
    );
  }
}

/** The request carries a token of an entry, and it lets nobody in here. */
export class EntryRefusedError extends RowhouseError {
  readonly code = 'ENTRY_REFUSED';
  readonly status = 403;
  readonly detail = 'This token lets nobody in.';
}

/** The entry of an operator is over: its time is, or somebody has ended it. Nothing more is sent under it. */
export class EntryEndedError extends RowhouseError {
  readonly code = 'ENTRY_ENDED';
  readonly status = 403;
  readonly detail = 'This entry has ended.';
  constructor() {
    super("The operator's entry into the tenant has ended; a new one needs a reason of its own.");
  }
}

/** A write under an entry that only reads. PostgreSQL has refused it. */
export class EntryReadOnlyError extends RowhouseError {
  readonly code = 'ENTRY_READ_ONLY';
  readonly status = 403;
  readonly detail = 'This entry may only read.';
  constructor(cause: unknown) {
    super("The operator's entry into the tenant is read-only, and PostgreSQL has refused a write.", {
      cause,
    });
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

/** The connection that a statement was for is lost, and with it what was not committed. The next request gets another. */
export class ConnectionLostError extends RowhouseError {
  readonly code = 'CONNECTION_LOST';
  readonly status = 503;
  readonly detail = 'The service is not available at the moment.';
  /** @param reason - what is known of it, in the words of the driver or the server. */
  constructor(reason: string, cause?: unknown) {
    super(
      `The connection to the database was lost: ${reason}. What it had not committed is undone. Begin the work again; where ` +
        'that fails too, look whether the server can be reached, and in its log.',
      { cause, retryAfterSeconds: 1 },
    );
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

export class TenantContextMissingError extends InternalError {
  readonly code = 'TENANT_CONTEXT_MISSING';
  constructor(action = 'Data access') {
    super(
      `${action} needs a tenant, and none is in force here. Run it inside TenantContext.run(tenant, fn), ` +
        'or, for work above all tenants, inside TenantContext.runAsSystem(reason, fn). ' +
        'A callback that lost its context is mended with TenantContext.bind(fn).',
    );
  }
}

/** The catalog was migrated by a newer Rowhouse. Nothing was changed. */
export class CatalogTooNewError extends InternalError {
  readonly code = 'CATALOG_TOO_NEW';
  constructor(found: number, known: number) {
    super(
      `The catalog (schema "rowhouse") is at version ${found}, and this release knows versions up to ${known} only. ` +
        'Deploy the release that migrated it, or a newer one; a catalog is never migrated downwards.',
    );
  }
}

/** The catalog could not be migrated, because others hold locks on its tables. Nothing was changed. */
export class CatalogBusyError extends InternalError {
  readonly code = 'CATALOG_BUSY';
  constructor(cause: unknown) {
    super(
      `The catalog could not be migrated, because another session holds a lock on it: ${messageOf(cause)}. Nothing was ` +
        'changed. Another instance may be migrating it: start again. Otherwise look for sessions that are idle in a transaction ' +
        "(pg_stat_activity, and pg_locks for tables of the schema 'rowhouse').",
      { cause },
    );
  }
}

/** A tenant lives on a server that the options do not name. */
export class PlacementUnknownError extends InternalError {
  readonly code = 'PLACEMENT_UNKNOWN';
  constructor(placement: string) {
    super(`A tenant has the placement "${placement}", and pool.databases.placements does not name it.`);
  }
}

/** The URL of a placement leads to a database that is not this deployment's for this placement. Nothing was read or changed there. */
export class PlacementRefusedError extends InternalError {
  readonly code = 'PLACEMENT_REFUSED';
  /** @param mark - the comment that the database must bear. */
  constructor(placement: string, why: string, mark: string) {
    super(
      `The database that the URL of the placement "${placement}" leads to ${why}. Correct the URL; where the database is the right one: ` +
        `COMMENT ON DATABASE … IS '${mark.replaceAll("'", "''")}'.`,
    );
  }
}

/** The server of a placement cannot be reached, or takes no connections. Tenants on other placements are served. */
export class PlacementUnavailableError extends RowhouseError {
  readonly code = 'PLACEMENT_UNAVAILABLE';
  readonly status = 503;
  readonly detail = 'The tenant is not available at the moment.';
  constructor(
    readonly placement: string,
    cause: unknown,
  ) {
    super(`The server of the placement "${placement}" cannot be reached: ${messageOf(cause)}`, {
      cause,
      retryAfterSeconds: 5,
    });
  }
}

/** The login that should own the tenants' homes may not make what they are made of. */
export class OwnerPrivilegeMissingError extends InternalError {
  readonly code = 'OWNER_PRIVILEGE_MISSING';
  constructor(cause: unknown) {
    super(
      `PostgreSQL refused to make a tenant's home: ${messageOf(cause)}. The login of directUrl ` +
        '(or of the application, where there is none) needs CREATEROLE, CREATE on the database, and CREATEDB for tenants with a ' +
        'database of their own: ALTER ROLE … CREATEROLE CREATEDB. Without roles (pool.roles: false) PostgreSQL keeps no tenant ' +
        'from another.',
      { cause },
    );
  }
}

/** The roles of a deployment's prefix are another deployment's, which has a database on the same server. */
export class RolesTakenError extends InternalError {
  readonly code = 'ROLES_TAKEN';
  /**
   * @param app - the role that logins of the deployment are members of.
   * @param holder - the deployment that has the roles.
   * @param deployment - the one that was to use them.
   */
  constructor(
    app: string,
    readonly holder: string,
    readonly deployment: string,
  ) {
    const prefix = app.replace(/_app$/, '');
    super(
      `The roles "${prefix}_…" of this server belong to the deployment "${holder}", and this is "${deployment}". Roles are the ` +
        "server's: a login of one could act for the tenants of the other. Set pool.roles to a prefix that is this deployment's " +
        `own. Where both are one deployment on purpose: COMMENT ON DATABASE … IS 'Rowhouse deployment ${holder}'; where ` +
        `"${holder}" does not use them any more: COMMENT ON ROLE ${app} IS 'Rowhouse deployment ${deployment}'.`,
    );
  }
}

/** One of the two logins cannot connect, so that there is nothing to examine. */
export class DatabaseUnreachableError extends RowhouseError {
  readonly code = 'DATABASE_UNREACHABLE';
  readonly status = 503;
  readonly detail = 'The service is not available at the moment.';

  /** @param explanation - why, in the words of the driver or the server. */
  constructor(
    readonly login: 'app' | 'owner',
    explanation: string,
    cause: unknown,
  ) {
    super(
      `${login === 'app' ? 'The application' : 'The owner of the schemas'} cannot connect: ${explanation}`,
      { cause },
    );
  }
}

/** The examination at start-up found what lets one tenant reach another. */
export class SelfCheckFailedError extends InternalError {
  readonly code = 'SELF_CHECK_FAILED';
  /** @param findings - a line each. */
  constructor(findings: readonly string[]) {
    super(
      `The self-check found ${counted(findings.length, 'failure')}:\n${findings.join('\n')}\n` +
        "`rowhouse doctor` tells more. To start all the same, set selfCheck: 'warn'.",
    );
  }
}

/** A statement that cannot be pinned to one tenant, or that would undo its pin. */
export class StatementRefusedError extends InternalError {
  readonly code = 'STATEMENT_REFUSED';
}

/** What PostgreSQL answered is larger than a limit allows. The connection was closed; nothing else was hurt. */
export class ResultTooLargeError extends InternalError {
  readonly code = 'RESULT_TOO_LARGE';
}

/** A connection or a statement was about to act for the wrong tenant. Nothing was sent. */
export class IsolationViolationError extends InternalError {
  readonly code = 'ISOLATION_VIOLATION';
}
