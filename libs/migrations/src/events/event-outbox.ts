import type { Catalog } from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import type { StoredEvent } from './tenant-event.js';

/** An event on its way to a hook, taken by this process for the time of a lease. */
export interface Delivery {
  readonly hook: string;
  /** From 1. Whoever takes the delivery next has the next number, and the one before has no say any more. */
  readonly attempt: number;
  readonly event: StoredEvent;
}

/** What waits for a hook. */
export interface HookStats {
  readonly hook: string;
  /** Events that the hook has not had, those under way included. */
  readonly pending: number;
  /** Those of them that the hook has failed for, at least once. */
  readonly failing: number;
}

// `skip locked` lets several processes look at the same time. One that has waited for a lock all the same reads the row
// again, and finds that it is not due any more (manual, 13.2.1 "Read Committed Isolation Level"). The column is rounded to
// milliseconds, so the time is as well: what was written just now is due.
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
select t.hook, t.attempts as attempt, e.id, e.type, e.tenant, e.actor, e.created_at as "createdAt"
  from taken t join rowhouse.tenant_events e on e.id = t.event_id
 order by e.id`;

const MS_TO_NEXT = `
select (extract(epoch from min(next_attempt_at) - now()) * 1000)::float8 as ms
  from rowhouse.tenant_event_deliveries where hook = any($1) and next_attempt_at > now()`;

const STATS = `
select h.name as hook, count(d.event_id)::int as pending, count(d.error)::int as failing
  from rowhouse.tenant_hooks h left join rowhouse.tenant_event_deliveries d on d.hook = h.name
 group by h.name order by h.name`;

/** Deliveries that are still this process's: nobody has taken them since. */
const STILL_MINE = 'hook = $1 and event_id = $2 and attempts = $3';

/** Longer messages are cut off. */
const MAX_ERROR_LENGTH = 2_000;

/**
 * The events that are to be delivered, in the catalog. Each operation is one statement, so a process may die between any two
 * of them. Times are the server's, so clocks need not agree.
 */
export class EventOutbox {
  readonly #catalog: Pick<Catalog, 'query'>;

  constructor(catalog: Pick<Catalog, 'query'>) {
    this.#catalog = catalog;
  }

  /** From now on, events are kept for these hooks; those that there have been are not. */
  async register(hooks: readonly string[]): Promise<void> {
    await this.#catalog.query(
      'insert into rowhouse.tenant_hooks (name) select unnest($1::text[]) on conflict do nothing',
      [hooks],
    );
  }

  /** Forgets hooks that no release has any more, and what waits for them. */
  async retire(hooks: readonly string[]): Promise<void> {
    await this.#catalog.query('delete from rowhouse.tenant_hooks where name = any($1)', [hooks]);
  }

  /** Takes what is due for these hooks, at most one event for each hook and tenant: the oldest. */
  async take(hooks: readonly string[], limit: number, leaseMs: number): Promise<readonly Delivery[]> {
    const { rows } = await this.#catalog.query<StoredEvent & { hook: string; attempt: number }>(TAKE, [
      hooks,
      limit,
      leaseMs,
    ]);
    return rows.map(({ hook, attempt, ...event }) => ({ hook, attempt, event }));
  }

  /** Milliseconds until the next lease or pause ends, of any process; `undefined` when there is none. */
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
    // PostgreSQL's text holds no NUL.
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
