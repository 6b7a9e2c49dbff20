import type { Tenant } from '@rowhouse/core';
import type { ArchivedRecords, RecordKind, RecordsControl, WrittenRecords } from '@rowhouse/transfer';
import type { CatalogClient } from '../domains/domain.js';

type Archived<Kind extends RecordKind> = NonNullable<ArchivedRecords[Kind]>;

/** What is in an archive of one kind, and JSON that is another one when that is, and says nothing of secrets. */
export interface ReadKind<Kind extends RecordKind> {
  readonly content: Archived<Kind>;
  readonly revision: unknown;
}

/** Writes what was checked, for one tenant. */
export interface PreparedKind {
  readonly write: (
    client: CatalogClient,
    tenant: Tenant,
    control: RecordsControl,
  ) => Promise<Omit<WrittenRecords, 'kind'>>;
  /** It is committed. */
  readonly written?: (tenant: Tenant) => void;
}

/** How one kind of records gets into archives, and out of them. */
export interface ArchivedKind<Kind extends RecordKind> {
  /**
   * Reads them in a snapshot of the catalog.
   *
   * @returns what makes them ready for the archive when that is over: it may ask services of keys.
   */
  readonly read: (
    client: CatalogClient,
    tenant: Tenant,
    options: { readonly isEncrypted: boolean },
  ) => Promise<() => ReadKind<Kind> | Promise<ReadKind<Kind>>>;
  /** @throws {RowhouseError} when they are not what the app allows. */
  readonly prepare: (
    content: Archived<Kind>,
    into: Tenant | undefined,
  ) => PreparedKind | Promise<PreparedKind>;
}
