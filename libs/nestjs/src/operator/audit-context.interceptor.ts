import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { CONTROLS_REFUSED, isFreeOfControls, runInAuditContext } from '@rowhouse/core/internal';
import { Observable } from 'rxjs';
import { z } from 'zod';
import { actorOf } from './operator.js';
import { RequestInvalidError } from './operator-errors.js';

const requestIdSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/);

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
      requestId: requestIdOf(request),
      address: addressOf(request),
      reason: reasonOf(request),
    };
    return new Observable((subscriber) =>
      runInAuditContext(audited, () => next.handle().subscribe(subscriber)),
    );
  }
}

function requestIdOf({ id, headers }: Request): string {
  const found = [id, headers['x-request-id']].map((given) => requestIdSchema.safeParse(given));
  return found.find(({ success }) => success)?.data ?? randomUUID();
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
