import {
  applyDecorators,
  Controller,
  type ControllerOptions,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { SystemRouteInterceptor } from './system-route.interceptor.js';
import { TENANT_NEED, type TenantNeed } from './tenant-need.js';

// Each of these goes on a controller or a handler; the handler's word counts before the controller's.

/** Requests must name a tenant that is served, else they are refused. The default, unless `required: false`. */
export const RequireTenant = (): MethodDecorator & ClassDecorator => need({ kind: 'required' });

/**
 * Requests may come without a tenant; then no context is in force, and data access fails.
 * A tenant that is named must still exist, be served and be open to the user.
 */
export const TenantOptional = (): MethodDecorator & ClassDecorator => need({ kind: 'optional' });

/**
 * Handlers run in the system context, above all tenants, whatever the request names: for sign-up,
 * administration, webhooks. Guards before them still see the request's tenant. Each request is audited.
 *
 * @param reason - what the audit log shows. Default: `route <Controller>.<handler>`.
 * @throws {TypeError} when the reason is empty.
 */
export function SystemRoute(reason?: string): MethodDecorator & ClassDecorator {
  if (reason !== undefined && !reason.trim()) {
    throw new TypeError('@SystemRoute: expected a reason that is not empty, or none.');
  }
  return applyDecorators(need({ kind: 'system', reason }), UseInterceptors(SystemRouteInterceptor));
}

/** Nest's `@Controller`, with {@link RequireTenant} on all its routes. */
export function TenantController(
  prefixOrOptions: string | string[] | ControllerOptions = '',
): ClassDecorator {
  // Nest's overloads take each kind of argument, but no union of them.
  const controller =
    typeof prefixOrOptions === 'object' && !Array.isArray(prefixOrOptions)
      ? Controller(prefixOrOptions)
      : Controller(prefixOrOptions);
  return applyDecorators(controller, RequireTenant());
}

function need(value: TenantNeed): MethodDecorator & ClassDecorator {
  return SetMetadata(TENANT_NEED, Object.freeze(value));
}
