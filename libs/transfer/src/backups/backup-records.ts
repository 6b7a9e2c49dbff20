import type { Catalog, Tenant } from '@rowhouse/core';
import { isTenantId } from '@rowhouse/core';
import { messageOf, runEach, type ScriptStatement } from '@rowhouse/core/internal';
import type pg from 'pg';
import { BackupConflictError, BackupNotFoundError } from '../errors.js';
import type { Backup, BackupFile, BackupKind, StoredBackup, WholeFile } from './backup.js';
import type { Keepable } from './retention.js';

type Client = Pick<pg.ClientBase, 'query'>;

/** For SELECT and FROM. */
export const BACKUP = `
  select b.id, b.tenant_id as "tenantId", b.slug, b.kind, b.file_id as "fileId",
         case when b.state = 'complete' and f.state <> 'whole' then 'damaged' else b.state end as state,
         b.taken_at as "takenAt", b.finished_at as "finishedAt", b.tables, b.row_count::float8 as rows,
         f.bytes::float8 as bytes, pg_catalog.encode(f.sha256, 'hex') as sha256,
         case when b.state = 'complete' then f.storage_key end as key, f.proven_at as "provenAt",
         coalesce(b.error, f.problem, f.proof_error) as error
    from rowhouse.backups b left join rowhouse.backup_files f on f.id = b.file_id`;

const FILE = 'id, tenant_id as "tenantId", storage_key as key, bytes::float8 as bytes, row_sums as "rowSums"';

/** What is written of a complete backup. */
export interface Completion {
  readonly takenAt: Date;
  readonly tables: number;
  readonly rows: number;
}

/** How the scheduled backups of tenants stand. */
export interface ScheduleState {
  /** Tenants that have a schedule. */
  readonly scheduled: number;
  /** Those whose last attempts failed. */
  readonly failing: number;
  /** Those that should have been backed up a quarter of an hour ago, and that no process is known to have tried. */
  readonly late: number;
  /** Those that have no good backup. */
  readonly withoutBackup: number;
  /** The oldest of their last good backups. */
  readonly oldestLastAt: Date | null;
}

