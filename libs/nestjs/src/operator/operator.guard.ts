import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { isObservable, lastValueFrom } from 'rxjs';
import type { GuardedPath, OperatorSessions } from './guarded-path.js';
import type { Operator } from './operator.js';

type Auth = GuardedPath['auth'];

const NO_SESSIONS: OperatorSessions = { operatorOf: async () => undefined };

const guards = new WeakMap<Auth, WeakMap<OperatorSessions, Type<CanActivate>>>();

/**
 * The guard class of an app's `auth`, which is asked about requests without a session.
 *
 * Each `auth` has a class of its own instead of an injection token that all modules share: a controller carries its
 * guard with it, so modules side by side cannot take each other's, and there is no provider to forget.
 */
export function operatorGuardOf({ auth, sessions = NO_SESSIONS }: GuardedPath): Type<CanActivate> {
  const bySessions = guards.get(auth) ?? new WeakMap<OperatorSessions, Type<CanActivate>>();
  guards.set(auth, bySessions);
  const guard = bySessions.get(sessions) ?? makeGuard(auth, sessions);
  bySessions.set(sessions, guard);
  return guard;
}

function makeGuard(auth: Auth, sessions: OperatorSessions): Type<CanActivate> {
  @Injectable()
  class OperatorGuard implements CanActivate, OnModuleInit {
    #auth: CanActivate | undefined;

    constructor(
      @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
      @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    ) {}

    async onModuleInit(): Promise<void> {
      this.#auth = typeof auth === 'function' ? await this.#instanceOf(auth) : auth;
    }

    async canActivate(context: ExecutionContext): Promise<boolean> {
      if (!this.#auth) throw new Error('The guard was asked before the module was initialised.');
      const request = context.switchToHttp().getRequest<{ operator?: Operator }>();
      const operator = await sessions.operatorOf(request);
      if (operator) {
        request.operator = operator;
        return true;
      }
      const answer = this.#auth.canActivate(context);
      return isObservable(answer) ? lastValueFrom(answer) : answer;
    }

    /** A class that some module provides is that provider; another is made here, with what is injectable everywhere. */
    #instanceOf(guard: Type<CanActivate>): Promise<CanActivate> | CanActivate {
      const isProvided = [...this.modules.values()].some(({ providers }) => providers.has(guard));
      return isProvided ? this.moduleRef.get(guard, { strict: false }) : this.moduleRef.create(guard);
    }
  }
  return OperatorGuard;
}
