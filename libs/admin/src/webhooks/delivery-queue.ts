import type { Catalog } from '@rowhouse/core';
import type { DeliveryFailure } from './webhook-delivery.js';
import { WebhookNotFoundError } from './webhook-errors.js';
import { auditWebhook, disableWebhook, readWebhook } from './webhook-records.js';

/** A message that is leased to this process. */
export interface LeasedDelivery {
  readonly id: string;
  readonly webhookId: string;
  readonly url: string;
  /** Updates with the lease of before match no row, when another process has taken the delivery since. */
  readonly lease: string;
  /** From 1. */
  readonly attempt: number;
  readonly type: string;
  readonly createdAt: Date;
  /** `null` for a test. */
  readonly event: {
    readonly id: string;
    readonly tenant: Readonly<Record<string, unknown>>;
    readonly detail: unknown;
    readonly createdAt: Date;
  } | null;
}

/** What came of an attempt. */
export interface AttemptResult {
  readonly responseStatus: number | null;
  readonly failure: DeliveryFailure | null;
}

/** Longer than an attempt takes: after a process was killed, others wait this long. */
const LEASE_MS = 60_000;
const KEPT_FOR = '30 days';
const REMOVED_AT_ONCE = 1_000;

// Of each webhook the first one only, so that one whose receiver is slow holds up no other, and a long backlog is not read. `skip
// locked` lets several processes take deliveries at the same time; a row that another has taken meanwhile is read again, and is no
// longer due (manual, 13.2.1). Columns are rounded to milliseconds, so the current time is rounded too.
const TAKE = `
with first as materialized (
  select d.id from rowhouse.webhooks w
   cross join lateral (
     select d.id, d.next_attempt_at from rowhouse.webhook_deliveries d
      where d.webhook_id = w.id and d.status = 'pending' order by d.next_attempt_at, d.id limit 1) d
   where w.disabled_at is null and w.id <> all($1) and d.next_attempt_at <= now()::timestamptz(3)
   order by d.next_attempt_at, d.id limit $2),
due as materialized (
  select d.id from rowhouse.webhook_deliveries d
   where d.id in (select first.id from first) and d.status = 'pending' and d.next_attempt_at <= now()::timestamptz(3)
   for update skip locked),
taken as (
  update rowhouse.webhook_deliveries d
     set attempts = d.attempts + 1, lease = gen_random_uuid(), next_attempt_at = now() + ${LEASE_MS} * interval '1 millisecond'
    from due where d.id = due.id
  returning d.*)
select t.id, t.webhook_id as "webhookId", w.url, t.lease, t.attempts as attempt, t.type, t.created_at as "createdAt",
       e.id as event_id, e.tenant, e.detail, e.created_at as event_created_at
  from taken t join rowhouse.webhooks w on w.id = t.webhook_id left join rowhouse.tenant_events e on e.id = t.event_id`;

const MS_TO_NEXT = `
select (extract(epoch from min(d.next_attempt_at) - now()) * 1000)::float8 as ms
  from rowhouse.webhooks w
 cross join lateral (
   select d.next_attempt_at from rowhouse.webhook_deliveries d
    where d.webhook_id = w.id and d.status = 'pending' and d.next_attempt_at > now()
    order by d.next_attempt_at, d.id limit 1) d
 where w.disabled_at is null`;

const END = `update rowhouse.webhook_deliveries
    set status = $3, ended_at = now(), next_attempt_at = null, lease = null, attempted_at = now(), response_status = $4, failure = $5
  where id = $1 and lease = $2`;

interface TakenRow extends Omit<LeasedDelivery, 'event'> {
  readonly event_id: string | null;
  readonly tenant: Readonly<Record<string, unknown>>;
  readonly detail: unknown;
  readonly event_created_at: Date;
}

/** The deliveries that are pending, in the catalog. A process may die between any two calls. All times are the server's. */
export class DeliveryQueue {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** Leases deliveries that are due, at most one for each webhook. @param busy - webhooks to take none for. */
  async take(limit: number, busy: readonly string[]): Promise<readonly LeasedDelivery[]> {
    const { rows } = await this.#catalog.query<TakenRow>(TAKE, [busy, limit]);
    return rows.map(({ event_id: eventId, tenant, detail, event_created_at: createdAt, ...delivery }) => ({
      ...delivery,
      event: eventId === null ? null : { id: eventId, tenant, detail, createdAt },
    }));
  }

  /** Milliseconds until the next lease or pause ends, of any process; `undefined` when there is none. */
  async msToNext(): Promise<number | undefined> {
    const { rows } = await this.#catalog.query<{ ms: number | null }>(MS_TO_NEXT);
    return rows[0]?.ms ?? undefined;
  }

  async delivered(delivery: LeasedDelivery, result: AttemptResult): Promise<void> {
    await this.#catalog.query(END, endOf(delivery, 'delivered', result));
  }

  async retry(
    { id, lease }: LeasedDelivery,
    { responseStatus, failure }: AttemptResult,
    pauseMs: number,
  ): Promise<void> {
    await this.#catalog.query(
      `update rowhouse.webhook_deliveries
          set next_attempt_at = now() + $3 * interval '1 millisecond', lease = null, attempted_at = now(),
              response_status = $4, failure = $5
        where id = $1 and lease = $2`,
      [id, lease, pauseMs, responseStatus, failure],
    );
  }

  async dead(delivery: LeasedDelivery, result: AttemptResult): Promise<void> {
    await this.#catalog.query(END, endOf(delivery, 'dead', result));
  }

  /** The receiver wants no more: the webhook is disabled. */
  async gone(delivery: LeasedDelivery, result: AttemptResult): Promise<void> {
    const { webhookId } = delivery;
    await this.#catalog.transaction(async (client) => {
      const before = await readWebhook(client, webhookId, 'for no key update').catch(unlessRemoved);
      const { rowCount } = await client.query(END, endOf(delivery, 'dead', result));
      if (!before || before.disabledAt || rowCount === 0) return;
      await disableWebhook(client, webhookId, 'gone');
      const after = await readWebhook(client, webhookId);
      await auditWebhook(client, 'disabled', before, { before, after, by: undefined });
    });
  }

  /** Removes some of those that ended long ago. @returns whether there may be more. */
  async removeOld(): Promise<boolean> {
    const { rowCount } = await this.#catalog.query(
      `delete from rowhouse.webhook_deliveries where id in (
         select id from rowhouse.webhook_deliveries where ended_at < now() - interval '${KEPT_FOR}'
          order by ended_at limit ${REMOVED_AT_ONCE} for update skip locked)`,
    );
    return rowCount === REMOVED_AT_ONCE;
  }
}

function endOf(
  { id, lease }: LeasedDelivery,
  status: 'delivered' | 'dead',
  { responseStatus, failure }: AttemptResult,
): unknown[] {
  return [id, lease, status, responseStatus, failure];
}

function unlessRemoved(error: unknown): undefined {
  if (error instanceof WebhookNotFoundError) return undefined;
  throw error;
}
