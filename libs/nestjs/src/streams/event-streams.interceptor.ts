import type { IncomingMessage } from 'node:http';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { Observable } from 'rxjs';
import { rawRequestOf, requestOf, stateOf } from '../http/request-state.js';
import { handlersOf } from '../routes/handlers-of.js';
import { declaredNeedOf } from '../routes/tenant-route.decorator.js';
import type { TenantConnections } from '../sockets/tenant-connections.js';

/** The metadata of `@Sse()`. */
const SSE = '__sse__';

const isEventStream = (handler: object): boolean => Reflect.getMetadata(SSE, handler) === true;

export function hasEventStreams(modules: ModulesContainer): boolean {
  return [...handlersOf(modules)].some(([, , handler]) => isEventStream(handler));
}

/** Ends streams of server-sent events when their tenant is not served any more. A browser that connects again is refused. */
export class EventStreamsInterceptor implements NestInterceptor {
  constructor(private readonly connections: TenantConnections) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const handler = context.getHandler();
    const request = requestOf(context);
    if (!request || !isEventStream(handler)) return next.handle();
    if (declaredNeedOf(context.getClass(), handler)?.kind === 'system') return next.handle();
    const raw = rawRequestOf(request) as IncomingMessage;
    const { outcome } = stateOf(raw);
    if (outcome?.kind !== 'resolved') return next.handle();
    return new Observable((subscriber) => {
      const connection = this.connections.follow(raw, outcome, () =>
        connection.run(() => subscriber.complete()),
      );
      subscriber.add(() => this.connections.ended(connection));
      return next.handle().subscribe(subscriber);
    });
  }
}
