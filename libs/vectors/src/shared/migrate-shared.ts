import { type Tenant, TenantContext } from '@rowhouse/core';
import type { NewVectorRecord } from '../records/vector-record.js';
import type { TenantCollection } from '../tenant-collection.js';

/** A collection of the time before tenants, with records of all of them. */
export interface SharedCollection {
  /** As the audit trail calls it. */
  readonly name: string;
  /**
   * A page of records, in an order that stays as it is.
   *
   * @param after - `next` of the page before; `undefined` for the first.
   */
  read(
    after: string | undefined,
    limit: number,
  ): Promise<{ readonly records: readonly NewVectorRecord[]; readonly next: string | undefined }>;
}

/** What this run has done. */
export interface SharedMigrationProgress {
  /** How many records were copied, and how many belong to no tenant. */
  readonly copied: number;
  readonly skipped: number;
  /** Where to go on: everything before it is stored. `undefined` when all is done. */
  readonly next: string | undefined;
}

export interface SharedMigrationOptions {
  readonly from: SharedCollection;
  /** The name of the collection that each tenant gets. */
  readonly to: string;
  /** Whose the records are: one tenant's, or what the function says of each. Those of `undefined` stay where they are. */
  readonly tenant: Tenant | ((record: NewVectorRecord) => Tenant | undefined | Promise<Tenant | undefined>);
  /** Goes on behind a {@link SharedMigrationProgress.next}. Default: from the beginning. */
  readonly after?: string | undefined;
  /** Called after each 500 records, when they are stored; it is waited for. */
  readonly onProgress?: ((progress: SharedMigrationProgress) => void | Promise<void>) | undefined;
}

const PAGE = 500;

/** @param collection - where the records go, for whichever tenant is in force. */
export function migrateShared(
  collection: TenantCollection,
  { from, tenant, after, onProgress }: SharedMigrationOptions,
): Promise<SharedMigrationProgress> {
  const tenantOf = typeof tenant === 'function' ? tenant : () => tenant;
  const copyPage = async (records: readonly NewVectorRecord[]) => {
    const byTenant = new Map<string, { owner: Tenant; own: NewVectorRecord[] }>();
    for (const record of records) {
      const owner = await tenantOf(record);
      if (!owner) continue;
      const { own } = byTenant.get(owner.id) ?? { own: [] };
      byTenant.set(owner.id, { owner, own: [...own, record] });
    }
    let copied = 0;
    for (const { owner, own } of byTenant.values()) {
      await TenantContext.run(owner, () => collection.upsert(own));
      copied += own.length;
    }
    return copied;
  };
  return TenantContext.runAsSystem(`give the records of ${from.name} to their tenants`, async () => {
    let progress: SharedMigrationProgress = { copied: 0, skipped: 0, next: after };
    do {
      const { records, next } = await from.read(progress.next, PAGE);
      const copied = await copyPage(records);
      progress = {
        copied: progress.copied + copied,
        skipped: progress.skipped + records.length - copied,
        next,
      };
      await onProgress?.(progress);
    } while (progress.next !== undefined);
    return progress;
  });
}
