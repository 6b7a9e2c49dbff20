import type { ApiKey, NewApiKey } from '@rowhouse/admin/services';
import { table } from '../../shell/report.js';

export function keysText(keys: readonly ApiKey[]): string {
  if (keys.length === 0) return 'No keys.';
  const rows = keys.map((key) => [
    key.id,
    key.label,
    key.prefix ?? '-',
    stateOf(key),
    key.scopes.join(' ') || '-',
    key.networks.join(' ') || '-',
    key.lastUsedAt?.toISOString() ?? 'never',
  ]);
  return table(['ID', 'LABEL', 'PREFIX', 'STATE', 'SCOPES', 'NETWORKS', 'LAST USED'], rows);
}

export function newKeyText({ id, key }: NewApiKey): string {
  return `${key}\n\nThis is the only time that the key is shown. Its id is ${id}.`;
}

function stateOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt) return 'revoked';
  if (!expiresAt) return 'active';
  const isOver = expiresAt.getTime() <= Date.now();
  return `${isOver ? 'expired' : 'expires'} ${expiresAt.toISOString()}`;
}
