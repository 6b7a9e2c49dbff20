import 'reflect-metadata';
import {
  Controller,
  type ExecutionContext,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { TenancyExceptionFilter } from '../http/tenancy-exception.filter.js';
import { SystemRoute } from '../routes/tenant-route.decorator.js';
import { AuditContextInterceptor } from './audit-context.interceptor.js';
import type { GuardedPath } from './guarded-path.js';
import { operatorGuardOf } from './operator.guard.js';
import { OperatorRoleGuard } from './operator.js';

const OPERATOR_ROUTE = 'rowhouse:operator-route';

/**
 * A controller at the app's path and behind the app's guard, above all tenants ({@link SystemRoute}):
 *
 *     controllers: http ? [operatorController(http, DomainsController, 'domains')] : []
 *
 * @param Base - a class with routes, without `@Controller()`. Its parameters are injected by `@Inject()`.
 * @param below - where its routes begin, below the guarded path. Default: at the path itself.
 */
export function operatorController(http: GuardedPath, Base: Type, below = ''): Type {
  @Controller(below ? `${http.path.replace(/\/$/, '')}/${below}` : http.path)
  @SystemRoute()
  @UseGuards(operatorGuardOf(http), OperatorRoleGuard)
  @UseInterceptors(AuditContextInterceptor)
  // Before a filter of the app that catches everything.
  @UseFilters(TenancyExceptionFilter)
  class OperatorController extends Base {}
  // The audit log names the route by its class.
  Object.defineProperty(OperatorController, 'name', { value: Base.name });
  markOperatorRoute(OperatorController);
  return OperatorController;
}

/** A controller whose routes are no business of the app's users and of its guards. */
export function markOperatorRoute(controller: Type): void {
  // As @ApiExcludeController(): an app's own document is for its users.
  Reflect.defineMetadata('swagger/apiExcludeController', [true], controller);
  Reflect.defineMetadata(OPERATOR_ROUTE, true, controller);
}

/**
 * Whether a request is for a route of {@link operatorController}, which has a guard of its own, or for a probe of health, which needs
 * none: a global guard of an app lets it pass.
 *
 *     canActivate(context: ExecutionContext) {
 *       return isOperatorRoute(context) || this.isSignedIn(context);
 *     }
 */
export function isOperatorRoute(context: ExecutionContext): boolean {
  return Reflect.getMetadata(OPERATOR_ROUTE, context.getClass()) === true;
}
