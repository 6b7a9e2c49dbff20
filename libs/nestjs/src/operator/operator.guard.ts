import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { GuardedPath } from './guarded-path.js';

type Auth = GuardedPath['auth'];

const guards = new WeakMap<Auth, Type<CanActivate>>();

/**
 * The guard class of an app's `auth`.
 *
 * Each `auth` has a class of its own instead of an injection token that all modules share: a controller carries its
 * guard with it, so modules side by side cannot take each other's, and there is no provider to forget.
 */
export function operatorGuardOf(auth: Auth): Type<CanActivate> {
  let guard = guards.get(auth);
  if (!guard) {
    guard = makeGuard(auth);
    guards.set(auth, guard);
  }
  return guard;
}

function makeGuard(auth: Auth): Type<CanActivate> {
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

    canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
      if (!this.#auth) throw new Error('The guard was asked before the module was initialised.');
      return this.#auth.canActivate(context);
    }

    /** A class that some module provides is that provider; another is made here, with what is injectable everywhere. */
    #instanceOf(guard: Type<CanActivate>): Promise<CanActivate> | CanActivate {
      const isProvided = [...this.modules.values()].some(({ providers }) => providers.has(guard));
      return isProvided ? this.moduleRef.get(guard, { strict: false }) : this.moduleRef.create(guard);
    }
  }
  return OperatorGuard;
}
