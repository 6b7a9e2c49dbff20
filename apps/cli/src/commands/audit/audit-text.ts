import type { AuditEntry, AuditVerification } from '@rowhouse/admin/services';
import { counted } from '@rowhouse/core/internal';
import { table } from '../../shell/report.js';

export function entriesText(entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return 'No entries.';
  return table(
    ['SEQ', 'AT', 'ACTOR', 'ACTION', 'TARGET', 'REASON'],
    entries.map(({ seq, at, actor, action, target, reason }) => [
      String(seq),
      at.toISOString(),
      actor?.id ?? '-',
      action,
      target ?? '-',
      reason ?? '',
    ]),
  );
}

export function verificationText({ fault, entries, droppedUpTo, head }: AuditVerification): string {
  const dropped = droppedUpTo > 0 ? ` Entries up to ${droppedUpTo} were dropped by retention.` : '';
  if (fault) return `The chain is broken at entry ${fault.seq} (${fault.problem}): ${fault.detail}${dropped}`;
  return `The chain of ${counted(entries, 'entry', 'entries')} is intact.${dropped}\nHead: ${head.seq} ${head.hash}`;
}
