import { csvLine } from '@rowhouse/core/internal';
import type { AuditEntry } from './audit-entry.js';

export const AUDIT_FORMATS = ['ndjson', 'csv'] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];

const HEAD = [
  'seq',
  'at',
  'actor_type',
  'actor_id',
  'request_id',
  'address',
  'action',
  'tenant_id',
  'target',
  'before',
  'after',
  'reason',
  'hash',
];

/** Lines of a document with these entries; each ends with a line break. */
export async function* linesOf(
  entries: AsyncIterable<AuditEntry>,
  format: AuditFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(HEAD);
  for await (const entry of entries)
    yield format === 'csv' ? csvLine(cellsOf(entry)) : `${JSON.stringify(entry)}\n`;
}

function cellsOf(entry: AuditEntry): string[] {
  const { seq, at, actor, requestId, address, action, tenantId, target, before, after, reason, hash } = entry;
  const json = (value: unknown) => (value === null ? '' : JSON.stringify(value));
  const texts = [actor?.type, actor?.id, requestId, address, action, tenantId, target];
  return [
    String(seq),
    at.toISOString(),
    ...texts.map((text) => text ?? ''),
    json(before),
    json(after),
    reason ?? '',
    hash,
  ];
}
