import { counted } from '@rowhouse/core/internal';
import type { Backup } from '@rowhouse/transfer';
import { table } from '../../shell/report.js';
import { sizeText } from '../../shell/size-text.js';

export function backupsText(backups: readonly Backup[]): string {
  if (backups.length === 0) return 'No backups.';
  const rows = backups.map((one) => [
    one.id,
    one.slug,
    one.takenAt.toISOString(),
    one.kind,
    one.state,
    one.rows === null ? '-' : String(one.rows),
    one.bytes === null ? '-' : sizeText(one.bytes),
    one.provenAt?.toISOString() ?? '-',
    one.error ?? '',
  ]);
  return table(['ID', 'TENANT', 'TAKEN', 'KIND', 'STATE', 'ROWS', 'SIZE', 'PROVEN', 'ERROR'], rows);
}

export function takenText({ id, slug, takenAt, rows, tables }: Backup): string {
  return `${slug}: ${counted(rows ?? 0, 'row')} of ${counted(tables ?? 0, 'table')} at ${takenAt.toISOString()} are in the backup ${id}.`;
}
