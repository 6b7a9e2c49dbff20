import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { OptionsInvalidError } from '@rowhouse/core';
import { isSameSecret, OperatorUnauthorizedError } from '@rowhouse/nestjs/operator';

/** Who may ask which domains are served: everybody, or who has the token, which is read at each request. Nobody has an empty one. */
export type DomainAsk = 'open' | (() => string | undefined);

interface AskRequest {
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Lets in by a token in the URL, which is all that a web server can be configured with, or by a bearer token. */
export class DomainAskGuard implements CanActivate {
  /** @throws {OptionsInvalidError} */
  constructor(private readonly ask: DomainAsk) {
    if (ask !== 'open' && typeof ask !== 'function')
      throw new OptionsInvalidError('TenancyAdminModule', [
        { field: 'domains.ask', expected: "expected 'open', or a function that returns the token" },
      ]);
  }

  /** @throws {OperatorUnauthorizedError} */
  canActivate(context: ExecutionContext): boolean {
    if (this.ask === 'open') return true;
    const { query, headers } = context.switchToHttp().getRequest<AskRequest>();
    const expected = this.ask();
    const given = query?.['token'] ?? /^Bearer +(\S+)$/i.exec(headers['authorization'] ?? '')?.[1];
    if (typeof given === 'string' && isSameSecret(given, expected)) return true;
    throw new OperatorUnauthorizedError();
  }
}
