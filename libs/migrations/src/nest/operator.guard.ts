import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';

/** Injection token of the guard that the app gives. */
export const OPERATOR_AUTH = Symbol('rowhouse.operator-auth');

/** Asks the guard that the app gives as `auth`. */
@Injectable()
export class OperatorGuard implements CanActivate, OnModuleInit {
  #auth: CanActivate | undefined;

  constructor(
    @Inject(OPERATOR_AUTH) private readonly given: Type<CanActivate> | CanActivate,
    private readonly moduleRef: ModuleRef,
    private readonly modules: ModulesContainer,
  ) {}

  async onModuleInit(): Promise<void> {
    this.#auth = typeof this.given === 'function' ? await this.#instanceOf(this.given) : this.given;
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
