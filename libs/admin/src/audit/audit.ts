import { type Catalog, OptionsInvalidError } from '@rowhouse/core';
import { type AuditContext, parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { AUDIT_COLUMNS, type AuditEntry, type AuditFilter, conditionsOf } from './audit-entry.js';
import { type AuditFormat, linesOf } from './audit-export.js';
import { type AuditVerification, type VerifyOptions, verifyAudit } from './audit-verification.js';

export interface AuditListing extends AuditFilter {
  readonly limit: number;
  /** The number of the entry that the page before ended with. */
  readonly after?: number | undefined;
}

/** What retention removed. */
export interface AuditRetention {
  readonly entries: number;
  /** The last entry that was removed; `null` for none. */
  readonly lastSeq: number | null;
}

const BATCH = 500;
const dayOption = z.iso.date();

/** The record of who changed what. Entries are written by the changes themselves, and by nothing else. */
export class Audit {
  readonly #catalog: Pick<Catalog, 'query' | 'transaction'>;

  constructor(catalog: Pick<Catalog, 'query' | 'transaction'>) {
    this.#catalog = catalog;
  }

  /** Newest first. */
  async list({ limit, after, ...filter }: AuditListing): Promise<readonly AuditEntry[]> {
    return this.#read(filter, { limit, below: after });
  }

  /** All entries of a filter, oldest first, read in batches: no transaction stays open while a reader is slow. */
  async *entries(
    filter: AuditFilter = {},
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<AuditEntry> {
    for (let above = 0; ; ) {
      signal?.throwIfAborted();
      const batch = await this.#read(filter, { limit: BATCH, above });
      yield* batch;
      const last = batch.at(-1);
      if (!last || batch.length < BATCH) return;
      above = last.seq;
    }
  }

  /** The lines of an export, each with its line break. */
  lines(
    format: AuditFormat,
    filter: AuditFilter = {},
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<string> {
    return linesOf(this.entries(filter, options), format);
  }

  /** Finds the first entry that was changed, removed or forged, if there is one. */
  verify(options: VerifyOptions = {}): Promise<AuditVerification> {
    return verifyAudit(this.#catalog, options);
  }

  /**
   * Removes the months that have ended before a day. The chain is verified from there on.
   *
   * @param day - `2026-01-01`, not in the future.
   * @throws {OptionsInvalidError}
   */
  async dropBefore(day: string, by: AuditContext = {}): Promise<AuditRetention> {
    const parsed = parseOptions('audit.dropBefore', dayOption, day);
    if (parsed > new Date().toISOString().slice(0, 10))
      throw new OptionsInvalidError('audit.dropBefore', [
        { field: 'day', expected: 'expected a day that is not in the future' },
      ]);
    const { rows } = await this.#catalog.query<AuditRetention>(
      `select d.entries::float8 as entries, d.last_seq::float8 as "lastSeq"
         from rowhouse.drop_audit_before($1, $2, $3, $4, $5) d`,
      [
        parsed,
        by.by ? JSON.stringify(by.by) : null,
        by.reason ?? null,
        by.requestId ?? null,
        by.address ?? null,
      ],
    );
    return rows[0] ?? { entries: 0, lastSeq: null };
  }

  async #read(
    filter: AuditFilter,
    { limit, above, below }: { limit: number; above?: number; below?: number | undefined },
  ): Promise<readonly AuditEntry[]> {
    const values: unknown[] = [];
    const parameter = (value: unknown) => `$${values.push(value)}`;
    const where = [...conditionsOf(filter, parameter)];
    if (above !== undefined) where.push(`e.seq > ${parameter(above)}`);
    if (below !== undefined) where.push(`e.seq < ${parameter(below)}`);
    const { rows } = await this.#catalog.query<AuditEntry>(
      `select ${AUDIT_COLUMNS} from rowhouse.audit_entries e
        ${where.length > 0 ? `where ${where.join(' and ')}` : ''}
        order by e.seq ${above === undefined ? 'desc' : 'asc'} limit ${parameter(limit)}`,
      values,
    );
    return rows;
  }
}
