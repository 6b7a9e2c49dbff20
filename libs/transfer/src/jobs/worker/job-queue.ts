import { type Catalog, parseTenant, type Tenant } from '@rowhouse/core';
import { messageOf, sqlStateOf } from '@rowhouse/core/internal';
import type { Cron } from 'croner';
import { JOBS_CHANNEL } from '../job-ledger.js';
import type { ParsedHandler } from './job-handler.js';
import {
  CLAIM,
  CLAIM_SETTINGS,
  DUE,
  END,
  FAN_OUT,
  LOST,
  REMOVE_ENDED,
  REMOVE_NOBODYS,
  REMOVE_NOBODYS_OUTBOXES,
  REMOVE_TURNS,
  RENEW,
  SWEPT_AT_ONCE,
} from './queue-statements.js';

/** A job that this process has leased, with its tenant as it is now. */
export interface LeasedJob {
  readonly id: string;
  /** Updates with the lease of before match no row, when another process has taken the job since. */
  readonly lease: string;
  readonly name: string;
  readonly data: unknown;
  readonly tenant: Tenant;
  /** From 1. */
  readonly attempt: number;
  /** `null`: as the handler says. */
  readonly retries: number | null;
}

/** A job whose worker is dead, after so many times, is not run again: it may be what kills them. */
const MAX_LOSSES = 10;
/** The latest time of JavaScript. */
const NEVER = new Date(8.64e15);
/** Longer messages are truncated. */
const MAX_FAILURE_LENGTH = 2_000;

/**
 * The queues of jobs, in the catalog, as workers use them. A process may die between any two calls. All times are the server's, so
 * that clocks of different machines need not agree.
 */
export class JobQueue {
  readonly #catalog: Catalog;
  readonly #leaseMs: number;

  constructor(catalog: Catalog, leaseMs: number) {
    this.#catalog = catalog;
    this.#leaseMs = leaseMs;
  }

