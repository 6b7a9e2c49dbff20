import { Logger } from '@nestjs/common';
import type { Deserializer, MessageHandler, Server } from '@nestjs/microservices';
import { RowhouseError, TenantContext } from '@rowhouse/core';
import { catchError, isObservable, Observable, throwError } from 'rxjs';
import { outsideAnyTenant } from '../http/request-tenancy.js';
import type { TenantMessages } from '../messages/tenant-messages.js';
import { inSubscriberScope } from '../streams/in-subscriber-scope.js';
import { grpcErrorOf } from './grpc-error.js';
import { purposeOfCall, purposeOfPattern, TENANT_FIELD, TENANT_METADATA } from './message-purpose.js';

/** What of a server is protected. */
interface OpenServer {
  deserializer: Deserializer;
  getHandlerByPattern(pattern: string): MessageHandler | null;
  /** Of gRPC. */
  createServiceMethod?(handler: MessageHandler, ...rest: unknown[]): unknown;
}

/** The data of a packet, and the token that came with it. Clients cannot make one. */
class TokenedData {
  constructor(
    readonly data: unknown,
    readonly token: unknown,
  ) {}
}

/** A call of gRPC, as its handlers are given it. */
interface GrpcCall {
  readonly metadata: { get(key: string): readonly unknown[] };
  getPath(): string;
}

type Work = () => unknown;
type Scope = <T>(fn: () => T) => T;

/**
 * Runs the handlers of a microservice in the context of the tenant that a message names, if one of the keys has signed that, not too
 * long ago, and for this pattern:
 *
 *     { strategy: tenantServer(new ServerTCP({ port: 4000 }), messages) }
 *
 * Other messages that name a tenant are refused, and so are those of tenants that are not served. Messages that name none run outside of
 * any: the guard refuses them, except for handlers with `@TenantOptional()` or `@SystemRoute()`. For servers of TCP, Redis, NATS,
 * RabbitMQ, MQTT and gRPC.
 *
 * @returns the same server.
 * @throws {OptionsInvalidError} without `messages.keys`.
 */
export function tenantServer<S extends Pick<Server, 'getHandlerByPattern'>>(
  server: S,
  messages: TenantMessages,
): S {
  messages.requireKeys();
  const open = server as unknown as OpenServer;
  const entrance = new MessageEntrance(messages);
  if (open.createServiceMethod) {
    const createServiceMethod = open.createServiceMethod.bind(server);
    open.createServiceMethod = (handler, ...rest) => createServiceMethod(entrance.forCalls(handler), ...rest);
    return server;
  }
  const { deserializer } = open;
  open.deserializer = {
    async deserialize(value, options) {
      const packet = await deserializer.deserialize(value, options);
      return { ...packet, data: new TokenedData(packet.data, packet[TENANT_FIELD]) };
    },
  };
  const getHandlerByPattern = open.getHandlerByPattern.bind(server);
  open.getHandlerByPattern = (pattern) => {
    const handler = getHandlerByPattern(pattern);
    return handler && entrance.forPackets(handler, purposeOfPattern(pattern));
  };
  return server;
}

class MessageEntrance {
  readonly #logger = new Logger('TenantMessages');

  constructor(private readonly messages: TenantMessages) {}

  /** The properties of a handler are the server's. */
  forPackets(handler: MessageHandler, purpose: string): MessageHandler {
    return new Proxy(handler, {
      apply: (target, _this, [packet, ...rest]: [unknown, ...unknown[]]) => {
        const { data, token } = packet instanceof TokenedData ? packet : { data: packet, token: undefined };
        return this.#enter(token, purpose, () => Reflect.apply(target, undefined, [data, ...rest]));
      },
    }) as MessageHandler;
  }

  forCalls(handler: MessageHandler): MessageHandler {
    return new Proxy(handler, {
      apply: async (target, _this, args: unknown[]) => {
        const call = args.find((arg) => typeof Object(arg).getPath === 'function') as GrpcCall;
        // Requests that are streamed come as events of the connection.
        const [first, ...rest] = args.map((arg) => (isObservable(arg) ? arg.pipe(inSubscriberScope()) : arg));
        const [token, second] = call.metadata.get(TENANT_METADATA);
        const isOne = second === undefined;
        const work = () => Reflect.apply(target, undefined, [first, ...rest]);
        const result = await this.#enter(isOne ? token : null, purposeOfCall(call.getPath()), work);
        return isObservable(result)
          ? result.pipe(catchError((error: unknown) => throwError(() => grpcErrorOf(error))))
          : result;
      },
    }) as MessageHandler;
  }

  /** What a handler returns may be an observable, which works when it is subscribed to. */
  async #enter(token: unknown, purpose: string, work: Work): Promise<unknown> {
    let inScope: Scope = outsideAnyTenant;
    if (token !== undefined) {
      try {
        const { maxAgeMs } = this.messages;
        const tenant = await this.messages.tenantOf(token, purpose, { maxAgeMs });
        inScope = (fn) => outsideAnyTenant(() => TenantContext.run(tenant, fn));
      } catch (error) {
        // Nobody is told of an event that fails.
        this.#logger.warn(
          `A message was refused (${purpose}): ${error instanceof Error ? error.message : error}`,
        );
        return throwError(() => (error instanceof RowhouseError ? error : new Error('Refused.')));
      }
    }
    const result = await inScope(work);
    if (!isObservable(result)) return result;
    return new Observable((subscriber) => inScope(() => result.subscribe(subscriber)));
  }
}
