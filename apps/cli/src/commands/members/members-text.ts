import type { Member } from '@rowhouse/admin/services';
import { table } from '../../shell/report.js';

export function membersText(members: readonly Member[]): string {
  if (members.length === 0) return 'No members.';
  const rows = members.map(({ id, email, name, roles, status, lastSeenAt }) => [
    id,
    email,
    name,
    roles.join(','),
    status,
    lastSeenAt?.toISOString() ?? '-',
  ]);
  return table(['ID', 'EMAIL', 'NAME', 'ROLES', 'STATUS', 'LAST SEEN'], rows);
}
