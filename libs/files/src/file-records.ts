import { randomUUID } from 'node:crypto';
import { OptionsInvalidError, TenantContext, type TenantQuotas, tenantLock } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { EntityManager } from 'typeorm';
import { FileNotFoundError } from './errors.js';
import { type FileState, TenantFile } from './tenant-file.entity.js';

/** Sums up the bytes of a tenant's files, where a plan has a quota of this name. */
const QUOTA = 'fileBytes';
/** Longer than a file is read, however large. What is claimed longer belongs to a process that has died. */
const CLAIM = "now() + interval '30 minutes'";
/** While an upload may still arrive, a claim that has lapsed is left alone: its place could be taken by something else. */
const IS_LAPSED = "(state = 'checking' and claimed_until < now() and upload_expires_at < now())";

export interface FileFilter {
  readonly module?: string | undefined;
  readonly isDeleted: boolean;
  /** The last one of the page before. */
  readonly after?: Pick<TenantFile, 'createdAt' | 'id'> | undefined;
  readonly limit: number;
}

/** How a check ended. */
export type Settlement = Pick<TenantFile, 'state' | 'reason' | 'sha256'>;

/** The rows of the files of the tenant in force. Each change is one statement that names the states it is for. */
export class FileRecords {
  readonly #registry: DataSourceRegistry;
  readonly #quotas: TenantQuotas;

