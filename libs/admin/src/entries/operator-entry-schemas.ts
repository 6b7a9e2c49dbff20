import { z } from 'zod';
import { ENTRY_STATES } from './operator-entry-record.js';

const actor = z.object({ type: z.string(), id: z.string() });

const entryFields = z.object({
  id: z.guid(),
  tenantId: z.guid(),
  operator: actor,
  reason: z.string(),
  readOnly: z.boolean(),
  state: z.enum(ENTRY_STATES),
  createdAt: z.date(),
  expiresAt: z.date(),
  endedAt: z.date().nullable(),
  endedBy: actor.nullable().describe('Who ended it early.'),
});
export const entryAnswer = entryFields.meta({ id: 'OperatorEntry' });
export const newEntryAnswer = entryFields
  .extend({ token: z.string().describe('For the header `Rowhouse-Entry`. It is shown this once.') })
  .meta({ id: 'NewOperatorEntry' });

export const ownEntriesAnswer = z.object({
  items: z.array(
    entryFields
      .extend({
        tenantSlug: z.string(),
        secondsLeft: z.int().describe('By the clock of the catalog, which ends it.'),
      })
      .meta({ id: 'OwnOperatorEntry' }),
  ),
});
