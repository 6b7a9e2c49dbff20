import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations';
import type { OperatorRole } from '@rowhouse/nestjs/operator';
import type { ArchiveReading, ArchiveWriting, Masks, TenantBackups, TenantRecords } from '@rowhouse/transfer';
import type { z } from 'zod';
import type { OperationControl } from '../operations/operation.js';
import type { ArchiveFiles } from './archive-files.js';
import type { Exports } from './exports/exports.js';
import type { Uploads } from './uploads/uploads.js';

/** What transfers work with. */
export interface TransferParts {
  readonly fleet: Fleet;
  readonly files: ArchiveFiles;
  readonly exports: Exports;
  readonly uploads: Uploads;
  /** Of clones, by name. */
  readonly masks: Readonly<Record<string, Masks>>;
  /** Of archives. */
  readonly records: TenantRecords;
  /** Secret keys that open uploads, by name. */
  readonly identities: Readonly<Record<string, string>>;
  /** Who signs archives, and whose signatures are trusted. */
  readonly archives: Pick<ArchiveWriting, 'signWith'> & Pick<ArchiveReading, 'trustedKeys'>;
  /** `undefined` where the application has none. */
  readonly backups: TenantBackups | undefined;
}

/**
 * Long work on one tenant: an operation, and the route `POST tenants/:tenant/<route>` that begins it. A new one is a file that makes
 * such an object, and a place in {@link TRANSFER_KINDS}.
 */
export interface TransferKind<Body = unknown> {
  /** Of the operation: `export`. */
  readonly name: string;
  /** Below the tenant: `exports`. */
  readonly route: string;
  /** A sentence for the OpenAPI document. */
  readonly summary: string;
  /** The body of the request. The catalog keeps what it makes of it, and reads that by it again. */
  readonly body: z.ZodType<Body>;
  /** The role that the route needs. Default `operator`. */
  readonly role?: OperatorRole;
  /** Whether a body asks for what only owners may, where the route needs less. */
  readonly isForOwners?: (body: Body) => boolean;
  /**
   * Refuses what cannot be, before an operation begins.
   *
   * @param id - of the operation.
   * @returns the body as the catalog keeps it.
   */
  readonly prepare?: (parts: TransferParts, tenant: Tenant, body: Body, id: string) => Promise<Body> | Body;
  /**
   * Does the work, from its beginning or from where a process that is gone has left it (`control.isResumed`).
   *
   * @returns the result of the operation, as JSON.
   */
  readonly run: (
    parts: TransferParts,
    tenant: Tenant,
    body: Body,
    control: OperationControl,
  ) => Promise<unknown>;
  /** Undoes what was begun, after a cancel. Left out, the kind cannot be cancelled. */
  readonly cancel?: (
    parts: TransferParts,
    tenant: Tenant,
    body: Body,
    control: OperationControl,
  ) => Promise<void>;
}
