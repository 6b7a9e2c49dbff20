import { isTenantId, isTenantSlug } from '@rowhouse/core';
import type { OnConflict } from '@rowhouse/transfer';
import { z } from 'zod';
import { shownText } from '../../text.js';
import { contents } from '../contents.js';

const CONFLICT_MODES = ['fail', 'skip', 'overwrite', 'remap'] as const satisfies readonly OnConflict[];

/** How rows are written to a tenant that is there. */
export const copyBody = z.strictObject({
  tables: z.array(shownText(63)).min(1).max(1_000).optional().describe('Default: all.'),
  withDependencies: z
    .boolean()
    .default(true)
    .describe('Whether the tables that the chosen ones refer to come along.'),
  onConflict: z
    .enum(CONFLICT_MODES)
    .default('fail')
    .describe('For rows whose key another row has there. `overwrite` needs the role owner.'),
  contents,
  dryRun: z.boolean().default(false).describe('Counts rows and conflicts, and changes nothing.'),
});

export type CopyBody = z.output<typeof copyBody>;

/** A slug may come to be another tenant's; the catalog keeps the id. */
export const otherTenant = z
  .string()
  .refine((tenant) => isTenantId(tenant) || isTenantSlug(tenant), 'expected the slug of a tenant, or its id');

/** Rows that are overwritten are gone for good. */
export function overwrites({ onConflict, dryRun }: CopyBody): boolean {
  return onConflict === 'overwrite' && !dryRun;
}
