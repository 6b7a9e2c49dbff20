import { randomUUID } from 'node:crypto';
import type { Tenant } from '../tenant.js';
import { OperatorEntry } from './operator-entry.js';

/** An entry of an hour that only reads, unless the fields say otherwise. */
export function entryTo(
  { id }: Pick<Tenant, 'id'>,
  { readOnly = true, remainingMs = 3_600_000 }: { readOnly?: boolean; remainingMs?: number } = {},
): OperatorEntry {
  return new OperatorEntry(
    {
      id: randomUUID(),
      tenantId: id,
      operator: { type: 'operator', id: 'olga' },
      reason: 'Ticket 4711: totals are wrong',
      readOnly,
      expiresAt: new Date(Date.now() + remainingMs),
    },
    remainingMs,
  );
}
