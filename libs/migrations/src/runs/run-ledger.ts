import type { Catalog } from '@rowhouse/core';
import { parseTenant } from '@rowhouse/core';
import { DEFAULT_PLACEMENT, lockKeyOf, type ScriptStatement, TENANT_COLUMNS } from '@rowhouse/core/internal';
import { z } from 'zod';
import { MigrationRunNotFoundError } from '../errors.js';
import { type Home, homeOf, rowsHomeOn, sharedHomeOn } from '../homes/home.js';
import { placementsInUse } from '../homes/placements-in-use.js';
import type { HomeResult, ParsedRunOptions, RunReport, RunState, RunWave } from './run-types.js';

/** A home in a run. */
export interface RunHome {
  readonly home: Home;
  /** From 1; 0 for the shared tables. */
  readonly wave: number;
  /** The migrations to run or to revert, in this order. */
  readonly names: readonly string[];
  /** The hash of the home's history in the catalog; `undefined` if the catalog has none. */
  readonly history: string | undefined;
}

interface NewRun {
  readonly id: string;
  readonly direction: 'up' | 'down';
  readonly options: ParsedRunOptions;
  readonly homes: readonly RunHome[];
}

interface RunRow extends Omit<RunReport, 'finishedAt' | 'message' | 'failures' | 'isLive'> {
  readonly id: string;
  readonly finishedAt: Date | null;
  readonly message: string | null;
}

interface HomeRow extends Omit<HomeResult, 'error' | 'durationMs'> {
  readonly error: string | null;
  readonly durationMs: number | null;
}

const RUNS = `select r.id, r.direction, r.state, r.message, r.started_at as "startedAt", r.finished_at as "finishedAt", c.*
  from rowhouse.migration_runs r
  cross join lateral (
    select count(*)::int as total, (count(*) filter (where h.state = 'done'))::int as done,
           (count(*) filter (where h.state = 'failed'))::int as failed,
           (count(*) filter (where h.state = 'skipped'))::int as skipped,
           (count(*) filter (where h.state = 'pending'))::int as pending
      from rowhouse.migration_run_homes h where h.run_id = r.id) c`;

const HOMES = `select label, state, names, error, attempts, duration_ms as "durationMs", wave
  from rowhouse.migration_run_homes`;

const MAX_FAILURES_SHOWN = 1_000;

