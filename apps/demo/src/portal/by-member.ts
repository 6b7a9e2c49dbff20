import type { Member } from '@rowhouse/admin';

/** The audit trail says which member made a change. */
export function byMember({ subject }: Member) {
  return { by: { type: 'user', id: subject } };
}
