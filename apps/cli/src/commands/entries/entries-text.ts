import type { NewOperatorEntry, OperatorEntryRecord } from '@rowhouse/admin/services';
import { table } from '../../shell/report.js';

export function entriesText(entries: readonly OperatorEntryRecord[]): string {
  if (entries.length === 0) return 'No entries.';
  const rows = entries.map(({ id, operator, readOnly, createdAt, expiresAt, endedAt, reason }) => [
    id,
    operator.id,
    readOnly ? 'reads' : 'writes',
    createdAt.toISOString(),
    endedAt ? `ended ${endedAt.toISOString()}` : `until ${expiresAt.toISOString()}`,
    reason,
  ]);
  return table(['ID', 'OPERATOR', 'MAY', 'BEGUN', 'STATE', 'REASON'], rows);
}

export function newEntryText({ id, token, readOnly, expiresAt }: NewOperatorEntry): string {
  return `${token}

  curl -H 'Rowhouse-Entry: ${token}' https://<your app>/…

This is the only time that the token is shown. The entry ${id} ${readOnly ? 'only reads' : 'may write'}, and ends at ${expiresAt.toISOString()}.`;
}
