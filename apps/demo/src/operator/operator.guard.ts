import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Lets those in who know the operators' token, `ROWHOUSE_OPERATOR_TOKEN`; nobody, where there is none. */
@Injectable()
export class OperatorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const token = process.env.ROWHOUSE_OPERATOR_TOKEN;
    const { authorization = '' } = context
      .switchToHttp()
      .getRequest<{ headers: { authorization?: string } }>().headers;
    return Boolean(token) && timingSafeEqual(digest(authorization), digest(`Bearer ${token}`));
  }
}
