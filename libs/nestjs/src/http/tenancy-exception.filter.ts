import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { EntryReadOnlyError, RowhouseError, TenantContext, TenantContextMissingError } from '@rowhouse/core';
import { sqlStateOf } from '@rowhouse/core/internal';
import { type Observable, throwError } from 'rxjs';
import { splitTarget } from '../resolvers/request/request-target.js';
import type { FrameworkRequest } from './request-state.js';
import { clientTargetOf, type RawRequest, rawRequestOf, stateOf } from './request-state.js';
import { replyToSocket } from './socket-reply.js';
import { refusalOf, UNRESOLVED } from './tenant-outcome.js';

/** SQLSTATE read_only_sql_transaction (manual, Appendix A). */
const READ_ONLY_TRANSACTION = '25006';

/**
 * The error itself, or the one that TypeORM's `QueryFailedError` carries as its driver's. That of PostgreSQL counts, too, where it
 * refuses a write under an operator's entry.
 */
function rowhouseErrorIn(exception: unknown): RowhouseError | undefined {
  const inner = exception instanceof Error && 'driverError' in exception ? exception.driverError : exception;
  if (inner instanceof RowhouseError) return inner;
  const isRefusedWrite = sqlStateOf(inner) === READ_ONLY_TRANSACTION && TenantContext.entry()?.readOnly;
  return isRefusedWrite ? new EntryReadOnlyError(inner) : undefined;
}

/** Nest asks `exception instanceof CarriesRowhouseError`, so other query errors stay the app's own filters'. */
abstract class CarriesRowhouseError {
  static [Symbol.hasInstance](exception: unknown): boolean {
    return rowhouseErrorIn(exception) !== undefined;
  }
}

/** Answers Rowhouse's errors as problem documents (RFC 9457). Clients see nothing of the error's message. */
@Catch(CarriesRowhouseError)
export class TenancyExceptionFilter implements ExceptionFilter {
  readonly #logger = new Logger(TenancyExceptionFilter.name);

  constructor(private readonly host: HttpAdapterHost) {}

  catch(exception: Error, host: ArgumentsHost): Observable<never> | undefined {
    const error = rowhouseErrorIn(exception);
    if (!error) throw exception;
    switch (host.getType<'http' | 'graphql' | 'rpc' | 'ws'>()) {
      case 'http': {
        const http = host.switchToHttp();
        const raw = rawRequestOf(http.getRequest<FrameworkRequest>());
        const shown = causeBeforeGuard(error, raw);
        this.#log(shown);
        this.#reply(http.getResponse(), shown, raw);
        return undefined;
      }
      case 'graphql':
        this.#log(error);
        throw graphQLErrorOf(error);
      case 'rpc':
        return throwError(() => exception);
      case 'ws':
        this.#log(error);
        replyToSocket(host.switchToWs().getClient(), error);
        return undefined;
      default:
        throw exception;
    }
  }

  #log(error: RowhouseError): void {
    if (error.status >= 500) this.#logger.error(error.message, stackOf(error));
  }

  #reply(response: unknown, error: RowhouseError, raw: RawRequest): void {
    const { httpAdapter } = this.host;
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response);
      return;
    }
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json; charset=utf-8');
    if (error.retryAfterSeconds !== undefined) {
      httpAdapter.setHeader(response, 'Retry-After', String(error.retryAfterSeconds));
    }
    // RFC 6750, section 3.1.
    if (error.status === 401)
      httpAdapter.setHeader(response, 'WWW-Authenticate', 'Bearer error="invalid_token"');
    const instance = splitTarget(clientTargetOf(raw)).path;
    // As text: Nest 11 takes an object of any other type than application/json for a mistake.
    httpAdapter.reply(response, JSON.stringify({ ...error.toProblem(), instance }), error.status);
  }
}

/**
 * A guard of the app's may run before ours and read data while no context is in force. The answer is then that of our
 * guard: why this request has no tenant.
 */
function causeBeforeGuard(error: RowhouseError, raw: RawRequest): RowhouseError {
  const { admitted, outcome = UNRESOLVED } = stateOf(raw);
  if (admitted || !(error instanceof TenantContextMissingError)) return error;
  const refusal = refusalOf('required', outcome);
  return refusal instanceof RowhouseError ? refusal : error;
}

function stackOf(error: Error): string | undefined {
  return error.cause instanceof Error ? `${error.stack}\nCaused by: ${error.cause.stack}` : error.stack;
}

/** GraphQL shows clients the message and the extensions of an error. */
function graphQLErrorOf({ detail, code, status }: RowhouseError): Error {
  return Object.assign(new Error(detail), { extensions: { code, http: { status } } });
}
