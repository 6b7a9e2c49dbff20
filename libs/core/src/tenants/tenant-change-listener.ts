import { channel } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { z } from 'zod';
import { isTenantId } from '../tenant.js';
import type { TenantChangeFeed, TenantChangeHandler } from './tenant-store.js';

export interface TenantChangeListenerOptions {
  /** URL of the catalog's database that leads to PostgreSQL itself: LISTEN does not work through a transaction pooler. */
  readonly directUrl: string;
  /** More for the client, such as `ssl`. */
  readonly client?: Omit<ClientConfig, 'connectionString'>;
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

/** The PostgreSQL notification channel that the catalog's triggers write to. The payload is the tenant's id. */
export const TENANT_CHANGE_CHANNEL = 'rowhouse_tenants';

/** Published with a {@link ListenerEvent} when a listener loses its connection, fails to reconnect, or is back. */
export const TENANT_LISTENER_CHANNEL = 'rowhouse:listener';
const listenerEvents = channel(TENANT_LISTENER_CHANNEL);

export type ListenerEvent =
  | { readonly kind: 'lost' | 'retry'; readonly error: unknown }
  | { readonly kind: 'restored' };

const ms = z.number().int().min(1);

const optionsSchema = z.strictObject({
  directUrl: z.string().min(1),
  client: z.custom<Omit<ClientConfig, 'connectionString'>>((value) => typeof value === 'object').default({}),
  keepaliveMs: ms.default(30_000),
  answerTimeoutMs: ms.default(5_000),
  backoffMs: ms.default(100),
  maxBackoffMs: ms.default(10_000),
  random: z.custom<() => number>((value) => typeof value === 'function').default(() => Math.random),
});

/** One span of listening, from the first subscriber to the last. */
interface Listening {
  /** Settles when notifications arrive; replaced while the connection is being mended. */
  ready: Promise<void>;
  /** The connection in use; `undefined` while it is being made or mended. */
  client: Client | undefined;
  readonly ended: AbortController;
}

/**
 * Hears of changes in the catalog by LISTEN, on a direct connection of its own, which it holds while there
 * are subscribers.
 *
 * A lost connection is made again with capped exponential back-off and jitter. What was missed in between is
 * unknown, so each subscriber is then told `undefined`: anything may have changed. A first connection that
 * fails is not retried: `subscribe` throws what `pg` threw.
 */
export class TenantChangeListener implements TenantChangeFeed {
  readonly #options: z.output<typeof optionsSchema>;
  readonly #subscriptions = new Set<{ readonly tell: TenantChangeHandler }>();
  #listening: Listening | undefined;
  #closed = false;

  /** @throws {z.ZodError} when an option is wrong; the message names it. */
  constructor(options: TenantChangeListenerOptions) {
    this.#options = Object.freeze(optionsSchema.parse(options));
  }

  /** Whether changes are heard at this moment. */
  get isListening(): boolean {
    return this.#listening?.client !== undefined;
  }

  /**
   * Begins to tell of changes; waits while the connection is being mended.
   *
   * @param tell - must not throw.
   */
  async subscribe(tell: TenantChangeHandler): Promise<() => Promise<void>> {
    if (this.#closed) throw new Error('This TenantChangeListener is closed.');
    const subscription = { tell };
    this.#subscriptions.add(subscription);
    const unsubscribe = async () => {
      if (this.#subscriptions.delete(subscription) && this.#subscriptions.size === 0) await this.#stop();
    };
    const listening = this.#start();
    try {
      await listening.ready;
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
    listening.ended.abort(new Error('The TenantChangeListener stopped listening.'));
    // A connection that is being made sees the signal and ends itself.
    await listening.ready.catch(() => undefined);
    const { client } = listening;
    listening.client = undefined;
    if (client) await this.#hangUp(client);
  }

  async #connect(listening: Listening): Promise<void> {
    const { directUrl, client: more, answerTimeoutMs } = this.#options;
    const client = new Client({
      keepAlive: true,
      application_name: 'rowhouse-listener',
      ...more,
      connectionString: directUrl,
      connectionTimeoutMillis: answerTimeoutMs,
      query_timeout: answerTimeoutMs,
    });
    client.on('error', (error) => this.#lose(listening, client, error));
    client.on('end', () => this.#lose(listening, client, new Error('The connection ended.')));
    client.on('notification', ({ payload }) => this.#tell(payload));
    try {
      await client.connect();
      await client.query(`listen ${TENANT_CHANGE_CHANNEL}`);
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
      await client.query('select 1');
    }
  }

  /** Only the connection in use can be lost: the errors of one being made or being ended have another reader. */
  #lose(listening: Listening, client: Client, error: unknown): void {
    if (listening.client !== client) return;
    listening.client = undefined;
    publish({ kind: 'lost', error });
    void this.#hangUp(client);
    listening.ready = this.#reconnect(listening);
    // Nobody need be waiting for it; it rejects when the listener stops.
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
    this.#tell(undefined);
  }

  /** A payload that is no tenant's id (an operator's bare NOTIFY, a TRUNCATE) means that anything may have changed. */
  #tell(payload: string | undefined): void {
    const tenantId = payload !== undefined && isTenantId(payload) ? payload : undefined;
    for (const { tell } of this.#subscriptions) tell(tenantId);
  }
}

function publish(event: ListenerEvent): void {
  if (listenerEvents.hasSubscribers) listenerEvents.publish(event);
}
