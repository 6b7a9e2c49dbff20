import 'reflect-metadata';
import { Controller, type Type, UseGuards, UseInterceptors } from '@nestjs/common';
import { SystemRoute } from '../routes/tenant-route.decorator.js';
import { AuditContextInterceptor } from './audit-context.interceptor.js';
import type { GuardedPath } from './guarded-path.js';
import { operatorGuardOf } from './operator.guard.js';
import { OperatorRoleGuard } from './operator.js';

/**
 * A controller at the app's path and behind the app's guard, above all tenants ({@link SystemRoute}):
 *
 *     controllers: http ? [operatorController(http, DomainsController, 'domains')] : []
 *
 * @param Base - a class with routes, without `@Controller()`. Its parameters are injected by `@Inject()`.
 * @param below - where its routes begin, below the guarded path. Default: at the path itself.
 */
export function operatorController({ path, auth }: GuardedPath, Base: Type, below = ''): Type {
  @Controller(below ? `${path.replace(/\/$/, '')}/${below}` : path)
  @SystemRoute()
  @UseGuards(operatorGuardOf(auth), OperatorRoleGuard)
  @UseInterceptors(AuditContextInterceptor)
  class OperatorController extends Base {}
  // The audit log names the route by its class.
  Object.defineProperty(OperatorController, 'name', { value: Base.name });
  // As @ApiExcludeController(): an app's own document is for its users.
  Reflect.defineMetadata('swagger/apiExcludeController', [true], OperatorController);
  return OperatorController;
}
