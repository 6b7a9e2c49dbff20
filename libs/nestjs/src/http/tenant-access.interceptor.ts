import type { CallHandler, ExecutionContext, NestInterceptor, OnModuleInit } from '@nestjs/common';
import type { ApplicationConfig, ModuleRef, ModulesContainer } from '@nestjs/core';
import { type EffectivePlans, TenantAccessDeniedError, TenantNotFoundError } from '@rowhouse/core';
import type { Observable } from 'rxjs';
import { requireFeatureOf } from '../routes/require-feature.decorator.js';
import type { TenantAccessPolicy } from '../routes/tenant-access-policy.js';
import { declaredNeedOf } from '../routes/tenant-route.decorator.js';
import type { TenancyOptions } from '../tenancy-options.js';
import { type FrameworkRequest, rawRequestOf, requestOf, stateOf } from './request-state.js';

/** Asks the access policy, and then for the feature that the route requires. An interceptor, because interceptors come after all guards. */
export class TenantAccessInterceptor implements NestInterceptor, OnModuleInit {
  #policy: TenantAccessPolicy | undefined;

  constructor(
    private readonly given: NonNullable<TenancyOptions['accessPolicy']>,
    private readonly hideUnknown: boolean,
    private readonly moduleRef: ModuleRef,
    private readonly modules: ModulesContainer,
    private readonly plans: EffectivePlans,
  ) {}

  async onModuleInit(): Promise<void> {
    this.#policy = await this.#instantiate();
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = requestOf(context);
    if (request) {
      await this.#check(context, request);
      requireFeatureOf(context, this.plans);
    }
    return next.handle();
  }

  async #check(context: ExecutionContext, request: FrameworkRequest): Promise<void> {
    const { outcome } = stateOf(rawRequestOf(request));
    // Of an operator who comes by an entry, the app's users know nothing.
    if (outcome?.kind !== 'resolved' || outcome.entry) return;
    if (declaredNeedOf(context.getClass(), context.getHandler())?.kind === 'system') return;
    if (!this.#policy) throw new Error('The access policy was asked before the module was initialised.');
    if (await this.#policy.canEnter(outcome.tenant, request)) return;
    throw this.hideUnknown ? new TenantNotFoundError() : new TenantAccessDeniedError();
  }

  /** A class that some module provides is that provider; another is made here, with what is injectable everywhere. */
  async #instantiate(): Promise<TenantAccessPolicy> {
    const policy = this.given;
    if (typeof policy !== 'function') return policy;
    const isProvided = [...this.modules.values()].some(({ providers }) => providers.has(policy));
    return isProvided ? this.moduleRef.get(policy, { strict: false }) : this.moduleRef.create(policy);
  }
}

/**
 * Puts the access policy before all other global interceptors: one of them may answer without asking further, as a cache
 * does, and those of the root module come before ours.
 */
export function askPolicyFirst(config: ApplicationConfig): void {
  const interceptors = config.getGlobalInterceptors();
  const at = interceptors.findIndex((interceptor) => interceptor instanceof TenantAccessInterceptor);
  if (at > 0) interceptors.unshift(...interceptors.splice(at, 1));
}
