import type { Actor, Catalog, Tenant } from '@rowhouse/core';
import type { OnConflict } from '../merge/merge.js';
import type { ArchivedRecords, RecordKind } from './archived-records.js';

/** What a transaction of the catalog runs statements on. */
type CatalogClient = Parameters<Parameters<Catalog['transaction']>[0]>[0];

/** What is read of a tenant. */
export interface ReadRecords {
  readonly records: ArchivedRecords;
  /** JSON that is another one when a record is. It says nothing of secrets. */
  readonly revision: unknown;
}

/** What became of the records of one kind. */
export interface WrittenRecords {
  readonly kind: RecordKind;
  /** New, or over others. */
  readonly written: number;
  /** Were there already. */
  readonly same: number;
  /** The tenant has others in their place, which stay. */
  readonly skipped: number;
  /** Domains that another tenant has or that are too many, and secrets that the archive does not have. */
  readonly leftOut: readonly string[];
}

export interface RecordsControl {
  /** `remap` is as `fail`: there are no other keys for these. */
  readonly onConflict: OnConflict;
  readonly by: Actor | undefined;
}

/** Records of an archive that fit the app. */
export interface PreparedRecords {
  /**
   * Writes them for one tenant, which nobody else changes until the end of the transaction.
   *
   * @throws {TransferConflictError} as `onConflict` says.
   */
  write(client: CatalogClient, tenant: Tenant, control: RecordsControl): Promise<readonly WrittenRecords[]>;
  /** They are committed: what this process holds of them in memory is dropped. */
  written(tenant: Tenant): void;
}

/**
 * Settings, domains, members and overrides of tenants, as archives hold them. What an app has of them it declares to `@rowhouse/admin`, whose
 * `CatalogRecords` is one of these.
 */
export abstract class TenantRecords {
  /** Those that the app has. */
  abstract readonly kinds: readonly RecordKind[];

  /**
   * Reads them at one moment, each in an order of its own.
   *
   * @param options.isEncrypted - whether secrets may be among them.
   */
  abstract read(
    tenant: Tenant,
    kinds: readonly RecordKind[],
    options: { readonly isEncrypted: boolean },
  ): Promise<ReadRecords>;

  /**
   * Checks them, before anything is changed.
   *
   * @param into - the tenant that gets them; `undefined` for one that is to be made.
   * @throws {RowhouseError} when they are not what the app allows.
   */
  abstract prepare(records: ArchivedRecords, into: Tenant | undefined): Promise<PreparedRecords>;
}
