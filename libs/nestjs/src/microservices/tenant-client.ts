import type { ClientProxy, Serializer } from '@nestjs/microservices';
import type { TenantMessages } from '../messages/tenant-messages.js';
import { inSubscriberScope } from '../streams/in-subscriber-scope.js';
import { purposeOfPattern, TENANT_FIELD } from './message-purpose.js';

/** What of a client is protected. */
interface OpenClient extends Pick<ClientProxy, 'send' | 'emit'> {
  serializer: Serializer;
}

const known = new WeakSet<object>();

/**
 * A client whose messages name the tenant of the context, signed, for a server with {@link tenantServer}:
 *
 *     constructor(@Inject('ORDERS') client: ClientProxy, messages: TenantMessages) {
 *       this.orders = tenantClient(client, messages);
 *     }
 *
 * Answers come in the context in which they were subscribed to; without this they come in that of whoever opened the connection.
 * Messages from outside of any tenant name none. For TCP, Redis, NATS, RabbitMQ and MQTT.
 *
 * @returns the same client.
 * @throws {OptionsInvalidError} without `messages.keys`.
 */
export function tenantClient<C extends Pick<ClientProxy, 'send' | 'emit'>>(
  client: C,
  messages: TenantMessages,
): C {
  messages.requireKeys();
  if (known.has(client)) return client;
  known.add(client);
  const open = client as unknown as OpenClient;
  const { serializer, send, emit } = open;
  open.serializer = {
    serialize(packet: { pattern: unknown }, options) {
      const token = messages.sign(purposeOfPattern(packet.pattern));
      return serializer.serialize(
        token === undefined ? packet : { ...packet, [TENANT_FIELD]: token },
        options,
      );
    },
  };
  open.send = (pattern, data) => send.call(client, pattern, data).pipe(inSubscriberScope()) as never;
  open.emit = (pattern, data) => emit.call(client, pattern, data).pipe(inSubscriberScope()) as never;
  return client;
}
