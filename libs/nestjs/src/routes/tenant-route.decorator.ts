import 'reflect-metadata';
import {
  applyDecorators,
  type CallHandler,
  Controller,
  type ControllerOptions,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { TenantContext } from '@rowhouse/core';
import { Observable } from 'rxjs';

/** What a route asks of its requests. */
export type TenantNeed =
  | { readonly kind: 'required' }
  | { readonly kind: 'optional' }
  /** Served above all tenants, whatever the request names. */
  | { readonly kind: 'system'; readonly reason: string | undefined };

const TENANT_NEED = 'rowhouse:tenant-need';

/**
 * What the decorators on a handler and its controller state; the handler's take precedence.
 *
 * Decorators do not change once a module is loaded, so callers may keep the answer.
 */
export function declaredNeedOf(controller: object, handler: object): TenantNeed | undefined {
  return Reflect.getMetadata(TENANT_NEED, handler) ?? Reflect.getMetadata(TENANT_NEED, controller);
}

// Each of these goes on a controller or a handler; the handler's takes precedence.

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

/** Runs the handlers of `@SystemRoute` in the system context. Put in place by the decorator. */
@Injectable()
class SystemRouteInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const [controller, handler] = [context.getClass(), context.getHandler()];
    const need = declaredNeedOf(controller, handler);
    // A handler may be decorated otherwise than its controller.
    if (need?.kind !== 'system') return next.handle();

    const reason = need.reason ?? `route ${controller.name}.${handler.name}`;
    const scope = TenantContext.scope();
    // Decorated on both, controller and handler: entered already, and audited once is right.
    if (scope?.kind === 'system' && scope.reason === reason) return next.handle();

    // The subscription belongs inside as well: an Observable that the handler returns starts its work there.
    return new Observable((subscriber) =>
      TenantContext.runAsSystem(reason, () => next.handle().subscribe(subscriber)),
    );
  }
}
