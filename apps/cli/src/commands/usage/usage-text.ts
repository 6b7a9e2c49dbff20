import type { UsageClose, UsageRecord, UsageSinkState } from '@rowhouse/metrics/usage';
import { table } from '../../shell/report.js';

export function recordsText(records: readonly UsageRecord[]): string {
  if (records.length === 0) return 'No records.';
  return table(
    ['SEQ', 'TENANT', 'METER', 'HOUR', 'REVISION', 'QUANTITY', 'CHANGE', 'MONTH'],
    records.map(({ seq, tenantId, tenantSlug, meter, hour, revision, quantity, change, month }) => [
      String(seq),
      tenantSlug ?? tenantId,
      meter,
      hour.toISOString(),
      String(revision),
      quantity,
      change,
      month,
    ]),
  );
}

export function closesText(closes: readonly UsageClose[]): string {
  if (closes.length === 0) return 'No month is closed.';
  return table(
    ['MONTH', 'CLOSED AT', 'BY', 'TOTALS', 'SHA-256'],
    closes.map(({ month, closedAt, closedBy, totals, hash }) => [
      month,
      closedAt.toISOString(),
      closedBy?.id ?? '-',
      String(totals),
      hash,
    ]),
  );
}

export function sinksText(sinks: readonly UsageSinkState[]): string {
  if (sinks.length === 0) return 'Records are sent nowhere.';
  return table(
    ['SINK', 'PENDING', 'FAILED ATTEMPTS', 'NEXT ATTEMPT', 'FAILURE'],
    sinks.map(({ name, pending, failedAttempts, nextAttemptAt, failure }) => [
      name,
      String(pending),
      String(failedAttempts),
      nextAttemptAt?.toISOString() ?? '-',
      failure ?? '',
    ]),
  );
}
