import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { TenantContext } from '@rowhouse/core';
import { TenantRunner } from '@rowhouse/nestjs';
import { firstValueFrom, isObservable } from 'rxjs';
import { IntegrationStateInvalidError } from '../errors.js';
import { TenantIntegrations } from '../tenant-integrations.js';
import { type CallbackRequest, callbackQueryOf } from './callback-request.js';

/** Token of the app's guard. */
export const INTEGRATIONS_AUTH = Symbol('rowhouse.integrations-auth');

/**
 * Asks the app's guard in the context of the tenant that a callback's state names: the callback has one URL for all tenants. A request
 * that names a tenant itself must name this one.
 */
@Injectable()
export class CallbackGuard implements CanActivate {
  constructor(
    @Inject(INTEGRATIONS_AUTH) private readonly auth: CanActivate,
    @Inject(TenantIntegrations) private readonly integrations: TenantIntegrations,
    @Inject(TenantRunner) private readonly tenants: TenantRunner,
  ) {}

  /** @throws {IntegrationStateInvalidError} */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<CallbackRequest>();
    const tenantId = this.integrations.tenantOf(request.params.provider, callbackQueryOf(request));
    const named = TenantContext.get();
    if (named && named.id !== tenantId) throw new IntegrationStateInvalidError();
    return this.tenants.run(tenantId, async () => {
      const answer = this.auth.canActivate(context);
      return isObservable(answer) ? firstValueFrom(answer) : answer;
    });
  }
}