/** The catalog's record of runs: their options and the state of each home. A process that continues a run starts from it. */
export class RunLedger {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** @returns false when a run with this id exists. */
  create({ id, direction, options, homes }: NewRun): Promise<boolean> {
    return this.#catalog.transaction(async (client) => {
      const { rowCount } = await client.query(
        `insert into rowhouse.migration_runs (id, direction, options) values ($1, $2, $3) on conflict do nothing`,
        [id, direction, JSON.stringify(options)],
      );
      if (rowCount === 0) return false;
      await client.query(
        `insert into rowhouse.migration_run_homes (run_id, home_id, label, wave, names)
         select $1, h.id, h.label, h.wave, array(select jsonb_array_elements_text(h.names))
           from unnest($2::uuid[], $3::text[], $4::int[], $5::jsonb[]) as h(id, label, wave, names)`,
        [
          id,
          homes.map(({ home }) => home.id),
          homes.map(({ home }) => home.label),
          homes.map(({ wave }) => wave),
          homes.map(({ names }) => JSON.stringify(names)),
        ],
      );
      return true;
    });
  }

  /** @throws {MigrationRunNotFoundError} */
  async find(id: string): Promise<RunReport> {
    if (!z.guid().safeParse(id).success) throw new MigrationRunNotFoundError();
    const { rows } = await this.#catalog.query<RunRow>(`${RUNS} where r.id = $1`, [id]);
    const [report] = await this.#reports(rows);
    if (!report) throw new MigrationRunNotFoundError();
    const failures =
      report.failed === 0 ? [] : await this.homes(id, { state: 'failed', limit: MAX_FAILURES_SHOWN });
    return { ...report, failures };
  }

  /**
   * The runs, latest first, without their failures.
   *
   * @param page.after - id of the last run of the previous page. If no such run exists, the page is empty.
   */
  async list({ limit, after }: { limit: number; after?: string | undefined }): Promise<readonly RunReport[]> {
    const { rows } = await this.#catalog.query<RunRow>(
      `${RUNS}
        where $2::uuid is null
           or (r.started_at, r.id) < (select started_at, id from rowhouse.migration_runs where id = $2)
        order by r.started_at desc, r.id desc limit $1`,
      [limit, after ?? null],
    );
    return this.#reports(rows);
  }

  async #reports(rows: readonly RunRow[]): Promise<readonly RunReport[]> {
    const running = rows.filter(({ state }) => state === 'running').map(({ id }) => lockKeyOf('run', id));
    const held = await this.#catalog.heldLocks(running);
    return rows.map(({ finishedAt, message, ...run }) => ({
      ...run,
      isLive: run.state === 'running' && held.has(lockKeyOf('run', run.id)),
      finishedAt: finishedAt ?? undefined,
      message: message ?? undefined,
      failures: [],
    }));
  }

  /** The homes of a run, sorted by label, which is unique within the run. */
  async homes(
    id: string,
    {
      state,
      limit = 100,
      after,
    }: { state?: HomeResult['state'] | undefined; limit?: number; after?: string | undefined },
  ): Promise<readonly HomeResult[]> {
    const { rows } = await this.#catalog.query<HomeRow>(
      `${HOMES} where run_id = $1 and ($2::text is null or state = $2) and ($3::text is null or label > $3)
        order by label limit $4`,
      [id, state ?? null, after ?? null, limit],
    );
    return rows.map(({ error, durationMs, ...home }) => ({
      ...home,
      error: error ?? undefined,
      durationMs: durationMs ?? undefined,
    }));
  }

  /** The waves of a run, in their order. */
  async waves(id: string): Promise<readonly RunWave[]> {
    const { rows } = await this.#catalog.query<RunWave>(
      `select h.wave, h.wave = 1 and r.options -> 'canary' is not null as "isCanary", count(*)::int as total,
              (count(*) filter (where h.state = 'done'))::int as done, (count(*) filter (where h.state = 'failed'))::int as failed,
              (count(*) filter (where h.state = 'skipped'))::int as skipped, (count(*) filter (where h.state = 'pending'))::int as pending
         from rowhouse.migration_run_homes h join rowhouse.migration_runs r on r.id = h.run_id
        where h.run_id = $1 group by h.wave, r.options order by h.wave`,
      [id],
    );
    return rows;
  }

  /** The pending homes, sorted by wave and label. Homes of tenants that no longer exist are marked as skipped. */
  async remaining(id: string): Promise<readonly RunHome[]> {
    const placements = [DEFAULT_PLACEMENT, ...(await placementsInUse(this.#catalog))];
    const common = new Map(
      placements
        .flatMap((placement) => [rowsHomeOn(placement), sharedHomeOn(placement)])
        .map((home) => [home.id, home]),
    );
    await this.#catalog.query(
      `update rowhouse.migration_run_homes h set state = 'skipped', finished_at = pg_catalog.now()
        where run_id = $1 and state = 'pending' and home_id <> all($2)
          and not exists (select from rowhouse.tenants t where t.id = h.home_id)`,
      [id, [...common.keys()]],
    );
    const { rows } = await this.#catalog.query(
      `select h.home_id as "homeId", h.wave, h.names, k.history, ${TENANT_COLUMNS}
         from rowhouse.migration_run_homes h
         left join rowhouse.tenants t on t.id = h.home_id
         left join rowhouse.homes k on k.id = h.home_id
        where h.run_id = $1 and h.state = 'pending' order by h.wave, h.label`,
      [id],
    );
    return rows.map(({ homeId, wave, names, history, ...tenant }) => ({
      home: common.get(homeId) ?? homeOf(parseTenant(tenant)),
      wave,
      names,
      history: history ?? undefined,
    }));
  }

  async optionsOf(id: string): Promise<{ direction: 'up' | 'down'; options: ParsedRunOptions } | undefined> {
    const { rows } = await this.#catalog.query<{ direction: 'up' | 'down'; options: ParsedRunOptions }>(
      'select direction, options from rowhouse.migration_runs where id = $1',
      [id],
    );
    return rows[0];
  }

  /** Sets a run that has ended to `running` again; with `retry` its failed homes become pending. */
  async reopen(id: string, { retry }: { retry: boolean }): Promise<void> {
    await this.#catalog.transaction(async (client) => {
      await client.query(
        `update rowhouse.migration_runs set state = 'running', message = null, cancel_requested_at = null, finished_at = null
          where id = $1`,
        [id],
      );
      if (!retry) return;
      await client.query(
        `update rowhouse.migration_run_homes set state = 'pending', error = null, finished_at = null
          where run_id = $1 and state = 'failed'`,
        [id],
      );
    });
  }

  /** Marks homes as done, in the transaction of their last migration. */
  doneStatement(
    runId: string,
    homes: readonly Home[],
    attempts: number,
    names: readonly string[],
  ): ScriptStatement {
    return {
      text: 'select rowhouse.note_done($1, $2, $3, $4)',
      values: [runId, homes.map(({ id }) => id), attempts, names],
    };
  }

  async skip(runId: string, home: Home): Promise<void> {
    await this.#catalog.query(
      `update rowhouse.migration_run_homes set state = 'skipped', finished_at = pg_catalog.now()
        where run_id = $1 and home_id = $2`,
      [runId, home.id],
    );
  }

  async fail(runId: string, home: Home, attempts: number, error: string, durationMs: number): Promise<void> {
    await this.#catalog.query(
      `update rowhouse.migration_run_homes set state = 'failed', attempts = $3, error = $4, duration_ms = $5,
         finished_at = pg_catalog.now()
        where run_id = $1 and home_id = $2`,
      [runId, home.id, attempts, error, durationMs],
    );
  }

  async finish(id: string, state: RunState, message: string | undefined): Promise<void> {
    await this.#catalog.query(
      `update rowhouse.migration_runs set state = $2, message = $3, finished_at = pg_catalog.now() where id = $1`,
      [id, state, message ?? null],
    );
  }

  async requestCancel(id: string): Promise<void> {
    await this.#catalog.query(
      `update rowhouse.migration_runs set cancel_requested_at = coalesce(cancel_requested_at, pg_catalog.now())
        where id = $1 and state = 'running'`,
      [id],
    );
  }

  async isCancelRequested(id: string): Promise<boolean> {
    const { rows } = await this.#catalog.query<{ asked: boolean }>(
      'select cancel_requested_at is not null as asked from rowhouse.migration_runs where id = $1',
      [id],
    );
    return rows[0]?.asked ?? true;
  }
}
