import type { Catalog } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import type { StoredEvent } from './tenant-event.js';

/** One event for one hook, leased to this process. */
export interface Delivery {
  readonly hook: string;
  /** From 1. It identifies the lease: when another process takes the delivery, the number grows, and updates with the old number match no row. */
  readonly attempt: number;
  readonly event: StoredEvent;
}

/** The deliveries of a hook. */
export interface HookStats {
  readonly hook: string;
  /** Events that have not been delivered, including those in progress. */
  readonly pending: number;
  /** Pending events for which the hook has failed at least once. */
  readonly failing: number;
}

// `skip locked` lets several processes take deliveries at the same time. A process that still had to wait for a row lock
// reads the row again, and finds that it is no longer due (manual, 13.2.1 "Read Committed Isolation Level"). The column is
// rounded to milliseconds, so the current time is rounded too: a delivery that was written just now is due.
const TAKE = `
with due as materialized (
  select d.hook, d.event_id
    from rowhouse.tenant_event_deliveries d
   where d.hook = any($1) and d.next_attempt_at <= now()::timestamptz(3)
     and not exists (select from rowhouse.tenant_event_deliveries e
                      where e.hook = d.hook and e.tenant_id = d.tenant_id and e.event_id < d.event_id)
   order by d.event_id limit $2 for update of d skip locked),
taken as (
  update rowhouse.tenant_event_deliveries d
     set attempts = d.attempts + 1, next_attempt_at = now() + $3 * interval '1 millisecond'
    from due where d.hook = due.hook and d.event_id = due.event_id
  returning d.hook, d.event_id, d.attempts)
select t.hook, t.attempts as attempt, e.id, e.type, e.tenant, e.actor, e.detail, e.created_at as "createdAt"
  from taken t join rowhouse.tenant_events e on e.id = t.event_id
 order by e.id`;

const MS_TO_NEXT = `
select (extract(epoch from min(next_attempt_at) - now()) * 1000)::float8 as ms
  from rowhouse.tenant_event_deliveries where hook = any($1) and next_attempt_at > now()`;

const STATS = `
select h.name as hook, count(d.event_id)::int as pending, count(d.error)::int as failing
  from rowhouse.tenant_hooks h left join rowhouse.tenant_event_deliveries d on d.hook = h.name
 group by h.name order by h.name`;

/** Matches a delivery only if no other process has taken it since. */
const STILL_MINE = 'hook = $1 and event_id = $2 and attempts = $3';

/** Longer messages are truncated. */
const MAX_ERROR_LENGTH = 2_000;

/**
 * The events to deliver, in the catalog. Every operation is one statement, so a process may die between any two of them. All
 * times are the server's, so that clocks of different machines need not agree.
 */
export class EventOutbox {
  readonly #catalog: Pick<Catalog, 'query'>;

  constructor(catalog: Pick<Catalog, 'query'>) {
    this.#catalog = catalog;
  }

  /** Registers hooks. They get the events that are written from now on, not earlier ones. */
  async register(hooks: readonly string[]): Promise<void> {
    await this.#catalog.query(
      'insert into rowhouse.tenant_hooks (name) select unnest($1::text[]) on conflict do nothing',
      [hooks],
    );
  }

  /** Removes hooks that no release has any more, with their pending deliveries. */
  async retire(hooks: readonly string[]): Promise<void> {
    await this.#catalog.query('delete from rowhouse.tenant_hooks where name = any($1)', [hooks]);
  }

  /** Leases deliveries that are due for these hooks: for each hook and tenant at most one, the oldest. */
  async take(hooks: readonly string[], limit: number, leaseMs: number): Promise<readonly Delivery[]> {
    const { rows } = await this.#catalog.query<StoredEvent & { hook: string; attempt: number }>(TAKE, [
      hooks,
      limit,
      leaseMs,
    ]);
    return rows.map(({ hook, attempt, ...event }) => ({ hook, attempt, event }));
  }

  /** Milliseconds until the next lease or retry pause ends, of any process; `undefined` when there is none. */
  async msToNext(hooks: readonly string[]): Promise<number | undefined> {
    const { rows } = await this.#catalog.query<{ ms: number | null }>(MS_TO_NEXT, [hooks]);
    return rows[0]?.ms ?? undefined;
  }

  async renew(delivery: Delivery, leaseMs: number): Promise<void> {
    await this.#catalog.query(
      `update rowhouse.tenant_event_deliveries set next_attempt_at = now() + $4 * interval '1 millisecond'
        where ${STILL_MINE}`,
      [...keyOf(delivery), leaseMs],
    );
  }

  async delivered(delivery: Delivery): Promise<void> {
    await this.#catalog.query(
      `delete from rowhouse.tenant_event_deliveries where ${STILL_MINE}`,
      keyOf(delivery),
    );
  }

  async failed(delivery: Delivery, error: unknown, pauseMs: number): Promise<void> {
    // PostgreSQL's type text cannot contain NUL characters.
    const message = messageOf(error).replaceAll('\0', '');
    await this.#catalog.query(
      `update rowhouse.tenant_event_deliveries set error = $4, next_attempt_at = now() + $5 * interval '1 millisecond'
        where ${STILL_MINE}`,
      [...keyOf(delivery), message.slice(0, MAX_ERROR_LENGTH), pauseMs],
    );
  }

  async stats(): Promise<readonly HookStats[]> {
    const { rows } = await this.#catalog.query<HookStats>(STATS);
    return rows;
  }
}

function keyOf({ hook, event, attempt }: Delivery): unknown[] {
  return [hook, event.id, attempt];
}
