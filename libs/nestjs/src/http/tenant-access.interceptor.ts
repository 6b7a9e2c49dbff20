import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { declaredNeedOf } from '../routes/tenant-route.decorator.js';
import type { AccessPolicy } from './access-policy.js';
import { ReadYourWrites } from './read-your-writes.js';
import { rawRequestOf, requestOf, stateOf } from './request-state.js';

/** Asks the access policy, and then for what the plan has to allow. An interceptor, because interceptors come after all guards. */
export class TenantAccessInterceptor implements NestInterceptor {
  constructor(
    private readonly policy: AccessPolicy,
    private readonly afterPolicy: (context: ExecutionContext) => Promise<void>,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = requestOf(context);
    if (request) {
      const need = declaredNeedOf(context.getClass(), context.getHandler());
      if (need?.kind !== 'system') await this.policy.check(stateOf(rawRequestOf(request)).outcome, request);
      await this.afterPolicy(context);
    }
    return next.handle();
  }
}

/**
 * Puts the access policy before all other global interceptors: one of them may answer without asking further, as a cache
 * does, and those of the root module come before ours. What says how far replicas must be stands around them too: one of them may
 * end the transaction of the handler.
 */
export function askPolicyFirst(config: ApplicationConfig): void {
  const interceptors = config.getGlobalInterceptors();
  for (const first of [ReadYourWrites, TenantAccessInterceptor]) {
    const at = interceptors.findIndex((interceptor) => interceptor instanceof first);
    if (at > 0) interceptors.unshift(...interceptors.splice(at, 1));
  }
}
