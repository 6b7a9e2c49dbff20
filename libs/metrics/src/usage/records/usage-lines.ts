import { csvLine } from '@rowhouse/core/internal';
import { eventIdOf, usageEventOf } from './usage-event.js';
import type { UsageRecord } from './usage-record.js';

export const USAGE_FORMATS = ['ndjson', 'csv'] as const;
export type UsageFormat = (typeof USAGE_FORMATS)[number];

const HEAD = [
  'id',
  'tenant_id',
  'tenant',
  'plan',
  'meter',
  'unit',
  'hour',
  'revision',
  'quantity',
  'change',
  'month',
  'recorded_at',
];

/** Lines of a document with these records, each with its line break: CloudEvents, or CSV (RFC 4180). */
export async function* usageLines(
  records: AsyncIterable<UsageRecord>,
  format: UsageFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(HEAD);
  for await (const record of records)
    yield format === 'csv' ? csvLine(cellsOf(record)) : `${JSON.stringify(usageEventOf(record))}\n`;
}

function cellsOf(record: UsageRecord): string[] {
  const { tenantId, tenantSlug, tenantPlan, meter, unit, hour, revision, quantity, change, month } = record;
  return [
    eventIdOf(record),
    tenantId,
    tenantSlug ?? '',
    tenantPlan ?? '',
    meter,
    unit ?? '',
    hour.toISOString(),
    String(revision),
    quantity,
    change,
    month,
    record.recordedAt.toISOString(),
  ];
}
