import { type Actor, type Catalog, isTenantId, TENANT_ISOLATIONS } from '@rowhouse/core';
import {
  auditStatement,
  parseOptions,
  requireActor,
  runEach,
  sqlStateOf,
  UNHANDLED_JOBS,
} from '@rowhouse/core/internal';
import type pg from 'pg';
import { z } from 'zod';
import { JobConflictError, JobNotFoundError, JobsNeedOwnerError, refuseUnderEntry } from './errors.js';
import {
  enqueueOptionsSchema,
  JOB_STATES,
  type JobCounts,
  type JobOptions,
  type JobRecord,
  type JobState,
  jobDataSchema,
  jobNameSchema,
  type UnhandledJobs,
} from './job.js';

/** Which jobs are listed. What is left out does not restrict the list. */
export interface JobListOptions {
  /** The tenant's id. */
  readonly tenant?: string | undefined;
  readonly name?: string | undefined;
  readonly state?: JobState | undefined;
  /** At most 1,000. Default 100. */
  readonly limit?: number | undefined;
  /** Of the page before. */
  readonly cursor?: string | undefined;
}

/** A page of jobs, latest first. */
export interface JobPage {
  readonly jobs: readonly JobRecord[];
  /** Of the next page; `undefined` on the last one. */
  readonly nextCursor: string | undefined;
}

/** Which of the active tenants get a job. What is left out does not restrict them. */
export interface JobTenants {
  readonly plan?: string | undefined;
  readonly placement?: string | undefined;
  readonly isolation?: (typeof TENANT_ISOLATIONS)[number] | undefined;
}

const listOptionsSchema = z.strictObject({
  tenant: z.string().refine(isTenantId, 'expected the id of a tenant').optional(),
  name: jobNameSchema.optional(),
  state: z.enum(JOB_STATES).optional(),
  limit: z.int().min(1).max(1_000).default(100),
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, 'expected nextCursor of a page')
    .optional(),
});

const tenantsSchema = z.strictObject({
  plan: z.string().optional(),
  placement: z.string().optional(),
  isolation: z.enum(TENANT_ISOLATIONS).optional(),
});

const COLUMNS = `j.id, j.tenant_id as "tenantId", t.slug as "tenantSlug", j.name, j.state,
  j.state = 'waiting' and coalesce(t.status <> 'active', true) as "isHeld", -j.urgency as priority, j.singleton_key as "singletonKey",
  j.attempts, j.failure, j.created_at as "createdAt", j.run_at as "runAt", j.started_at as "startedAt", j.ended_at as "endedAt"`;
const JOBS = 'rowhouse.jobs j left join rowhouse.tenants t on t.id = j.tenant_id';

// A job that waits already with the key is left as it is, as with a single one.
const INSERT_FOR_EACH = `
with made as (
  insert into rowhouse.jobs (tenant_id, name, data, run_at, urgency, retries, singleton_key)
  select t.id, $1::text, $2::jsonb, coalesce($3::timestamptz, now()), $4::int2, $5::int2, $6::text from rowhouse.tenants t
   where t.status = 'active' and ($7::text is null or t.plan = $7::text) and ($8::text is null or t.placement = $8)
     and ($9::text is null or t.isolation = $9)
  on conflict (tenant_id, name, singleton_key) where state = 'waiting' and singleton_key is not null do nothing
  returning 1)
select count(*)::int as made, pg_catalog.pg_notify('rowhouse_jobs', '') from made`;

const COUNTS = `
select j.name, count(*) filter (where j.state = 'waiting')::int as waiting,
       count(*) filter (where j.state = 'waiting' and t.status is distinct from 'active')::int as held,
       ${JOB_STATES.filter((state) => state !== 'waiting')
         .map((state) => `count(*) filter (where j.state = '${state}')::int as ${state}`)
         .join(', ')}
  from ${JOBS} where $1::uuid is null or j.tenant_id = $1 group by j.name order by j.name`;

const CANCEL = `
update rowhouse.jobs
   set state = case state when 'waiting' then 'cancelled' else state end,
       ended_at = case state when 'waiting' then now() else ended_at end,
       cancel_requested = state = 'running'
 where id = $1 and state in ('waiting', 'running') and not cancel_requested
returning tenant_id as "tenantId", state`;

const RETRY = `
update rowhouse.jobs
   set state = 'waiting', run_at = now(), attempts = 0, losses = 0, cancel_requested = false, failure = null, ended_at = null
 where id = $1 and state in ('failed', 'cancelled')
returning tenant_id as "tenantId"`;

/** The channel that workers listen to: the id of a job that is to be cancelled, or nothing, when jobs are due. */
export const JOBS_CHANNEL = 'rowhouse_jobs';