  /** Whether the login may work on jobs, and not only read and enqueue them. */
  async isOurs(): Promise<boolean> {
    const { rows } = await this.#catalog.query<{ ours: boolean }>(
      "select pg_catalog.has_table_privilege('rowhouse.jobs', 'insert, update, delete') as ours",
    );
    return rows[0]?.ours ?? false;
  }

  async register(names: readonly string[]): Promise<void> {
    await this.#catalog.query(
      `insert into rowhouse.job_queues as q (name, handled_at) select n, now() from unnest($1::text[]) n order by n
       on conflict (name) do update set handled_at = excluded.handled_at`,
      [names],
    );
  }

  /** Those of the names that have jobs whose time has come, perhaps of tenants only that have to wait. */
  async due(names: readonly string[]): Promise<readonly string[]> {
    const { rows } = await this.#catalog.query<{ name: string }>(DUE, [names]);
    return rows.map(({ name }) => name);
  }

  /** Leases jobs of a name, in the order in which they are to be started. */
  async claim(
    { name, concurrencyPerTenant }: Pick<ParsedHandler, 'name' | 'concurrencyPerTenant'>,
    limit: number,
  ): Promise<readonly LeasedJob[]> {
    return this.#catalog.transaction(async (client) => {
      await client.query(CLAIM_SETTINGS);
      await client.query('select from rowhouse.job_queues where name = $1 for update', [name]);
      const { rows } = await client.query(CLAIM, [name, limit, concurrencyPerTenant ?? null, this.#leaseMs]);
      return rows.map(({ job_id: id, lease, job_name, data, attempt, retries, ...tenant }) => ({
        id,
        lease,
        name: job_name,
        data,
        tenant: parseTenant(tenant),
        attempt,
        retries,
      }));
    });
  }

  /** Renews leases. @returns the jobs that are still ours, by id, with whether each is to be cancelled. */
  async renew(jobs: readonly LeasedJob[]): Promise<ReadonlyMap<string, boolean>> {
    const { rows } = await this.#catalog.query<{ id: string; isCancelled: boolean }>(RENEW, [
      jobs.map(({ id }) => id),
      jobs.map(({ lease }) => lease),
      this.#leaseMs,
    ]);
    return new Map(rows.map(({ id, isCancelled }) => [id, isCancelled]));
  }

  /** @returns whether the job was still ours, as of the other ends. */
  completed(job: LeasedJob): Promise<boolean> {
    return this.#end(job, { state: 'completed' });
  }

  cancelled(job: LeasedJob): Promise<boolean> {
    return this.#end(job, { state: 'cancelled' });
  }

  failed(job: LeasedJob, error: unknown): Promise<boolean> {
    return this.#end(job, { state: 'failed', failure: failureOf(error) });
  }

  /** It is due again after a pause. */
  retried(job: LeasedJob, error: unknown, pauseMs: number): Promise<boolean> {
    return this.#end(job, { state: 'waiting', failure: failureOf(error), pauseMs });
  }

  /** It is due again at once, as if this attempt had not been. */
  released(job: LeasedJob): Promise<boolean> {
    return this.#end(job, { state: 'waiting', isCounted: false });
  }

  /** Makes jobs due again whose workers are dead. @returns how many there were. */
  async takeBackLost(): Promise<number> {
    const { rows } = await this.#catalog.query<Pick<LeasedJob, 'id' | 'lease'> & { losses: number }>(LOST);
    for (const job of rows) {
      const isLast = job.losses + 1 >= MAX_LOSSES;
      const failure = `The process that ran it died, or was out of reach, ${job.losses + 1} times.`;
      await this.#end(job, { state: isLast ? 'failed' : 'waiting', failure, isCounted: false, isLost: true });
    }
    if (rows.length > 0) await this.#catalog.query('select pg_catalog.pg_notify($1, $2)', [JOBS_CHANNEL, '']);
    return rows.length;
  }

  /** Removes what is of no use any more. @returns how many jobs of purged tenants were among it. */
  async sweep(keepDays: number): Promise<number> {
    for (;;) {
      const { rowCount } = await this.#catalog.query(REMOVE_ENDED, [keepDays]);
      if (rowCount !== SWEPT_AT_ONCE) break;
    }
    await this.#catalog.query(REMOVE_TURNS);
    await this.#catalog.query(REMOVE_NOBODYS_OUTBOXES);
    const { rowCount } = await this.#catalog.query(REMOVE_NOBODYS);
    return rowCount ?? 0;
  }

  /**
   * Makes a job for each active tenant if the schedule's time has come since the last look of any process. A new schedule begins
   * now; of times at which no worker ran, the last one is made up for.
   *
   * @param jitterMs - over which the jobs are spread.
   * @returns milliseconds until its next time.
   */
  fanOut(name: string, schedule: Cron, jitterMs = 0): Promise<number> {
    return this.#catalog.transaction(async (client) => {
      await client.query(CLAIM_SETTINGS);
      const { rows } = await client.query<{ schedule: string | null; since: Date; now: Date }>(
        'select schedule, scheduled_at as since, clock_timestamp() as now from rowhouse.job_queues where name = $1 for update',
        [name],
      );
      const {
        schedule: known,
        since,
        now,
      } = rows[0] ?? { schedule: null, since: new Date(), now: new Date() };
      const pattern = `${schedule.getPattern()} ${schedule.options.timezone}`;
      const isDue = known === pattern && (schedule.nextRun(since) ?? NEVER) <= now;
      if (isDue || known !== pattern)
        await client.query(
          'update rowhouse.job_queues set schedule = $2, scheduled_at = $3 where name = $1',
          [name, pattern, now],
        );
      if (isDue) {
        await client.query(FAN_OUT, [name, jitterMs]);
        await client.query('select pg_catalog.pg_notify($1, $2)', [JOBS_CHANNEL, '']);
      }
      return (schedule.nextRun(now) ?? NEVER).getTime() - now.getTime();
    });
  }

  async #end(
    { id, lease }: Pick<LeasedJob, 'id' | 'lease'>,
    {
      state,
      failure = null,
      pauseMs = 0,
      isCounted = true,
      isLost = false,
    }: {
      readonly state: 'waiting' | 'completed' | 'failed' | 'cancelled';
      readonly failure?: string | null;
      readonly pauseMs?: number;
      readonly isCounted?: boolean;
      readonly isLost?: boolean;
    },
  ): Promise<boolean> {
    const values = [id, lease, state, failure, pauseMs, isCounted, isLost];
    try {
      const { rowCount } = await this.#catalog.query(END, values);
      return rowCount === 1;
    } catch (error) {
      // unique_violation: another job with its key began to wait at the same moment, and is found now.
      if (sqlStateOf(error) !== '23505') throw error;
      const { rowCount } = await this.#catalog.query(END, values);
      return rowCount === 1;
    }
  }
}

/** PostgreSQL's type text cannot contain NUL characters, nor halves of surrogate pairs. */
function failureOf(error: unknown): string {
  return messageOf(error)
    .slice(0, MAX_FAILURE_LENGTH)
    .replaceAll('\0', '')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}
