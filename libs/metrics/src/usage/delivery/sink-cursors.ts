import type { Catalog } from '@rowhouse/core';
import { RECORD_COLUMNS, type UsageRecord } from '../records/usage-record.js';
import type { UsageSink } from '../sinks/usage-sink.js';

/** A batch that is leased to this process. */
export interface LeasedBatch {
  readonly sink: string;
  /** Updates with the lease of before match no row, when another process has taken the batch since. */
  readonly lease: string;
  /** From 1. */
  readonly attempt: number;
  readonly from: number;
  readonly to: number;
}

/** Longer than an attempt takes: after a process was killed, others wait this long. */
const LEASE_MS = 60_000;

// Columns are rounded to milliseconds, so the current time is rounded too. The end of a batch is written with its lease: sent again it is
// the same batch, also by another process, and whatever was recorded since.
const TAKE = `
with due as materialized (
  select s.name, g.size from rowhouse.usage_sinks s
    join rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.int4[])) as g (name, size) on g.name = s.name
    cross join rowhouse.usage_head h
   where s.seq < h.seq and s.next_attempt_at <= pg_catalog.now()::pg_catalog.timestamptz(3)
   for update of s skip locked)
update rowhouse.usage_sinks s
   set lease = pg_catalog.gen_random_uuid(), attempts = s.attempts + 1,
       batch_end = coalesce(s.batch_end, least(s.seq + due.size, (select h.seq from rowhouse.usage_head h))),
       next_attempt_at = pg_catalog.now() + ${LEASE_MS} * interval '1 millisecond'
  from due where s.name = due.name
returning s.name as sink, s.lease, s.attempts as attempt, (s.seq + 1)::pg_catalog.float8 as "from", s.batch_end::pg_catalog.float8 as "to"`;

/** How far each sink has come, in the catalog. A process may die between any two calls. All times are the server's. */
export class SinkCursors {
  readonly #catalog: Pick<Catalog, 'query'>;

  constructor(catalog: Pick<Catalog, 'query'>) {
    this.#catalog = catalog;
  }

  /** Sinks that are new begin with what is recorded from now on. */
  async add(sinks: readonly Pick<UsageSink, 'name'>[]): Promise<void> {
    await this.#catalog.query(
      `insert into rowhouse.usage_sinks (name, seq)
         select g.name, h.seq from pg_catalog.unnest($1::pg_catalog.text[]) as g (name), rowhouse.usage_head h on conflict do nothing`,
      [sinks.map(({ name }) => name)],
    );
  }

  async take(sinks: readonly UsageSink[]): Promise<readonly LeasedBatch[]> {
    const columns = [sinks.map(({ name }) => name), sinks.map(({ batchSize }) => batchSize)];
    return (await this.#catalog.query<LeasedBatch>(TAKE, columns)).rows;
  }

  async recordsOf({ from, to }: LeasedBatch): Promise<readonly UsageRecord[]> {
    const { rows } = await this.#catalog.query<UsageRecord>(
      `select ${RECORD_COLUMNS} from rowhouse.usage_records r where r.seq between $1 and $2 order by r.seq`,
      [from, to],
    );
    return rows;
  }

  async sent({ sink, lease, to }: LeasedBatch): Promise<void> {
    await this.#catalog.query(
      `update rowhouse.usage_sinks set seq = $3, batch_end = null, lease = null, attempts = 0, next_attempt_at = pg_catalog.now(),
              attempted_at = pg_catalog.now(), failure = null
        where name = $1 and lease = $2`,
      [sink, lease, to],
    );
  }

  async failed({ sink, lease }: LeasedBatch, failure: string, pauseMs: number): Promise<void> {
    await this.#catalog.query(
      `update rowhouse.usage_sinks set lease = null, next_attempt_at = pg_catalog.now() + $3 * interval '1 millisecond',
              attempted_at = pg_catalog.now(), failure = $4
        where name = $1 and lease = $2`,
      [sink, lease, pauseMs, failure.slice(0, 500)],
    );
  }

  /** Milliseconds until the next pause or lease ends, of the sinks that have something to send; `undefined` when there is none. */
  async msToNext(sinks: readonly Pick<UsageSink, 'name'>[]): Promise<number | undefined> {
    const { rows } = await this.#catalog.query<{ ms: number | null }>(
      `select (extract(epoch from pg_catalog.min(s.next_attempt_at) - pg_catalog.now()) * 1000)::pg_catalog.float8 as ms
         from rowhouse.usage_sinks s, rowhouse.usage_head h where s.name = any ($1) and s.seq < h.seq and s.next_attempt_at > pg_catalog.now()`,
      [sinks.map(({ name }) => name)],
    );
    return rows[0]?.ms ?? undefined;
  }
}
