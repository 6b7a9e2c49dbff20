import { createHash } from 'node:crypto';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { PreconditionFailedError } from './operator-errors.js';
import type { PlatformResponse } from './platform-response.js';

/**
 * A strong entity tag (RFC 9110, section 8.8.3) of a resource.
 *
 * @param value - what is answered, or whatever changes with it, such as its version. Values that JSON writes alike have
 * the same tag, in whatever order their members stand.
 */
export function etagOf(value: unknown): string {
  const json = JSON.stringify(value, sortMembers) ?? '';
  return `"${createHash('sha256').update(json).digest('base64url').slice(0, 27)}"`;
}

/**
 * Holds a change to the state of the resource that the client has read: `If-Match` (RFC 9110, section 13.1.1).
 *
 * @param ifMatch - the header; a request without it is let through.
 * @param etag - the present one of the resource, as {@link etagOf} makes it.
 * @throws {PreconditionFailedError}
 */
export function requireMatch(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*' || tagsIn(ifMatch).includes(etag)) return;
  throw new PreconditionFailedError();
}

/**
 * Gives the answers of a route an `ETag`, made by {@link etagOf}, and answers 304 without a body where `If-None-Match`
 * has it: `@UseInterceptors(EntityTagInterceptor)`, for GET.
 */
@Injectable()
export class EntityTagInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const { headers } = http.getRequest<{ headers: Record<string, string | undefined> }>();
    const response = http.getResponse<PlatformResponse>();
    return next.handle().pipe(
      map((body: unknown) => {
        const etag = etagOf(body);
        response.header('ETag', etag);
        if (!hasNoneMatch(headers['if-none-match'], etag)) return body;
        response.status(304);
        return undefined;
      }),
    );
  }
}

/** Whether the client has this state already. Weak comparison (RFC 9110, section 13.1.2): proxies that compress weaken tags. */
function hasNoneMatch(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || tagsIn(ifNoneMatch).some((tag) => tag === etag || tag === `W/${etag}`);
}

/** A weak tag keeps its `W/`, so that it equals no strong one. */
function tagsIn(header: string): readonly string[] {
  return header.match(/(?:W\/)?"[^"]*"/g) ?? [];
}

function sortMembers(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