/** The jobs of all tenants, in the catalog, for the login that owns it. */
export class JobLedger {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** A job with its data. @throws {JobNotFoundError} */
  async get(id: string): Promise<JobRecord & { readonly data: unknown }> {
    requireJobId(id);
    const { rows } = await this.#catalog.query(`select ${COLUMNS}, j.data from ${JOBS} where j.id = $1`, [
      id,
    ]);
    if (!rows[0]) throw new JobNotFoundError();
    return rows[0];
  }

  /** @throws {OptionsInvalidError} */
  async list(options: JobListOptions = {}): Promise<JobPage> {
    const parsed = parseOptions('jobs.list', listOptionsSchema, options);
    const { tenant, name, state, limit, cursor } = parsed;
    const { rows } = await this.#catalog.query<JobRecord & { seq: string }>(
      `select ${COLUMNS}, j.seq from ${JOBS}
        where ($1::uuid is null or j.tenant_id = $1) and ($2::text is null or j.name = $2)
          and ($3::text is null or j.state = $3) and ($4::int8 is null or j.seq < $4)
        order by j.seq desc limit $5`,
      [tenant ?? null, name ?? null, state ?? null, cursor ?? null, limit + 1],
    );
    const page = rows.slice(0, limit);
    return {
      jobs: page.map(({ seq: _, ...job }) => job),
      nextCursor: rows.length > limit ? page.at(-1)?.seq : undefined,
    };
  }

  /** Counts the jobs of each name. @param tenant - the id of one tenant; left out, of all. @throws {OptionsInvalidError} */
  async counts({ tenant }: Pick<JobListOptions, 'tenant'> = {}): Promise<readonly JobCounts[]> {
    parseOptions('jobs.counts', listOptionsSchema.pick({ tenant: true }), { tenant });
    const { rows } = await this.#catalog.query<JobCounts>(COUNTS, [tenant ?? null]);
    return rows;
  }

  /** Jobs that have been due for a minute, under names that no worker has handled for half an hour. */
  async unhandled(): Promise<readonly UnhandledJobs[]> {
    const { rows } = await this.#catalog.query<UnhandledJobs>(UNHANDLED_JOBS);
    return rows;
  }

  /** How many jobs of a tenant are waiting. */
  async waitingOf(tenantId: string): Promise<number> {
    const { rows } = await this.#catalog.query<{ waiting: number }>(
      `select pg_catalog.count(*)::int4 as waiting from rowhouse.jobs where tenant_id = $1 and state = 'waiting'`,
      [tenantId],
    );
    return rows[0]?.waiting ?? Number.NaN;
  }

  /**
   * Enqueues one job for each active tenant, or for those of a plan, a placement or an isolation, all at once or none.
   *
   * @returns how many were made.
   * @throws {OptionsInvalidError}
   * @throws {JobsNeedOwnerError} with a login that does not own the catalog, as the other changes.
   * @throws {JobRefusedError} under an operator's entry, as the other changes.
   */
  async enqueueForEach(
    tenants: JobTenants,
    name: string,
    data: unknown,
    options: JobOptions = {},
  ): Promise<number> {
    const { plan, placement, isolation } = parseOptions('jobs.enqueueForEach', tenantsSchema, tenants);
    refuseUnderEntry();
    const values = jobValues('jobs.enqueueForEach', name, data, options);
    const { rows } = await this.#catalog
      .query<{ made: number }>(INSERT_FOR_EACH, [
        ...values,
        plan ?? null,
        placement ?? null,
        isolation ?? null,
      ])
      .catch(explainPrivilege);
    return rows[0]?.made ?? 0;
  }

  /**
   * Cancels a job. One that waits ends at once. Of one that runs, the signal is aborted, on whichever instance runs it, and it ends as
   * `cancelled` if its handler then throws.
   *
   * @throws {JobNotFoundError}
   * @throws {JobConflictError} when it has ended.
   */
  cancel(id: string, { by }: { readonly by?: Actor } = {}): Promise<JobRecord> {
    return this.#change(id, CANCEL, 'job.cancelled', by, (state) => `The job has ended: it is ${state}.`);
  }

  /**
   * Runs a job again that has failed or was cancelled, with all its retries.
   *
   * @throws {JobNotFoundError}
   * @throws {JobConflictError} when it has not ended, has completed, or another job with its singleton key is waiting.
   */
  async retry(id: string, { by }: { readonly by?: Actor } = {}): Promise<JobRecord> {
    try {
      return await this.#change(
        id,
        RETRY,
        'job.retried',
        by,
        (state) => `Only failed and cancelled jobs are run again, and this one is ${state}.`,
      );
    } catch (error) {
      // unique_violation
      if (sqlStateOf(error) !== '23505') throw error;
      throw new JobConflictError('Another job of the tenant with the same singleton key is waiting already.');
    }
  }

  async #change(
    id: string,
    statement: string,
    action: string,
    by: Actor | undefined,
    refusal: (state: JobState) => string,
  ): Promise<JobRecord> {
    refuseUnderEntry();
    requireActor(by);
    requireJobId(id);
    const change = async (client: pg.PoolClient) => {
      const { rows } = await client.query<{ tenantId: string }>(statement, [id]);
      const [changed] = rows;
      if (!changed) return false;
      await runEach(client, [
        auditStatement({ action, tenantId: changed.tenantId, target: id, by }),
        { text: 'select pg_catalog.pg_notify($1, $2)', values: [JOBS_CHANNEL, id] },
      ]);
      return true;
    };
    const isChanged = await this.#catalog.transaction(change).catch(explainPrivilege);
    const { data: _, ...job } = await this.get(id);
    // What is being cancelled already is left as it is.
    if (!isChanged && !(statement === CANCEL && job.state === 'running'))
      throw new JobConflictError(refusal(job.state));
    return job;
  }
}

/** insufficient_privilege */
function explainPrivilege(error: unknown): never {
  throw sqlStateOf(error) === '42501' ? new JobsNeedOwnerError(error) : error;
}

function requireJobId(id: string): void {
  if (!isTenantId(id)) throw new JobNotFoundError();
}

/**
 * The values of a job's columns, as statements take them.
 *
 * @param method - for which they are checked.
 * @throws {OptionsInvalidError}
 */
export function jobValues(method: string, name: string, data: unknown, options: JobOptions): unknown[] {
  parseOptions(method, z.strictObject({ name: jobNameSchema, data: jobDataSchema }), { name, data });
  const parsed = parseOptions(method, enqueueOptionsSchema, options);
  const { startAfter, priority, retries, singletonKey } = parsed;
  return [
    name,
    JSON.stringify(data),
    startAfter ?? null,
    // Zero has no sign in PostgreSQL, and a minus before it in JavaScript.
    0 - priority,
    retries ?? null,
    singletonKey ?? null,
  ];
}
