import type { Catalog } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { monthSchema } from '../month.js';
import { meterSchema } from '../usage-meters.js';
import { type UsageFormat, usageLines } from './usage-lines.js';
import { RECORD_COLUMNS, type UsageRecord } from './usage-record.js';

/** PostgreSQL knows fewer years than JavaScript. */
const moment = z.coerce.date().min(new Date(0)).max(new Date('9999-12-31'));

export const usageFilterSchema = z.strictObject({
  tenant: z.guid().optional().describe('The id of a tenant, which may be purged.'),
  meter: meterSchema.optional().describe('`requests`, `databaseMs`, or one of the app.'),
  from: moment.optional().describe('The first hour.'),
  to: moment.optional().describe('The hour after the last.'),
  month: monthSchema.optional().describe('The month whose bill they belong to: `2026-10`.'),
  late: z
    .boolean()
    .optional()
    .describe(
      'Only later revisions and adjustments: what was counted after its hour was recorded first, or its month closed.',
    ),
});

export type UsageFilter = z.output<typeof usageFilterSchema>;

export interface UsageListing extends UsageFilter {
  readonly limit: number;
  /** The number of the record that the page before ended with. */
  readonly after?: number | undefined;
}

const BATCH = 500;

/** What tenants used, hour by hour: in the order in which it was recorded. */
export class UsageRecords {
  readonly #catalog: Pick<Catalog, 'query'>;

  constructor(catalog: Pick<Catalog, 'query'>) {
    this.#catalog = catalog;
  }

  /** @throws {OptionsInvalidError} */
  async list({ limit, after = 0, ...filter }: UsageListing): Promise<readonly UsageRecord[]> {
    const { tenant, meter, from, to, month, late } = parseOptions('usage', usageFilterSchema, filter);
    const { rows } = await this.#catalog.query<UsageRecord>(
      `select ${RECORD_COLUMNS} from rowhouse.usage_records r
        where r.seq > $1 and ($3::pg_catalog.uuid is null or r.tenant_id = $3) and ($4::pg_catalog.text is null or r.meter = $4)
          and ($5::pg_catalog.timestamptz is null or r.hour >= $5) and ($6::pg_catalog.timestamptz is null or r.hour < $6)
          and ($7::pg_catalog.text is null or r.month = ($7 || '-01')::pg_catalog.date)
          and ($8::pg_catalog.bool is distinct from true or r.revision > 1 or r.month <> (pg_catalog.date_trunc('month', r.hour at time zone 'UTC'))::pg_catalog.date)
        order by r.seq limit $2`,
      [after, limit, tenant, meter, from, to, month, late],
    );
    return rows;
  }

  /** All records of a filter, read in batches: no transaction stays open while a reader is slow. */
  async *records(
    filter: UsageFilter = {},
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<UsageRecord> {
    for (let after = 0; ; ) {
      signal?.throwIfAborted();
      const batch = await this.list({ ...filter, limit: BATCH, after });
      yield* batch;
      const last = batch.at(-1);
      if (!last || batch.length < BATCH) return;
      after = last.seq;
    }
  }

  /** The lines of an export, each with its line break. */
  lines(
    format: UsageFormat,
    filter: UsageFilter = {},
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<string> {
    return usageLines(this.records(filter, options), format);
  }
}