/** The catalog's records of backups and of their files. */
export class BackupRecords {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** @param tenantId - of one tenant only. */
  async scheduleState(tenantId?: string): Promise<ScheduleState> {
    const { rows } = await this.#catalog.query<ScheduleState>(
      `select count(*)::int4 as scheduled, (count(*) filter (where s.failures > 0))::int4 as failing,
              (count(*) filter (where s.due_at < pg_catalog.now() - interval '15 minutes'))::int4 as late,
              (count(*) filter (where b.taken_at is null))::int4 as "withoutBackup", min(b.taken_at) as "oldestLastAt"
         from rowhouse.backup_schedule s
         left join lateral (
           select b.taken_at from rowhouse.backups b join rowhouse.backup_files f on f.id = b.file_id and f.state = 'whole'
            where b.tenant_id = s.tenant_id and b.state = 'complete' order by b.taken_at desc, b.id desc limit 1) b on true
        where s.tenant_id is not null and ($1::uuid is null or s.tenant_id = $1)`,
      [tenantId ?? null],
    );
    const [state] = rows;
    if (!state) throw new Error('The catalog has answered nothing.');
    return state;
  }

  async begin(id: string, tenant: Tenant, kind: BackupKind): Promise<void> {
    await this.#catalog.query(
      'insert into rowhouse.backups (id, tenant_id, slug, kind) values ($1, $2, $3, $4)',
      [id, tenant.id, tenant.slug, kind],
    );
  }

  /** Before anything is written to the storage. */
  async beginFile(backupId: string, { id, tenantId, key }: BackupFile): Promise<void> {
    await this.#catalog.transaction(async (client) => {
      await client.query(
        'insert into rowhouse.backup_files (id, tenant_id, storage_key) values ($1, $2, $3)',
        [id, tenantId, key],
      );
      await updateRunning(client, backupId, 'file_id = $2', [id]);
    });
  }

  /** The file has everything. */
  async completeWithNewFile(
    backupId: string,
    fileId: string,
    file: {
      readonly bytes: number;
      readonly sha256: Buffer;
      readonly content: Buffer;
      readonly rowSums: Buffer;
    },
    completion: Completion,
  ): Promise<void> {
    await this.#catalog.transaction(async (client) => {
      await client.query(
        `update rowhouse.backup_files set state = 'whole', bytes = $2, sha256 = $3, content = $4, row_sums = $5
          where id = $1 and state = 'writing'`,
        [fileId, file.bytes, file.sha256, file.content, file.rowSums],
      );
      await complete(client, backupId, fileId, completion);
    });
  }

  /** The file of an earlier backup has the same content. */
  async completeWithSameFile(backupId: string, fileId: string, completion: Completion): Promise<void> {
    await complete(this.#catalog, backupId, fileId, completion);
  }

  /** @returns the file that is to be removed, if one was begun. */
  fail(backupId: string, error: unknown): Promise<readonly BackupFile[]> {
    return this.#end("b.id = $1 and b.state = 'running'", [backupId, messageOf(error)]);
  }

  /**
   * Ends what processes left that have died. The caller holds the lock of the tenant.
   *
   * @returns the files that are to be removed.
   */
  async endAbandoned(tenantId: string): Promise<readonly BackupFile[]> {
    await this.#end("b.tenant_id = $1 and b.state = 'running'", [
      tenantId,
      'The process that made it ended.',
    ]);
    const { rows } = await this.#catalog.query<BackupFile>(
      `update rowhouse.backup_files set state = 'deleting' where tenant_id = $1 and state in ('writing', 'deleting') returning ${FILE}`,
      [tenantId],
    );
    return rows;
  }

  async #end(which: string, values: readonly [string, string]): Promise<readonly BackupFile[]> {
    return this.#catalog.transaction(async (client) => {
      const { rows: ended } = await client.query<{ fileId: string | null }>(
        `with ended as (select b.id, b.file_id from rowhouse.backups b where ${which} for update)
         update rowhouse.backups b set state = 'failed', error = $2, finished_at = pg_catalog.now(), file_id = null
           from ended e where b.id = e.id returning e.file_id as "fileId"`,
        [...values],
      );
      return markUnused(
        client,
        ended.map(({ fileId }) => fileId),
      );
    });
  }

  /** The latest whole file of the tenant with this content. */
  async fileWith(tenantId: string, content: Buffer): Promise<WholeFile | undefined> {
    const { rows } = await this.#catalog.query<WholeFile>(
      `select ${FILE} from rowhouse.backup_files
        where tenant_id = $1 and content = $2 and state = 'whole' and proof_error is null limit 1`,
      [tenantId, content],
    );
    return rows[0];
  }

  /** How many tables the last complete backup of a tenant has. */
  async lastTables(tenantId: string): Promise<number> {
    const { rows } = await this.#catalog.query<{ tables: number }>(
      "select tables from rowhouse.backups where tenant_id = $1 and state = 'complete' order by taken_at desc limit 1",
      [tenantId],
    );
    return rows[0]?.tables ?? 0;
  }

  async file(id: string): Promise<WholeFile> {
    const { rows } = await this.#catalog.query<WholeFile>(
      `select ${FILE} from rowhouse.backup_files where id = $1 and state in ('whole', 'damaged')`,
      [id],
    );
    if (!rows[0]) throw notFound(id);
    return rows[0];
  }

  /** All files of a tenant that backups are in. */
  async filesOf(tenantId: string): Promise<readonly WholeFile[]> {
    const { rows } = await this.#catalog.query<WholeFile>(
      `select ${FILE} from rowhouse.backup_files where tenant_id = $1 and state in ('whole', 'damaged')`,
      [tenantId],
    );
    return rows;
  }

  /** @param problem - `undefined` when the file is what was written. */
  async setProblem(fileId: string, problem: string | undefined): Promise<void> {
    await this.#catalog.query(
      `update rowhouse.backup_files set state = case when $2::text is null then 'whole' else 'damaged' end, problem = $2
        where id = $1 and state in ('whole', 'damaged')`,
      [fileId, problem ?? null],
    );
  }

  /** @param error - why a test restore failed; `undefined` when it did not. */
  async setProof(fileId: string, error: string | undefined): Promise<void> {
    await this.#catalog.query(
      `update rowhouse.backup_files set proof_error = $2,
              proven_at = case when $2::text is null then pg_catalog.now() end
        where id = $1 and state in ('whole', 'damaged')`,
      [fileId, error ?? null],
    );
  }

  /** Ids of backups whose files no test restore has proven, one for each file, the latest first. */
  async unproven(): Promise<readonly string[]> {
    const { rows } = await this.#catalog.query<{ id: string }>(
      `select (pg_catalog.array_agg(b.id order by b.taken_at desc))[1] as id
         from rowhouse.backup_files f join rowhouse.backups b on b.file_id = f.id
        where f.state = 'whole' and f.proven_at is null and b.state = 'complete'
        group by f.id order by pg_catalog.max(b.taken_at) desc`,
    );
    return rows.map(({ id }) => id);
  }

  /** @returns the files that are to be removed: those that no other backup is in. */
  delete(ids: readonly string[], audit: readonly ScriptStatement[] = []): Promise<readonly BackupFile[]> {
    return this.#catalog.transaction(async (client) => {
      const { rows } = await client.query<{ fileId: string | null }>(
        'delete from rowhouse.backups where id = any ($1) returning file_id as "fileId"',
        [ids],
      );
      await runEach(client, audit);
      return markUnused(
        client,
        rows.map(({ fileId }) => fileId),
      );
    });
  }

  /** It is no longer in the storage. */
  async forgetFile(id: string): Promise<void> {
    await this.#catalog.query("delete from rowhouse.backup_files where id = $1 and state = 'deleting'", [id]);
  }

  async find(id: string): Promise<Backup> {
    return publicPart(await this.#find(id));
  }

  /** @throws {BackupConflictError} when it has no file. */
  async findStored(id: string): Promise<StoredBackup> {
    const backup = await this.#find(id);
    if (!isStored(backup))
      throw new BackupConflictError(`The backup ${id} is ${backup.state}, so there is no file to read.`);
    return backup;
  }

  /** The newest backup of a tenant that can be restored, taken not later than a moment. */
  async newest(tenantId: string, moment: Date): Promise<Backup | undefined> {
    const { rows } = await this.#catalog.query<BackupRow>(
      `${BACKUP} where b.tenant_id = $1 and b.taken_at <= $2 and b.state = 'complete' and f.state = 'whole'
        order by b.taken_at desc, b.id desc limit 1`,
      [tenantId, moment],
    );
    return rows[0] && publicPart(rows[0]);
  }

  /** @param after - the page before ended with this. */
  async list(
    tenantId: string | undefined,
    limit: number,
    after: Pick<Backup, 'takenAt' | 'id'> | undefined,
  ): Promise<readonly Backup[]> {
    const { rows } = await this.#catalog.query<BackupRow>(
      `${BACKUP} where ($1::uuid is null or b.tenant_id = $1)
          and ($3::timestamptz is null or (b.taken_at, b.id) < ($3::timestamptz, $4::uuid))
        order by b.taken_at desc, b.id desc limit $2`,
      [tenantId ?? null, limit, after?.takenAt ?? null, after?.id ?? null],
    );
    return rows.map(publicPart);
  }

  /** The id of the tenant that has the slug, or else that had it when it was last backed up. */
  async tenantIdOf(slugOrId: string): Promise<string | undefined> {
    if (isTenantId(slugOrId)) return slugOrId;
    const { rows } = await this.#catalog.query<{ id: string }>(
      `select coalesce((select id from rowhouse.tenants where slug = $1),
                       (select tenant_id from rowhouse.backups where slug = $1 order by taken_at desc limit 1)) as id`,
      [slugOrId],
    );
    return rows[0]?.id ?? undefined;
  }

  /** Ids of the tenants that have backups, or files that are left of them. */
  async tenantIds(): Promise<readonly string[]> {
    const { rows } = await this.#catalog.query<{ id: string }>(
      'select tenant_id as id from rowhouse.backups union select tenant_id from rowhouse.backup_files order by 1',
    );
    return rows.map(({ id }) => id);
  }

  /** What a tenant has been backed up with by its schedule, and those attempts. */
  async scheduledOf(tenantId: string): Promise<readonly (Backup & Keepable)[]> {
    const { rows } = await this.#catalog.query<BackupRow & Pick<Keepable, 'hasFailedProof'>>(
      `select listed.*, f.proof_error is not null as "hasFailedProof" from (${BACKUP}) listed
         left join rowhouse.backup_files f on f.id = listed."fileId"
        where listed."tenantId" = $1 and listed.kind = 'scheduled'`,
      [tenantId],
    );
    return rows.map((row) => ({
      ...publicPart(row),
      hasFailedProof: row.hasFailedProof,
      isGood: row.state === 'complete',
    }));
  }

  /** Those of the keys that the catalog does not know. */
  async unknownOf(keys: readonly string[]): Promise<readonly string[]> {
    const { rows } = await this.#catalog.query<{ key: string }>(
      `select k.key from pg_catalog.unnest($1::text[]) k (key)
        where not exists (select from rowhouse.backup_files f where f.storage_key = k.key)`,
      [keys],
    );
    return rows.map(({ key }) => key);
  }

  async #find(id: string): Promise<BackupRow> {
    if (!isTenantId(id)) throw notFound(id);
    const { rows } = await this.#catalog.query<BackupRow>(`${BACKUP} where b.id = $1`, [id]);
    if (!rows[0]) throw notFound(id);
    return rows[0];
  }
}

