import { createHash, timingSafeEqual } from 'node:crypto';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { OperatorUnauthorizedError } from './operator-errors.js';

/** Lets those in who send one token as `Authorization: Bearer <token>`; nobody, where none is configured. */
export class BearerTokenGuard implements CanActivate {
  /** @param token - read at each request: `() => process.env.OPERATOR_TOKEN`. */
  constructor(private readonly token: () => string | undefined) {}

  /** @throws {OperatorUnauthorizedError} */
  canActivate(context: ExecutionContext): boolean {
    const expected = this.token();
    const { headers } = context.switchToHttp().getRequest<{ headers: { authorization?: string } }>();
    const [, given] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    if (expected && given !== undefined && isSame(given, expected)) return true;
    throw new OperatorUnauthorizedError();
  }
}

/** Takes the same time wherever the two differ (digests, because `timingSafeEqual` needs equal lengths). */
function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
