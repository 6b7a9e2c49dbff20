import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Tenant } from '../tenant.js';

/** Columns of a row, as texts that PostgreSQL writes with the date style ISO; `null` for NULL. */
export type CompanionRow = Readonly<Record<string, string | null>>;

/** What a row says of its content. */
export interface CompanionContent {
  readonly sizeBytes: number;
  /** SHA-256, in hexadecimal. */
  readonly sha256: string;
}

export interface CompanionCount {
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Content of tenants that is not in PostgreSQL, and that rows of one table name: files in a bucket. It goes where the rows go, into archives,
 * backups, clones and imported tenants, and is removed with the tenant. Every method may be repeated after a crash.
 */
export interface TenantCompanion {
  /** In archives and reports: `files`. */
  readonly name: string;
  /** Its rows, each with an `id` of type uuid, name the content. */
  readonly table: string;
  /** Columns of the table that the methods below read; `id` is one of them. */
  readonly columns: readonly string[];
  /** @returns `undefined` for a row that names no content, or none yet. */
  contentOf(row: CompanionRow): CompanionContent | undefined;
  /** @returns `undefined` when it is not there. */
  read(tenant: Tenant, row: CompanionRow): Promise<Readable | undefined>;
  /**
   * Writes the content of a row, as a whole or not at all. Where it is, follows from the tenant and the row, and from nothing else.
   *
   * @param content - fails before its end where it is not what it should be.
   * @throws for a row that no place follows from.
   */
  write(tenant: Tenant, row: CompanionRow, expected: CompanionContent, content: Readable): Promise<void>;
  /**
   * What becomes of a row that came with an archive, when its content is written: new texts of some columns, committed with the row.
   * Default: the row is as it was.
   */
  arrived?(row: CompanionRow): CompanionRow | undefined;
  /** Removes the content of a row that is gone. It is no error when there is none. */
  removeContent(tenant: Tenant, row: CompanionRow): Promise<void>;
  /** What there is of a tenant, whether a row names it or not. */
  count(tenant: Tenant): Promise<CompanionCount>;
  /** Removes all that there is of a tenant. */
  remove(tenant: Tenant, signal?: AbortSignal): Promise<void>;
}

/** Tables whose rows name content that only a companion carries, by the name of the companion. */
export const KNOWN_COMPANIONS: Readonly<Record<string, string>> = { files: 'tenant_files' };

const METHODS = ['contentOf', 'read', 'write', 'removeContent', 'count', 'remove'];
const isCompanion = (one: unknown): one is TenantCompanion =>
  /^[a-z][a-z0-9-]{0,39}$/.test(String(Reflect.get(Object(one), 'name'))) &&
  typeof Reflect.get(Object(one), 'table') === 'string' &&
  METHODS.every((name) => typeof Reflect.get(Object(one), name) === 'function');

/** For the option `companions`. */
export const companionsSchema = z
  .array(z.custom<TenantCompanion>(isCompanion, 'expected a companion, such as tenantFiles({ storage })'))
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'expected each name once')
  .default([]);
