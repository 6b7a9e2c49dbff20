import type { Actor, Catalog } from '@rowhouse/core';
import { auditStatement, runEach } from '@rowhouse/core/internal';
import { z } from 'zod';
import type { Webhook } from './webhook.js';
import { WebhookNotFoundError } from './webhook-errors.js';

/** A transaction of the catalog. */
export type Client = Pick<Parameters<Parameters<Catalog['transaction']>[0]>[0], 'query'>;

/** The channel that dispatchers listen to. The trigger of events notifies it too. */
export const WEBHOOKS_CHANNEL = 'rowhouse_webhooks';

const COLUMNS = `w.id, w.tenant_id as "tenantId", w.url, w.description, w.events, w.disabled_at as "disabledAt",
  w.disabled_because as "disabledBecause",
  (select max(s.expires_at) from rowhouse.webhook_secrets s where s.webhook_id = w.id and s.expires_at > pg_catalog.now())
    as "previousSecretUntil",
  w.created_at as "createdAt", w.created_by as "createdBy", w.updated_at as "updatedAt"`;

/** @throws {WebhookNotFoundError} */
export async function readWebhook(
  client: Pick<Catalog, 'query'>,
  id: string,
  lock: '' | 'for update' | 'for no key update' = '',
): Promise<Webhook> {
  if (!z.guid().safeParse(id).success) throw new WebhookNotFoundError();
  const { rows } = await client.query<Webhook>(
    `select ${COLUMNS} from rowhouse.webhooks w where w.id = $1 ${lock}`,
    [id],
  );
  if (!rows[0]) throw new WebhookNotFoundError();
  return rows[0];
}

export interface WebhookListing {
  readonly limit: number;
  /** The webhook that the page before ended with: when it was made, and its id. */
  readonly after?: readonly [createdAt: string, id: string] | undefined;
  /** Only those of this tenant. */
  readonly tenantId?: string | undefined;
}

/** Latest first. */
export async function listWebhooks(
  client: Pick<Catalog, 'query'>,
  { limit, after, tenantId }: WebhookListing,
): Promise<readonly Webhook[]> {
  const { rows } = await client.query<Webhook>(
    `select ${COLUMNS} from rowhouse.webhooks w
      where ($2::timestamptz is null or (w.created_at, w.id) < ($2, $3::uuid)) and ($4::uuid is null or w.tenant_id = $4)
      order by w.created_at desc, w.id desc limit $1`,
    [limit, after?.[0] ?? null, after?.[1] ?? null, tenantId ?? null],
  );
  return rows;
}

/** Disables a webhook in the transaction in which it is locked; one that is stays as it is. */
export async function disableWebhook(
  client: Client,
  id: string,
  because: NonNullable<Webhook['disabledBecause']>,
): Promise<void> {
  await client.query(
    `update rowhouse.webhooks set disabled_at = pg_catalog.now(), disabled_because = $2, updated_at = pg_catalog.now()
      where id = $1 and disabled_at is null`,
    [id, because],
  );
}

export async function auditWebhook(
  client: Client,
  action: string,
  webhook: Webhook,
  change: { readonly before?: Webhook; readonly after?: object; readonly by: Actor | undefined },
): Promise<void> {
  const { id, tenantId } = webhook;
  await runEach(client, [
    auditStatement({ action: `webhook.${action}`, tenantId: tenantId ?? undefined, target: id, ...change }),
  ]);
}

/** Wakes the dispatchers of all processes when the transaction is committed. */
export async function notifyDispatchers(client: Client): Promise<void> {
  await client.query('select pg_catalog.pg_notify($1, $2)', [WEBHOOKS_CHANNEL, '']);
}