  /** @throws {OptionsInvalidError} when the data source does not know the entity. */
  constructor(registry: DataSourceRegistry, quotas: TenantQuotas) {
    if (!registry.ambient.hasMetadata(TenantFile))
      throw new OptionsInvalidError('TenantFilesModule', [
        { field: 'typeorm.entities', expected: 'expected TenantFile of @rowhouse/files among the entities' },
      ]);
    this.#registry = registry;
    this.#quotas = quotas;
  }

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.#manager().transaction(work);
  }

  /** @throws {QuotaExceededError} when the tenant's files would have more bytes than its plan lets it have. */
  insert(file: TenantFile): Promise<void> {
    return this.transaction(async (manager) => {
      await this.#requireRoom(manager, file.sizeBytes);
      await manager.insert(TenantFile, file);
    });
  }

  async #requireRoom(manager: EntityManager, adding: number): Promise<void> {
    if (!this.#quotas.has(QUOTA) || this.#quotas.limitOf(QUOTA) === Number.POSITIVE_INFINITY) return;
    const { text, values } = tenantLock(`rowhouse:quota:${QUOTA}`);
    await manager.query(text, [...values]);
    const used = await manager
      .createQueryBuilder(TenantFile, 'file')
      .select('coalesce(sum(size_bytes), 0)', 'bytes')
      .where("state <> 'rejected'")
      .getRawOne<{ bytes: string }>();
    this.#quotas.requireRoom(QUOTA, Number(used?.bytes), adding);
  }

  /** @throws {FileNotFoundError} */
  async get(id: string): Promise<TenantFile> {
    const file = await this.find(id);
    if (!file) throw new FileNotFoundError();
    return file;
  }

  async find(id: string): Promise<TenantFile | null> {
    return isFileId(id) ? this.#manager().findOneBy(TenantFile, { id }) : null;
  }

  /** Latest first. */
  list({ module, isDeleted, after, limit }: FileFilter): Promise<TenantFile[]> {
    const query = this.#manager()
      .createQueryBuilder(TenantFile, 'file')
      .where("file.state not in ('purging')")
      .andWhere(isDeleted ? 'file.deletedAt is not null' : 'file.deletedAt is null')
      .orderBy('file.createdAt', 'DESC')
      .addOrderBy('file.id', 'DESC')
      .take(limit);
    if (module !== undefined) query.andWhere('file.module = :module', { module });
    if (after)
      query.andWhere('(file.createdAt, file.id) < (:createdAt::timestamptz, :id::uuid)', {
        createdAt: after.createdAt,
        id: after.id,
      });
    return query.getMany();
  }

  /** Takes an upload to check it. @returns the claim, or `undefined` when it is not there to be taken. */
  async claim(id: string): Promise<string | undefined> {
    const claim = randomUUID();
    const isClaimed = await this.#change(
      { state: 'checking', claim, claimedUntil: () => CLAIM },
      `id = :id and deleted_at is null and (state = 'pending' or ${IS_LAPSED})`,
      { id },
    );
    return isClaimed ? claim : undefined;
  }

  /** @returns false when somebody else has taken the file, or purged it. */
  settle(id: string, claim: string, settlement: Settlement, manager?: EntityManager): Promise<boolean> {
    return this.#change(
      { ...settlement, claim: null, claimedUntil: null },
      "id = :id and state = 'checking' and claim = :claim",
      { id, claim },
      manager,
    );
  }

  /** Gives an upload back that nobody has sent, or that could not be read. */
  async unclaim(id: string, claim: string): Promise<void> {
    await this.settle(id, claim, { state: 'pending', reason: null, sha256: null });
  }

  /** What the scanner says. @returns false when the file does not wait for it. */
  scanned(
    id: string,
    state: Extract<FileState, 'ready' | 'quarantined'>,
    reason: string | null,
    manager?: EntityManager,
  ): Promise<boolean> {
    return this.#change({ state, reason }, "id = :id and state = 'scanning'", { id }, manager);
  }

  /** @returns false when there is nothing to delete. */
  delete(id: string): Promise<boolean> {
    return this.#change(
      { deletedAt: () => 'now()' },
      "id = :id and deleted_at is null and state <> 'purging'",
      {
        id,
      },
    );
  }

  /** @returns false when there is nothing to restore. */
  restore(id: string): Promise<boolean> {
    return this.#change({ deletedAt: null }, "id = :id and deleted_at is not null and state <> 'purging'", {
      id,
    });
  }

  /** From here on a file is not served, and does not come back. @returns false while somebody checks it, or when it is gone. */
  beginPurge(id: string): Promise<boolean> {
    return this.#change(
      { state: 'purging', claim: null },
      `id = :id and (state <> 'checking' or ${IS_LAPSED})`,
      {
        id,
      },
    );
  }

  async endPurge(id: string): Promise<void> {
    await this.#manager().delete(TenantFile, { id, state: 'purging' });
  }

  /** Files whose next step is the clean-up's: it was left undone by a process that died, or its time has come. In the order of ids. */
  leftovers(retentionDays: number, afterId: string, limit: number): Promise<TenantFile[]> {
    return this.#manager()
      .createQueryBuilder(TenantFile, 'file')
      .where('file.id > :afterId', { afterId })
      .andWhere(
        `(state = 'purging'
          or (deleted_at is null and ${IS_LAPSED})
          or (deleted_at is null and state = 'scanning' and upload_expires_at < now())
          or (state in ('pending', 'rejected') and upload_expires_at < now() - interval '1 hour')
          or (deleted_at < now() - :days * interval '1 day' and (state <> 'checking' or ${IS_LAPSED})))`,
        { days: retentionDays },
      )
      .orderBy('file.id')
      .take(limit)
      .getMany();
  }

  /** Of these ids, those whose uploads are waited for. */
  async awaited(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const files = await this.#manager()
      .createQueryBuilder(TenantFile, 'file')
      .where("id = any(:ids) and state in ('pending', 'checking')", { ids })
      .getMany();
    return new Set(files.map(({ id }) => id));
  }

  /** The files with these ids. */
  async known(ids: readonly string[]): Promise<ReadonlyMap<string, TenantFile>> {
    if (ids.length === 0) return new Map();
    const files = await this.#manager()
      .createQueryBuilder(TenantFile, 'file')
      .where('id = any(:ids)', { ids })
      .getMany();
    return new Map(files.map((file) => [file.id, file]));
  }

  async #change(
    values: Record<string, unknown>,
    where: string,
    parameters: { readonly id: string; readonly claim?: string },
    manager = this.#manager(),
  ): Promise<boolean> {
    if (!isFileId(parameters.id)) return false;
    const { affected } = await manager
      .createQueryBuilder()
      .update(TenantFile)
      .set(values)
      .where(where, parameters)
      .execute();
    return affected === 1;
  }

  #manager(): EntityManager {
    return this.#registry.for(TenantContext.require()).manager;
  }
}

const isFileId = (id: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
