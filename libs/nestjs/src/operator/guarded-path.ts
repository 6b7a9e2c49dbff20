import type { CanActivate, Type } from '@nestjs/common';
import { OptionsInvalidError } from '@rowhouse/core';
import type { Operator } from './operator.js';

/** Options of a module that serves operators. They stand beside the factory of `forRootAsync`, since they decide which routes there are. */
export interface OperatorRoutesOptions {
  /** Where the routes are served, such as `admin/migrations`. Default: nowhere. */
  readonly path?: string;
  /**
   * Who may use these routes: a guard, which `path` needs. A class that some module provides is that provider; of
   * another, one is made with what is injectable everywhere.
   */
  readonly auth?: Type<CanActivate> | CanActivate;
}

/** Operators who have signed in before: the sessions of browsers. */
export interface OperatorSessions {
  /** @returns the operator whose session a request carries; `undefined` leaves the request to the guard. */
  operatorOf(request: object): Promise<Operator | undefined>;
}

/** A path, and the guard that everybody who calls a route below it has to pass. */
export interface GuardedPath {
  readonly path: string;
  readonly auth: Type<CanActivate> | CanActivate;
  /** Who has one of these need not pass the guard. */
  readonly sessions?: OperatorSessions;
}

/**
 * The path and the guard of a module's options: nothing is served without a guard.
 *
 * @param owner - the module, named in errors.
 * @returns `undefined` when nothing is to be served.
 * @throws {OptionsInvalidError} for a path without a guard, naming the module and the option.
 */
export function guardedPathOf(owner: string, { path, auth }: OperatorRoutesOptions): GuardedPath | undefined {
  if (path === undefined) return undefined;
  if (typeof path !== 'string' || path.trim() === '')
    throw new OptionsInvalidError(owner, [{ field: 'path', expected: "expected a path such as 'admin'" }]);
  if (!isGuard(auth))
    throw new OptionsInvalidError(owner, [
      {
        field: 'auth',
        expected:
          'expected a guard (a class or an object with canActivate()), since path is given: who may call these routes may ' +
          'change every tenant',
      },
    ]);
  return Object.freeze({ path, auth });
}

function isGuard(auth: unknown): auth is GuardedPath['auth'] {
  if (typeof auth === 'function') return typeof auth.prototype?.canActivate === 'function';
  return typeof auth === 'object' && auth !== null && 'canActivate' in auth;
}
