import type { Actor, Tenant } from '@rowhouse/core';
import type { FleetDeployment } from '@rowhouse/migrations/internal';
import { type ChangeOfRows, commitInService } from '../home/commit-in-service.js';
import type { MergedTable } from '../merge/merge-table.js';

export interface Audited {
  readonly action: 'rows.copied' | 'rows.moved' | 'rows.imported';
  /** `undefined` where the rows are an archive's. */
  readonly from?: Tenant | undefined;
  readonly to: Tenant;
  readonly onConflict: string;
  readonly merged: readonly MergedTable[];
  readonly by: Actor | undefined;
  readonly also?: ChangeOfRows['also'];
}

/**
 * Commits a merge, and records it in the audit trail of both tenants.
 *
 * @throws as {@link commitInService}.
 */
export function commitAudited(
  deployment: FleetDeployment,
  { action, from, to, onConflict, merged, by, also }: Audited,
  commit: () => Promise<unknown>,
): Promise<void> {
  const tenants = from ? [from, to] : [to];
  const tables = merged.map(({ name, written, overwritten, skipped }) => ({
    name,
    written,
    overwritten,
    skipped,
  }));
  const after = { from: from?.slug, to: to.slug, onConflict, tables };
  return commitInService(deployment, { action, tenants, after, by, also }, commit);
}
