import type { Actor, Catalog } from '@rowhouse/core';
import { requireActor } from '@rowhouse/core/internal';
import { z } from 'zod';
import type { Webhook } from './webhook.js';
import type { DeliveryStatus, WebhookDelivery } from './webhook-delivery.js';
import { WebhookConflictError, WebhookDeliveryNotFoundError } from './webhook-errors.js';
import { auditWebhook, type Client, notifyDispatchers, readWebhook } from './webhook-records.js';

export interface WebhookDeliveryListing {
  readonly limit: number;
  /** The delivery that the page before ended with: when it was made, and its id. */
  readonly after?: readonly [createdAt: string, id: string] | undefined;
  readonly status?: DeliveryStatus | undefined;
}

interface DeliveryControl {
  /** For the audit trail. Default: that of the request. */
  readonly by?: Actor | undefined;
}

const TEST_TYPE = 'webhook.test';

const COLUMNS = `d.id, d.webhook_id as "webhookId", d.type,
  (select e.tenant_id from rowhouse.tenant_events e where e.id = d.event_id) as "tenantId",
  d.status, d.attempts, d.next_attempt_at as "nextAttemptAt", d.attempted_at as "attemptedAt",
  d.response_status as "responseStatus", d.failure, d.created_at as "createdAt", d.ended_at as "endedAt"`;

const SEND_AGAIN = `update rowhouse.webhook_deliveries
  set status = 'pending', attempts = 0, next_attempt_at = pg_catalog.now(), ended_at = null`;

/** What was sent to webhooks, or is to be. */
export class WebhookDeliveries {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** Latest first. @throws {WebhookNotFoundError} */
  async list(
    webhookId: string,
    { limit, after, status }: WebhookDeliveryListing,
  ): Promise<readonly WebhookDelivery[]> {
    await readWebhook(this.#catalog, webhookId);
    const { rows } = await this.#catalog.query<WebhookDelivery>(
      `select ${COLUMNS} from rowhouse.webhook_deliveries d
        where d.webhook_id = $1 and ($3::timestamptz is null or (d.created_at, d.id) < ($3, $4::uuid))
          and ($5::text is null or d.status = $5)
        order by d.created_at desc, d.id desc limit $2`,
      [webhookId, limit, after?.[0] ?? null, after?.[1] ?? null, status ?? null],
    );
    return rows;
  }

  /**
   * Sends a message that is about nothing.
   *
   * @throws {WebhookNotFoundError}
   * @throws {WebhookConflictError} while the webhook is disabled.
   */
  async test(webhookId: string, { by }: DeliveryControl = {}): Promise<WebhookDelivery> {
    return this.#send(webhookId, by, async (client, webhook) => {
      const { rows } = await client.query<WebhookDelivery>(
        `insert into rowhouse.webhook_deliveries as d (webhook_id, type) values ($1, $2) returning ${COLUMNS}`,
        [webhookId, TEST_TYPE],
      );
      const delivery = rows[0] as WebhookDelivery;
      await auditWebhook(client, 'tested', webhook, { after: { deliveryId: delivery.id }, by });
      return delivery;
    });
  }

  /**
   * Sends a message again that was delivered or is dead, under the same id.
   *
   * @throws {WebhookNotFoundError}
   * @throws {WebhookDeliveryNotFoundError}
   * @throws {WebhookConflictError} when it is pending, or the webhook is disabled.
   */
  async resend(webhookId: string, id: string, { by }: DeliveryControl = {}): Promise<WebhookDelivery> {
    return this.#send(webhookId, by, async (client, webhook) => {
      if (!z.guid().safeParse(id).success) throw new WebhookDeliveryNotFoundError();
      const { rows: found } = await client.query<{ status: DeliveryStatus }>(
        'select status from rowhouse.webhook_deliveries where webhook_id = $1 and id = $2 for update',
        [webhookId, id],
      );
      if (!found[0]) throw new WebhookDeliveryNotFoundError();
      if (found[0].status === 'pending') throw new WebhookConflictError('The delivery is still pending.');
      await client.query(`${SEND_AGAIN} where id = $1`, [id]);
      await auditWebhook(client, 'resent', webhook, { after: { deliveryId: id }, by });
      const { rows } = await client.query<WebhookDelivery>(
        `select ${COLUMNS} from rowhouse.webhook_deliveries d where d.id = $1`,
        [id],
      );
      return rows[0] as WebhookDelivery;
    });
  }

  /**
   * Sends every dead message again.
   *
   * @returns how many there are.
   * @throws {WebhookNotFoundError}
   * @throws {WebhookConflictError} while the webhook is disabled.
   */
  async resendDead(webhookId: string, { by }: DeliveryControl = {}): Promise<number> {
    return this.#send(webhookId, by, async (client, webhook) => {
      const { rowCount } = await client.query(`${SEND_AGAIN} where webhook_id = $1 and status = 'dead'`, [
        webhookId,
      ]);
      const resent = rowCount ?? 0;
      if (resent > 0) await auditWebhook(client, 'resent', webhook, { after: { deliveries: resent }, by });
      return resent;
    });
  }

  #send<T>(
    webhookId: string,
    by: Actor | undefined,
    work: (client: Client, webhook: Webhook) => Promise<T>,
  ): Promise<T> {
    requireActor(by);
    return this.#catalog.transaction(async (client) => {
      const webhook = await readWebhook(client, webhookId, 'for no key update');
      if (webhook.disabledAt) throw new WebhookConflictError('The webhook is disabled.');
      const result = await work(client, webhook);
      await notifyDispatchers(client);
      return result;
    });
  }
}
