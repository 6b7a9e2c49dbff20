import type { Actor } from '@rowhouse/core';
import { z } from 'zod';
import { shownText } from '../text.js';

export const ENTRY_STATES = ['active', 'ended'] as const;

/** An operator's entry into a tenant, as the catalog keeps it. The token is not in it. */
export interface OperatorEntryRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly operator: Actor;
  readonly reason: string;
  /** PostgreSQL refuses every write. */
  readonly readOnly: boolean;
  readonly state: (typeof ENTRY_STATES)[number];
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
  /** Who ended it early. */
  readonly endedBy: Actor | null;
}

/** A new entry, and the only time that its token is shown. */
export interface NewOperatorEntry extends OperatorEntryRecord {
  readonly token: string;
}

/** An entry under way of who asks. */
export interface OwnOperatorEntry extends OperatorEntryRecord {
  readonly tenantSlug: string;
  /** By the clock of the catalog, which ends it. */
  readonly secondsLeft: number;
}

/** Words: the tenant reads it in its audit trail. */
const reason = shownText(500).trim().min(10, 'expected at least 10 characters');

export const newEntrySchema = z.strictObject({
  reason: reason.describe(
    'Why, such as a ticket and what it is about. It stands in the audit trail of the tenant.',
  ),
  minutes: z.int().min(1).max(60).default(15).describe('How long it lasts.'),
  readOnly: z.boolean().default(true).describe('Whether PostgreSQL refuses every write.'),
});
export type OperatorEntryInput = z.input<typeof newEntrySchema>;
