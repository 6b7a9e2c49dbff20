import { RowhouseError } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { type ExecutionArgs, execute, GraphQLError, subscribe } from 'graphql';
import type { Context, ServerOptions } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import { z } from 'zod';
import type { Authenticate } from '../sockets/handshake.js';
import type { TenantConnection } from '../sockets/tenant-connection.js';
import type { TenantConnections } from '../sockets/tenant-connections.js';

/** A client of graphql-ws, as its hooks know it: with `connectionParams`. */
export type SubscriptionClient = Context<Record<string, unknown> | undefined, Extra>;

type Server = ServerOptions<Record<string, unknown> | undefined, Extra>;

export interface TenantSubscriptionsOptions
  extends Pick<Server, 'connectionInitWaitTimeout' | 'onConnect' | 'onDisconnect'> {
  /**
   * Proves who has connected, before the tenant is looked for, for example by `client.connectionParams`: it may set `handshake.user`, for
   * the access policy, and headers, for resolvers, and throws to refuse. Default: nobody asks.
   */
  readonly authenticate?: Authenticate<SubscriptionClient> | undefined;
  /** What resolvers get as their context, with the handshake as `req`. Called for each operation. Default: nothing more. */
  readonly context?: ((client: SubscriptionClient) => object | Promise<object>) | undefined;
  /** Of the URL. Default: that of GraphQL. */
  readonly path?: string | undefined;
}

/** What `GraphQLModule` is given. */
export type TenantSubscriptionsConfig = Pick<
  ServerOptions,
  'connectionInitWaitTimeout' | 'onConnect' | 'onDisconnect' | 'onClose' | 'context' | 'execute' | 'subscribe'
> & { readonly path?: string };

// Close codes of the protocol graphql-transport-ws, and of RFC 6455.
const FORBIDDEN = 4403;
const INTERNAL_ERROR = 4500;
const TRY_AGAIN_LATER = 1013;

const CONNECTION = Symbol('rowhouse.connection');

interface ContextValue {
  readonly [CONNECTION]?: TenantConnection;
}

const functionSchema = <T>() =>
  z.custom<T>((value) => typeof value === 'function', 'expected a function').optional();

const optionsSchema = z.strictObject({
  authenticate: functionSchema<Authenticate<SubscriptionClient>>(),
  context: functionSchema<NonNullable<TenantSubscriptionsOptions['context']>>(),
  onConnect: functionSchema<NonNullable<Server['onConnect']>>(),
  onDisconnect: functionSchema<NonNullable<Server['onDisconnect']>>(),
  connectionInitWaitTimeout: z.number().min(0).optional(),
  path: z.string().optional(),
});

/**
 * Operations over WebSocket (`graphql-ws`) that belong to tenants, for `GraphQLModule`:
 *
 *     subscriptions: { 'graphql-ws': tenantSubscriptions(connections) }
 *
 * The resolvers of the tenancy read the handshake, once, and the access policy is asked. The connection is refused where a request would
 * be, and closed when its tenant is not served any more. Subscriptions, their filters and every resolver of every event run in the
 * context of the subscriber's tenant, whoever publishes.
 *
 * @throws {OptionsInvalidError}
 */
export function tenantSubscriptions(
  connections: TenantConnections,
  options: TenantSubscriptionsOptions = {},
): TenantSubscriptionsConfig {
  const { authenticate, context, onConnect, onDisconnect, ...settings } = parseOptions(
    'tenantSubscriptions',
    optionsSchema,
    options,
  );
  const known = new WeakMap<SubscriptionClient, TenantConnection>();
  const forget = (client: SubscriptionClient) => {
    const connection = known.get(client);
    if (connection) connections.ended(connection);
  };
  const hooks = {
    ...settings,
    async onConnect(client: SubscriptionClient) {
      const { request } = client.extra;
      const end = (reason: RowhouseError) => client.extra.socket.close(closeCodeOf(reason), reason.code);
      try {
        const connection = await connections.open({ client, request, authenticate, end });
        known.set(client, connection);
        // The socket may have been closed meanwhile, before anybody listened.
        if (client.extra.socket.readyState !== client.extra.socket.OPEN) forget(client);
        return await connection.run(async () => onConnect?.(client));
      } catch (error) {
        if (!(error instanceof RowhouseError)) throw error;
        end(error);
        return false;
      }
    },
    async onDisconnect(client: SubscriptionClient, ...why: [code: number, reason: string]) {
      await known.get(client)?.run(async () => onDisconnect?.(client, ...why));
    },
    onClose: forget,
    async context(client: SubscriptionClient): Promise<ContextValue> {
      const connection = known.get(client);
      if (!connection) throw new Error('An operation came before its connection was accepted.');
      const own = await connection.run(async () => context?.(client));
      return { ...own, req: connection.handshake, [CONNECTION]: connection } as ContextValue;
    },
    execute: (args: ExecutionArgs) => inConnection(args, () => execute(args)),
    subscribe: (args: ExecutionArgs) => inConnection(args, () => subscribe(args)),
  };
  // Nest's type does not say that sockets are those of `ws`.
  return hooks as TenantSubscriptionsConfig;
}

async function inConnection(args: ExecutionArgs, work: () => unknown) {
  const connection = (args.contextValue as ContextValue)[CONNECTION];
  if (!connection) throw new Error('An operation has no connection.');
  const refusal = await checked(connection);
  if (refusal) return { errors: [refusal] };
  const result = await connection.run(work);
  return isAsyncIterator(result) ? scoped(result, connection) : result;
}

async function checked(connection: TenantConnection): Promise<GraphQLError | undefined> {
  try {
    const refusal = await connection.check();
    return refusal && graphQLError(refusal);
  } catch (error) {
    if (error instanceof RowhouseError) return graphQLError(error);
    throw error;
  }
}

function graphQLError({ detail, code }: RowhouseError): GraphQLError {
  return new GraphQLError(detail, { extensions: { code } });
}

function isAsyncIterator(result: unknown): result is AsyncGenerator {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}

/** Events are waited for, filtered and resolved by `next()`. */
function scoped(events: AsyncGenerator, connection: TenantConnection) {
  const ours = {
    next: () => connection.run(() => events.next()),
    return: (value: unknown) => connection.run(() => events.return(value)),
    throw: (error: unknown) => connection.run(() => events.throw(error)),
    [Symbol.asyncIterator]: () => ours,
  };
  return ours;
}

function closeCodeOf({ status }: RowhouseError): number {
  if (status === 503) return TRY_AGAIN_LATER;
  return status >= 500 ? INTERNAL_ERROR : FORBIDDEN;
}
