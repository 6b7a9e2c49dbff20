import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  Optional,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { TenantContext, TenantNotFoundError } from '@rowhouse/core';
import { TENANCY_OPTIONS, type TenancyOptions } from '@rowhouse/nestjs';
import { MemberRoleRequiredError } from './member-errors.js';
import { MembershipPolicy } from './membership.policy.js';

const ROLES = 'rowhouse:member-roles';

/** A guard, so that no interceptor, as that of a cache, answers before it. */
@Injectable()
class MemberRoleGuard implements CanActivate {
  constructor(
    @Inject(MembershipPolicy) private readonly policy: MembershipPolicy,
    @Optional() @Inject(TENANCY_OPTIONS) private readonly options?: Pick<TenancyOptions, 'hideUnknown'>,
  ) {}

  /** @throws {MemberRoleRequiredError} @throws {TenantNotFoundError} for who is no member, where tenants are hidden from them. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const roles: readonly string[] =
      Reflect.getMetadata(ROLES, context.getHandler()) ?? Reflect.getMetadata(ROLES, context.getClass());
    // The operator of an entry is no member, and stands above the roles of members.
    if (TenantContext.entry()) return true;
    const tenant = TenantContext.get();
    const request = context.getType() === 'http' ? context.switchToHttp().getRequest<object>() : undefined;
    const member = tenant && request && (await this.policy.memberOf(tenant, request));
    if (member?.roles.some((role) => roles.includes(role))) return true;
    // Guards come before the access policy, which would say the same.
    if (tenant && !member && this.options?.hideUnknown) throw new TenantNotFoundError();
    throw new MemberRoleRequiredError(roles);
  }
}

/**
 * Refuses requests of who is no active member of the tenant in force with one of these roles: 403 `MEMBER_ROLE_REQUIRED`. On a handler
 * or a controller; the handler's takes precedence. With `hideUnknown`, who is no member at all gets 404 `TENANT_NOT_FOUND`.
 *
 * The guard that authenticates comes before: a global one does, and of one on the same class or handler it stands below.
 *
 * @throws {TypeError} without a role.
 */
export function RequireRole(...roles: readonly string[]): MethodDecorator & ClassDecorator {
  if (roles.length === 0) throw new TypeError('@RequireRole: expected at least one role.');
  return applyDecorators(SetMetadata(ROLES, Object.freeze([...roles])), UseGuards(MemberRoleGuard));
}
