import {
  type INestApplicationContext,
  Logger,
  type WebSocketAdapter,
  type WsMessageHandler,
} from '@nestjs/common';
import { type Tenant, TenantContext } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { EMPTY, Observable } from 'rxjs';
import { z } from 'zod';
import { ConnectionTenantMismatchError } from '../errors.js';
import { replyToSocket } from '../http/socket-reply.js';
import { isPromise } from '../resolvers/tenant-resolver.js';
import type { Authenticate } from '../sockets/handshake.js';
import type { TenantConnection } from '../sockets/tenant-connection.js';
import { TenantConnections } from '../sockets/tenant-connections.js';
import {
  closeSocket,
  type IoSocket,
  isIoNamespace,
  isIoSocket,
  isOpen,
  onceClosed,
  refusalFor,
  type SocketClient,
} from './socket-client.js';

type Transform = (data: unknown) => Observable<unknown>;
type Adapter = WebSocketAdapter<object, SocketClient>;

export interface TenantSocketsOptions<Client> {
  /**
   * Proves who has opened the connection, before its tenant is looked for: it may set `handshake.user`, for the access policy, and
   * headers, for resolvers, and throws to refuse. Default: nobody asks.
   */
  readonly authenticate?: Authenticate<Client> | undefined;
}

const optionsSchema = z.strictObject({
  authenticate: z
    .custom<Authenticate<SocketClient>>((value) => typeof value === 'function', 'expected a function')
    .optional(),
});

/** Each socket's connection, for all adapters of the process. */
const connectionOf = new WeakMap<object, TenantConnection>();
/** The tenant of a connection of socket.io that several namespaces share. */
const tenantOfShared = new WeakMap<object, string>();

/**
 * Makes the sockets of gateways belong to tenants, with the adapter of `ws`, of socket.io, or one made of them:
 *
 *     app.useWebSocketAdapter(tenantSockets(app, new WsAdapter(app)));
 *
 * The resolvers read the tenant from the handshake, once, and the access policy is asked. The connection is refused where a request
 * would be, and ended when its tenant is not served any more. Every handler of a message, `handleConnection` and `handleDisconnect` run
 * in the context of the tenant as it is now, and so does what a handler's observable does. Sockets without a tenant run outside of any.
 *
 * @returns the same adapter.
 * @throws {OptionsInvalidError}
 */
export function tenantSockets<A extends WebSocketAdapter, Client extends object = object>(
  app: INestApplicationContext,
  adapter: A,
  options: TenantSocketsOptions<Client> = {},
): A {
  const { authenticate } = parseOptions('tenantSockets', optionsSchema, options);
  const sockets = new TenantSockets(app.get(TenantConnections, { strict: false }), authenticate);
  const { bindClientConnect, bindClientDisconnect, bindMessageHandlers } = adapter as Adapter;
  const ours: Partial<Adapter> = {
    bindClientConnect: (server, serve) => {
      if (isIoNamespace(server)) server.use((socket, next) => void sockets.admitBeforeConnect(socket, next));
      return bindClientConnect.call(adapter, server, (client: SocketClient, ...rest: unknown[]) =>
        sockets.connect(client, rest, () => serve(client, ...rest)),
      );
    },
    bindMessageHandlers: (client, handlers, transform) =>
      bindMessageHandlers.call(adapter, client, ...sockets.scoped(client, handlers, transform)),
  };
  if (bindClientDisconnect)
    ours.bindClientDisconnect = (client, ended) =>
      bindClientDisconnect.call(adapter, client, (...args: unknown[]) =>
        knownConnection(client).run(() => ended(...args)),
      );
  return Object.assign(adapter, ours);
}

/** The tenant of a socket; `undefined` for one without a tenant. For those who send to sockets that they have kept. */
export function tenantOfSocket(client: object): Tenant | undefined {
  return connectionOf.get(client)?.tenant;
}

/**
 * The room of socket.io that all sockets of a tenant are in: `server.to(tenantRoom()).emit('paid', order)`.
 *
 * @param tenant - default: that of the context.
 * @throws {TenantContextMissingError}
 */
