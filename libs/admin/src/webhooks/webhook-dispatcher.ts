import type { Catalog } from '@rowhouse/core';
import { DueLoop, type OutgoingPolicy, pauseAfter, webhookHeaders } from '@rowhouse/core/internal';
import { type AttemptResult, DeliveryQueue, type LeasedDelivery } from './delivery-queue.js';
import { type PostAnswer, postWebhook } from './post-webhook.js';
import { WebhookSecretUnreadableError } from './webhook-errors.js';
import { webhookBody } from './webhook-message.js';
import { parseSenderOptions, type WebhooksOptions } from './webhook-options.js';
import { WEBHOOKS_CHANNEL } from './webhook-records.js';
import { WebhookSecrets } from './webhook-secrets.js';

/** How many messages are sent at the same time. */
const CONCURRENCY = 16;
/** How often due messages are looked for in case a notification was lost. */
const POLL_MS = 10_000;
const REMOVE_OLD_EVERY_MS = 3_600_000;
/** A larger message is never sent: receivers refuse it. */
const MAX_MESSAGE_BYTES = 65_536;
const GONE = 410;

/** An attempt, and what is answered where there is an answer. */
interface Attempt extends AttemptResult {
  readonly answer?: PostAnswer;
}

/**
 * Sends events to webhooks: each at least once, in no order. Any number of processes may run one.
 *
 * The transaction that changes a tenant writes the deliveries too. Each is leased to the process that sends it, and no transaction is open
 * meanwhile; when the process dies, another takes the delivery when the lease ends. What fails is sent again after a pause.
 */
export class WebhookDispatcher {
  readonly #catalog: Catalog;
  readonly #queue: DeliveryQueue;
  readonly #policy: OutgoingPolicy;
  readonly #secrets: WebhookSecrets;
  readonly #onProblem: (error: unknown) => void;
  readonly #loop: DueLoop;
  /** By webhook: one at a time. */
  readonly #underWay = new Map<string, Promise<void>>();
  #removedOldAt = Number.NEGATIVE_INFINITY;

  /**
   * @param catalog - the caller closes it, after the dispatcher.
   * @param onProblem - called with errors of the catalog and of keys; what failed is tried again. It must not throw.
   * @throws {OptionsInvalidError} also without keys.
   */
  constructor(catalog: Catalog, options: WebhooksOptions, onProblem: (error: unknown) => void) {
    const { keys, ...policy } = parseSenderOptions(options);
    this.#catalog = catalog;
    this.#queue = new DeliveryQueue(catalog);
    this.#policy = policy;
    this.#secrets = new WebhookSecrets(keys);
    this.#onProblem = onProblem;
    this.#loop = new DueLoop({
      catalog,
      channel: WEBHOOKS_CHANNEL,
      pollMs: POLL_MS,
      takeDue: () => this.#takeDue(),
      onProblem,
    });
  }

  start(): void {
    this.#loop.start();
  }

  /** Begins nothing more, and waits for what is under way: an attempt takes at most 15 seconds. */
  async close(): Promise<void> {
    await this.#loop.close();
    await Promise.all(this.#underWay.values());
    void this.#loop.stopListening().catch(this.#onProblem);
  }

  /** Begins to send what is due. @returns how many milliseconds until the next is. */
  async #takeDue(): Promise<number | undefined> {
    await this.#removeOld();
    const free = CONCURRENCY - this.#underWay.size;
    if (free === 0) return undefined;
    // Asked before taking: what becomes due in between is taken, or costs one look more.
    const nextMs = await this.#queue.msToNext();
    const taken = await this.#queue.take(free, [...this.#underWay.keys()]);
    for (const delivery of taken) this.#begin(delivery);
    return nextMs;
  }

  async #removeOld(): Promise<void> {
    const now = performance.now();
    if (now - this.#removedOldAt < REMOVE_OLD_EVERY_MS) return;
    if (!(await this.#queue.removeOld())) this.#removedOldAt = now;
  }

  #begin(delivery: LeasedDelivery): void {
    const work = this.#deliver(delivery)
      // What came of it could not be written: when the lease ends, the message is due again.
      .catch(this.#onProblem)
      .finally(() => {
        this.#underWay.delete(delivery.webhookId);
        this.#loop.wake();
      });
    this.#underWay.set(delivery.webhookId, work);
  }

  async #deliver(delivery: LeasedDelivery): Promise<void> {
    const { answer, ...result } = await this.#attempt(delivery);
    if (result.failure === null) return this.#queue.delivered(delivery, result);
    if (result.responseStatus === GONE) return this.#queue.gone(delivery, result);
    const pauseMs = pauseAfter(delivery.attempt, answer?.retryAfter);
    if (pauseMs === undefined || result.failure === 'size') return this.#queue.dead(delivery, result);
    return this.#queue.retry(delivery, result, pauseMs);
  }

  async #attempt(delivery: LeasedDelivery): Promise<Attempt> {
    const body = webhookBody(delivery);
    if (Buffer.byteLength(body) > MAX_MESSAGE_BYTES) return { responseStatus: null, failure: 'size' };
    const secrets = await this.#secretsOf(delivery.webhookId);
    if (secrets.length === 0) return { responseStatus: null, failure: 'secret' };
    const message = { id: delivery.id, timestamp: Math.floor(Date.now() / 1_000), body };
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Rowhouse-Webhooks',
      ...webhookHeaders(message, secrets),
    };
    const outcome = await postWebhook({ url: delivery.url, headers, body }, this.#policy);
    if ('failure' in outcome) return { responseStatus: null, failure: outcome.failure };
    const isDelivered = outcome.status >= 200 && outcome.status < 300;
    return { responseStatus: outcome.status, failure: isDelivered ? null : 'status', answer: outcome };
  }

  /** Without secrets nothing is sent: a receiver would have to refuse it. */
  async #secretsOf(webhookId: string): Promise<readonly string[]> {
    try {
      return await this.#secrets.of(this.#catalog, webhookId);
    } catch (error) {
      if (!(error instanceof WebhookSecretUnreadableError)) throw error;
      this.#onProblem(error);
      return [];
    }
  }
}
