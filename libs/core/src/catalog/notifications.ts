import { channel as diagnosticsChannel } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { z } from 'zod';
import { OptionsInvalidError } from '../errors.js';
import { parseOptions } from '../support/parse-options.js';
import { clientConfig, withFields } from '../support/postgres-address.js';
import { Serial } from '../support/serial.js';

export interface NotificationsOptions {
  /** URL that leads to PostgreSQL itself: LISTEN does not work through a transaction pooler. Or the fields in `client`. */
  readonly directUrl?: string;
  /** More for the client, such as `ssl`; or all of it. */
  readonly client?: ClientConfig;
  /** How often the connection is tried when nothing is heard, to find it half-open. Default 30,000. */
  readonly keepaliveMs?: number;
  /** How long the server may take to accept a connection or to answer. Default 5,000. */
  readonly answerTimeoutMs?: number;
  /** The first reconnect waits up to this long, each further one up to twice as long as the one before. Default 100. */
  readonly backoffMs?: number;
  /** No wait is longer. Default 10,000. */
  readonly maxBackoffMs?: number;
  /** From 0 to 1, as `Math.random`, which is the default. */
  readonly random?: () => number;
}

/** Who hears of a channel. None of these may throw. */
export interface NotificationHandler {
  /** Something was sent to the channel. */
  notified(payload: string): void;
  /** The connection was lost and is back: what was sent in between is not known. */
  missed(): void;
  /** The connection was lost. It is made again. */
  lost?(error: unknown): void;
}

/** Published with a {@link ListenerEvent} when a listener loses its connection, fails to reconnect, or is back. */
export const TENANT_LISTENER_CHANNEL = 'rowhouse:listener';
const listenerEvents = diagnosticsChannel(TENANT_LISTENER_CHANNEL);

export type ListenerEvent =
  | { readonly kind: 'lost' | 'retry'; readonly error: unknown }
  | { readonly kind: 'restored' };

const ms = z.number().int().min(1);

const fieldsSchema = z.strictObject({
  directUrl: z.string().default(''),
  client: z.custom<ClientConfig>((value) => typeof value === 'object').default({}),
  keepaliveMs: ms.default(30_000),
  answerTimeoutMs: ms.default(5_000),
  backoffMs: ms.default(100),
  maxBackoffMs: ms.default(10_000),
  random: z.custom<() => number>((value) => typeof value === 'function').default(() => Math.random),
});

const optionsSchema = fieldsSchema.refine(
  ({ directUrl, client }) => directUrl !== '' || Object.keys(client).length > 0,
  { path: ['directUrl'], error: 'expected a URL such as postgres://user:password@host:5432/database' },
);

/** One span of listening, from the first subscriber to the last. */
interface Listening {
  /** Settles when notifications arrive; replaced while the connection is being made again. */
  ready: Promise<void>;
  /** The connection in use; `undefined` while it is being made. */
  client: Client | undefined;
  /** Of the connection: one statement at a time. */
  readonly statements: Serial;
  readonly ended: AbortController;
}

interface Subscription {
  readonly channel: string;
  readonly handler: NotificationHandler;
}

/**
 * Hears what PostgreSQL notifies, of any number of channels on one direct connection, which is open while there are
 * subscribers.
 *
 * A lost connection is made again with capped exponential back-off and jitter, and each subscriber is then told that it may
 * have missed something. A first connection that fails is not retried: `subscribe` throws what `pg` threw.
 */
export class Notifications {
  readonly #options: z.output<typeof optionsSchema>;
  readonly #subscriptions = new Set<Subscription>();
  #listening: Listening | undefined;
  #closed = false;

  /** @throws {OptionsInvalidError} */
  constructor(options: NotificationsOptions) {
    this.#options = parseOptions('Notifications', optionsSchema, options);
  }

  /** Whether notifications are heard at this moment. */
  get isListening(): boolean {
    return this.#listening?.client !== undefined;
  }