export function tenantRoom({ id }: Pick<Tenant, 'id'> = TenantContext.require()): string {
  return `rowhouse:${id}`;
}

function knownConnection(client: SocketClient): TenantConnection {
  const connection = connectionOf.get(client);
  if (!connection) throw new Error('A socket is served whose handshake tenantSockets() has not seen.');
  return connection;
}

class TenantSockets {
  readonly #logger = new Logger('TenantSockets');
  readonly #admissions = new WeakMap<SocketClient, Promise<TenantConnection>>();

  constructor(
    private readonly connections: TenantConnections,
    private readonly authenticate: Authenticate<SocketClient> | undefined,
  ) {}

  /** Refused here, a client of socket.io gets a `connect_error`. */
  async admitBeforeConnect(socket: IoSocket, next: (error?: Error) => void): Promise<void> {
    try {
      await this.#admit(socket, socket.request);
    } catch (error) {
      const { detail, code, status } = this.#refusalFor(error);
      return next(Object.assign(new Error(detail), { data: { code, status } }));
    }
    next();
  }

  /** Serves a socket when its tenant is known; until then, what it sends waits. */
  connect(client: SocketClient, [request]: unknown[], serve: () => unknown): void {
    const connection = connectionOf.get(client);
    if (connection) return void connection.run(serve);
    if (!isIoSocket(client)) client.pause();
    void this.#admit(client, isIoSocket(client) ? client.request : (request as IoSocket['request']))
      .then((admitted) => {
        if (isOpen(client)) admitted.run(serve);
      })
      .catch((error: unknown) => closeSocket(client, this.#refusalFor(error)))
      .finally(() => {
        if (!isIoSocket(client)) client.resume();
      });
  }

  /** What is given to an adapter to serve messages, in the context of the socket. */
  scoped(
    client: SocketClient,
    handlers: WsMessageHandler[],
    transform: Transform,
  ): [WsMessageHandler[], Transform] {
    const connection = knownConnection(client);
    const scoped = handlers.map((handler) => ({
      ...handler,
      callback: (...args: unknown[]) =>
        this.#serve(client, connection, () => handler.callback.apply(handler, args)),
    }));
    // What a handler returns may be an observable, which works when it is subscribed to.
    const subscribed: Transform = (data) =>
      new Observable((subscriber) => connection.run(() => transform(data).subscribe(subscriber)));
    return [scoped as WsMessageHandler[], subscribed];
  }

  #serve<T>(client: SocketClient, connection: TenantConnection, handle: () => T) {
    const refusal = connection.check();
    if (!isPromise(refusal)) return refusal ? EMPTY : connection.run(handle);
    return refusal.then(
      (found) => (found ? EMPTY : connection.run(handle)),
      (error: unknown) => {
        replyToSocket(client, this.#refusalFor(error));
        return EMPTY;
      },
    );
  }

  /** Gateways on one port share their sockets. */
  #admit(client: SocketClient, request: IoSocket['request']): Promise<TenantConnection> {
    const known = this.#admissions.get(client);
    if (known) return known;
    const admission = this.#open(client, request);
    this.#admissions.set(client, admission);
    return admission;
  }

  async #open(client: SocketClient, request: IoSocket['request']): Promise<TenantConnection> {
    const end = (reason: Parameters<typeof closeSocket>[1]) => closeSocket(client, reason);
    const { authenticate, connections } = this;
    const connection = await connections.open({ client, request, authenticate, end });
    const ended = () => connections.ended(connection);
    onceClosed(client, ended);
    const { tenant } = connection;
    if (tenant && isIoSocket(client)) {
      const first = tenantOfShared.get(client.conn) ?? tenant.id;
      if (first !== tenant.id) {
        ended();
        throw new ConnectionTenantMismatchError();
      }
      tenantOfShared.set(client.conn, first);
      client.join(tenantRoom(tenant));
    }
    connectionOf.set(client, connection);
    return connection;
  }

  #refusalFor(error: unknown) {
    const refusal = refusalFor(error);
    if (refusal.status >= 500)
      this.#logger.error(refusal.message, error instanceof Error ? error.stack : undefined);
    return refusal;
  }
}
