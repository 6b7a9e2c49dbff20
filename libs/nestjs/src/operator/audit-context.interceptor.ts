import { isIP } from 'node:net';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import {
  CONTROLS_REFUSED,
  currentLogIds,
  isFreeOfControls,
  runInAuditContext,
} from '@rowhouse/core/internal';
import { Observable } from 'rxjs';
import { z } from 'zod';
import { requestIdOf } from '../http/request-id.js';
import { actorOf } from './operator.js';
import { RequestInvalidError } from './operator-errors.js';

const reasonSchema = z.string().trim().min(1).max(500).refine(isFreeOfControls, CONTROLS_REFUSED);

interface Request {
  /** Fastify's. */
  readonly id?: unknown;
  readonly ip?: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Changes that a route makes are audited with its operator, the request's id and address, and the reason in `X-Reason`. */
@Injectable()
export class AuditContextInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    const audited = {
      by: actorOf(request),
      // That of the lines of the log, where there is one.
      requestId: currentLogIds()?.requestId ?? requestIdOf(request),
      address: addressOf(request),
      reason: reasonOf(request),
    };
    return new Observable((subscriber) =>
      runInAuditContext(audited, () => next.handle().subscribe(subscriber)),
    );
  }
}

/** Without the zone of a link-local address, which names an interface of this host. */
function addressOf({ ip = '' }: Request): string | undefined {
  const [address = ''] = ip.split('%');
  return isIP(address) ? address : undefined;
}

/** @throws {RequestInvalidError} */
function reasonOf({ headers }: Request): string | undefined {
  const given = headers['x-reason'];
  if (given === undefined) return undefined;
  const result = reasonSchema.safeParse(typeof given === 'string' ? decoded(given) : given);
  if (!result.success) throw RequestInvalidError.fromIssues('X-Reason', result.error.issues);
  return result.data;
}

/** Node reads headers as Latin-1; clients send UTF-8. */
function decoded(header: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(header, 'latin1'));
  } catch {
    return header;
  }
}
