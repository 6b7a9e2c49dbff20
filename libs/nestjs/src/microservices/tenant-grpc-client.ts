import type { ClientGrpc } from '@nestjs/microservices';
import { isObservable } from 'rxjs';
import type { TenantMessages } from '../messages/tenant-messages.js';
import { inSubscriberScope } from '../streams/in-subscriber-scope.js';
import { purposeOfCall, TENANT_METADATA } from './message-purpose.js';

/** Of @grpc/grpc-js: a call that is about to start. */
interface StartingCall {
  start(metadata: { set(key: string, value: string): void } | undefined, ...rest: unknown[]): unknown;
}

interface CallOptions {
  readonly method_definition: { readonly path: string };
}

type Interceptor = (options: CallOptions, nextCall: (options: CallOptions) => StartingCall) => StartingCall;

/** What of a client is protected. */
interface OpenClient {
  readonly options: { channelOptions?: { interceptors?: Interceptor[] } };
  getService(name: string): Record<string, unknown>;
}

const known = new WeakSet<object>();

/**
 * As {@link tenantClient}, for gRPC: the token is in the metadata of each call. Give it the client before services are got from it.
 *
 * @returns the same client.
 * @throws {OptionsInvalidError} without `messages.keys`.
 */
export function tenantGrpcClient<C extends Pick<ClientGrpc, 'getService'>>(
  client: C,
  messages: TenantMessages,
): C {
  messages.requireKeys();
  if (known.has(client)) return client;
  known.add(client);
  const open = client as unknown as OpenClient;
  const { channelOptions } = open.options;
  const interceptors = [...(channelOptions?.interceptors ?? []), namesTenant(messages)];
  open.options.channelOptions = { ...channelOptions, interceptors };
  const getService = open.getService.bind(client);
  open.getService = (name) => {
    const service = getService(name);
    for (const [method, call] of Object.entries(service)) {
      if (typeof call !== 'function') continue;
      service[method] = (...args: unknown[]) => {
        const answers = call.apply(service, args);
        return isObservable(answers) ? answers.pipe(inSubscriberScope()) : answers;
      };
    }
    return service;
  };
  return client;
}

function namesTenant(messages: TenantMessages): Interceptor {
  return (options, nextCall) => {
    const call = nextCall(options);
    const start = call.start.bind(call);
    call.start = (metadata, ...rest) => {
      const token = messages.sign(purposeOfCall(options.method_definition.path));
      if (token !== undefined) metadata?.set(TENANT_METADATA, token);
      return start(metadata, ...rest);
    };
    return call;
  };
}
