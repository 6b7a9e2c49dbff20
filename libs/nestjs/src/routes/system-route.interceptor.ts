import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { TenantContext } from '@rowhouse/core';
import { Observable } from 'rxjs';
import { declaredNeedOf } from './tenant-need.js';

/** Runs the handlers of `@SystemRoute` in the system context. Put in place by the decorator. */
@Injectable()
export class SystemRouteInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const [controller, handler] = [context.getClass(), context.getHandler()];
    const need = declaredNeedOf(controller, handler);
    // A handler may take back what its controller says.
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