export type BackupRow = Backup & { readonly fileId: string | null };

/** Without what only the storage is asked for. */
export function publicPart({ fileId: _, ...backup }: BackupRow): Backup {
  return backup;
}

function isStored(row: BackupRow): row is StoredBackup {
  return row.fileId !== null && row.key !== null && row.bytes !== null && row.sha256 !== null;
}

function notFound(id: string): BackupNotFoundError {
  return new BackupNotFoundError(`There is no backup ${id}.`);
}

function complete(
  client: Client,
  backupId: string,
  fileId: string,
  { takenAt, tables, rows }: Completion,
): Promise<void> {
  return updateRunning(
    client,
    backupId,
    "state = 'complete', file_id = $2, taken_at = $3, tables = $4, row_count = $5, finished_at = pg_catalog.now()",
    [fileId, takenAt, tables, rows],
  );
}

/** @throws {BackupConflictError} when another process has taken it for abandoned. */
async function updateRunning(
  client: Client,
  id: string,
  assignments: string,
  values: readonly unknown[],
): Promise<void> {
  const { rowCount } = await client.query(
    `update rowhouse.backups set ${assignments} where id = $1 and state = 'running'`,
    [id, ...values],
  );
  if (rowCount !== 1)
    throw new BackupConflictError('The backup was ended by another process, which took this one for dead.');
}

async function markUnused(client: Client, ids: readonly (string | null)[]): Promise<readonly BackupFile[]> {
  const { rows } = await client.query<BackupFile>(
    `update rowhouse.backup_files f set state = 'deleting'
      where id = any ($1::uuid[]) and not exists (select from rowhouse.backups b where b.file_id = f.id)
     returning ${FILE}`,
    [ids.filter((id) => id !== null)],
  );
  return rows;
}