  /**
   * Begins to report what is sent to a channel; waits while the connection is being made again.
   *
   * @param channel - a lower-case name.
   * @returns a function that ends it.
   */
  async subscribe(channel: string, handler: NotificationHandler): Promise<() => Promise<void>> {
    // It is written into a statement, which takes no parameters.
    if (!/^[a-z_][a-z0-9_]{0,62}$/.test(channel))
      throw new OptionsInvalidError('listen', [{ field: 'channel', expected: 'expected a lower-case name' }]);
    if (this.#closed) throw new Error('Notifications were subscribed to after they were closed.');
    const subscription = { channel, handler };
    this.#subscriptions.add(subscription);
    const unsubscribe = async () => {
      if (this.#subscriptions.delete(subscription) && this.#subscriptions.size === 0) await this.#stop();
    };
    const listening = this.#start();
    try {
      await listening.ready;
      // The connection may have been made before this channel was asked for. Listening twice does nothing.
      await listening.statements.run(async () => listening.client?.query(`listen ${channel}`));
    } catch (error) {
      // A wait that was cut short by close() says so, instead of "The operation was aborted".
      const reason: unknown = listening.ended.signal.reason ?? error;
      await unsubscribe();
      throw reason;
    }
    return unsubscribe;
  }

  /** Ends every subscription and the connection. There is no way back. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#subscriptions.clear();
    await this.#stop();
  }

  #start(): Listening {
    if (this.#listening) return this.#listening;
    const listening: Listening = {
      ready: Promise.resolve(),
      client: undefined,
      statements: new Serial(),
      ended: new AbortController(),
    };
    listening.ready = this.#connect(listening);
    this.#listening = listening;
    return listening;
  }

  async #stop(): Promise<void> {
    const listening = this.#listening;
    if (!listening) return;
    this.#listening = undefined;
    listening.ended.abort(new Error('The connection for notifications stopped listening.'));
    // A connection that is being made sees the signal and ends itself.
    await listening.ready.catch(() => undefined);
    const { client } = listening;
    listening.client = undefined;
    if (client) await this.#hangUp(client);
  }

  async #connect(listening: Listening): Promise<void> {
    const { directUrl, client: more, answerTimeoutMs } = this.#options;
    const client = new Client(
      withFields(
        withFields(
          { keepAlive: true, application_name: 'rowhouse-listener' },
          clientConfig(withFields(more, { url: directUrl })),
        ),
        { connectionTimeoutMillis: answerTimeoutMs, query_timeout: answerTimeoutMs },
      ),
    );
    client.on('error', (error) => this.#lose(listening, client, error));
    client.on('end', () => this.#lose(listening, client, new Error('The connection ended.')));
    client.on('notification', ({ channel, payload = '' }) => this.#notify(channel, payload));
    try {
      await client.connect();
      const channels = new Set([...this.#subscriptions].map(({ channel }) => channel));
      for (const channel of channels) await client.query(`listen ${channel}`);
      listening.ended.signal.throwIfAborted();
    } catch (error) {
      await this.#hangUp(client);
      throw error;
    }
    listening.client = client;
    this.#keepAlive(listening, client).catch((error: unknown) => this.#lose(listening, client, error));
  }

  async #keepAlive(listening: Listening, client: Client): Promise<void> {
    for (;;) {
      await sleep(this.#options.keepaliveMs, undefined, { signal: listening.ended.signal, ref: false });
      if (listening.client !== client) return;
      await listening.statements.run(() => client.query('select 1'));
    }
  }

  /** Only the connection in use can be lost: the errors of one being made or being ended have another reader. */
  #lose(listening: Listening, client: Client, error: unknown): void {
    if (listening.client !== client) return;
    listening.client = undefined;
    publish({ kind: 'lost', error });
    for (const { handler } of this.#subscriptions) handler.lost?.(error);
    void this.#hangUp(client);
    listening.ready = this.#reconnect(listening);
    // Nobody need be waiting for it; it rejects when the listening stops.
    listening.ready.catch(() => undefined);
  }

  /** A half-open connection would never answer the goodbye. */
  async #hangUp(client: Client): Promise<void> {
    const timer = setTimeout(() => client.connection.stream.destroy(), this.#options.answerTimeoutMs);
    await client.end();
    clearTimeout(timer);
  }

  async #reconnect(listening: Listening): Promise<void> {
    const { backoffMs, maxBackoffMs, random } = this.#options;
    const { signal } = listening.ended;
    for (let attempt = 0; ; attempt++) {
      await sleep(random() * Math.min(maxBackoffMs, backoffMs * 2 ** attempt), undefined, {
        signal,
        ref: false,
      });
      try {
        await this.#connect(listening);
        break;
      } catch (error) {
        signal.throwIfAborted();
        publish({ kind: 'retry', error });
      }
    }
    publish({ kind: 'restored' });
    for (const { handler } of this.#subscriptions) handler.missed();
  }

  #notify(channel: string, payload: string): void {
    for (const subscription of this.#subscriptions)
      if (subscription.channel === channel) subscription.handler.notified(payload);
  }
}

function publish(event: ListenerEvent): void {
  if (listenerEvents.hasSubscribers) listenerEvents.publish(event);
}
