import type { Catalog } from '@rowhouse/core';
import { MIGRATED_STATUSES } from '@rowhouse/migrations/internal';
import type { BackupSettings } from '../backup-options.js';
import { nextTime } from './next-time.js';

const BATCH = 1_000;
const RETRY_MS = 5 * 60_000;
const NEVER = '';

/** When a storage is compared with the catalog, and old backups go. */
const PRUNE_SCHEDULE = '15 4 * * *';

export interface DueTask {
  /** The id of a tenant that is to be backed up, or what is to be done for all. */
  readonly task: string;
  readonly tenantId: string | null;
  readonly schedule: string;
}

/** Which task is due when, in the catalog, so that any process can run it and none is lost with one. */
export class DueTasks {
  readonly #catalog: Catalog;
  readonly #settings: BackupSettings;

  constructor(catalog: Catalog, settings: BackupSettings) {
    this.#catalog = catalog;
    this.#settings = settings;
  }

  /** Brings the tasks up to date with the settings and the tenants. One whose schedule stays keeps its time. */
  async update(now: Date): Promise<void> {
    const { prove } = this.#settings;
    await this.#set(
      [
        { task: 'prune', tenantId: null, schedule: PRUNE_SCHEDULE },
        ...(prove === false ? [] : [{ task: 'prove', tenantId: null, schedule: prove }]),
      ],
      now,
    );
    if (prove === false)
      await this.#catalog.query("delete from rowhouse.backup_schedule where task = 'prove'");
    await this.#catalog.query(
      `delete from rowhouse.backup_schedule s using (${this.#wanted}) w
      where s.tenant_id = w."tenantId" and w.schedule = $5`,
      [...this.#policies, NEVER],
    );
    for (;;) {
      const { rows } = await this.#catalog.query<DueTask>(
        `select w."tenantId"::text as task, w."tenantId", w.schedule from (${this.#wanted}) w
           left join rowhouse.backup_schedule s on s.tenant_id = w."tenantId"
          where w.schedule <> $5 and s.schedule is distinct from w.schedule || $6 limit ${BATCH}`,
        [...this.#policies, NEVER, this.#zone],
      );
      await this.#set(rows, now);
      if (rows.length < BATCH) return;
    }
  }

  /** The first tasks that are due, those for all tenants last. @param but - names of tasks that are passed over. */
  async due(now: Date, but: readonly string[]): Promise<readonly DueTask[]> {
    const { rows } = await this.#catalog.query<DueTask>(
      `select task, tenant_id as "tenantId", schedule from rowhouse.backup_schedule
        where due_at <= $1 and task <> all ($2) order by tenant_id is null, due_at, task limit ${BATCH}`,
      [now, but],
    );
    return rows;
  }

  /** Whether it is still due: another process may have run it. */
  async isDue({ task }: DueTask, now: Date): Promise<boolean> {
    const { rowCount } = await this.#catalog.query(
      'select from rowhouse.backup_schedule where task = $1 and due_at <= $2',
      [task, now],
    );
    return rowCount === 1;
  }

  /** However often its time came while nobody ran it, it ran once. */
  async done(task: DueTask, now: Date): Promise<void> {
    await this.#catalog.query(
      'update rowhouse.backup_schedule set due_at = $2, failures = 0 where task = $1',
      [task.task, this.#next(task, now)],
    );
  }

  /** It is run again after 5 minutes, 10, 20 …, at the latest at its next time. */
  async failed(task: DueTask, now: Date): Promise<void> {
    await this.#catalog.query(
      `update rowhouse.backup_schedule
          set failures = failures + 1,
              due_at = least($2, $3::timestamptz + pg_catalog.make_interval(secs => $4 * 2 ^ least(failures, 10)))
        where task = $1`,
      [task.task, this.#next(task, now), now, RETRY_MS / 1_000],
    );
  }

  /** The tenants that are in use, with their schedules. One that was made suspended is, once it has been activated. */
  get #wanted(): string {
    return `select t.id as "tenantId",
                   case when t.status = any ($1) and not exists (select from rowhouse.tenants_made_suspended m where m.tenant_id = t.id)
                        then coalesce($2::jsonb ->> t.slug, $3::jsonb ->> t.plan, $4) else '${NEVER}' end as schedule
              from rowhouse.tenants t`;
  }

  get #policies(): readonly unknown[] {
    const { schedule, plans, tenants } = this.#settings;
    const schedulesOf = (policies: BackupSettings['plans']) =>
      Object.fromEntries(
        Object.entries(policies)
          .filter(([, policy]) => policy.schedule !== undefined)
          .map(([name, policy]) => [name, policy.schedule || NEVER]),
      );
    return [
      MIGRATED_STATUSES,
      JSON.stringify(schedulesOf(tenants)),
      JSON.stringify(schedulesOf(plans)),
      schedule || NEVER,
    ];
  }

  /** A schedule means another time in another time zone. */
  get #zone(): string {
    return ` ${this.#settings.timeZone}`;
  }

  async #set(tasks: readonly DueTask[], now: Date): Promise<void> {
    if (tasks.length === 0) return;
    const rows = tasks.map((one) => ({
      task: one.task,
      tenant_id: one.tenantId,
      schedule: one.schedule + this.#zone,
      due_at: this.#next(one, now),
    }));
    await this.#catalog.query(
      `insert into rowhouse.backup_schedule as s (task, tenant_id, schedule, due_at)
         select r.task, r.tenant_id, r.schedule, r.due_at
           from pg_catalog.jsonb_to_recordset($1) r (task text, tenant_id uuid, schedule text, due_at timestamptz)
          where r.tenant_id is null or exists (select from rowhouse.tenants t where t.id = r.tenant_id)
         on conflict (task) do update set schedule = excluded.schedule, due_at = excluded.due_at, failures = 0
          where s.schedule <> excluded.schedule`,
      [JSON.stringify(rows)],
    );
  }

  #next({ task, schedule }: DueTask, after: Date): Date {
    const { timeZone, spreadMinutes } = this.#settings;
    const cron = schedule.trim().split(/\s+/).slice(0, 5).join(' ');
    return nextTime({ cron, timeZone, spreadMs: spreadMinutes * 60_000 }, task, after);
  }
}
