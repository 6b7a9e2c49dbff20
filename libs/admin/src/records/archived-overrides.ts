import { readTenant, runEach, setTenantOverrides, writeEvent } from '@rowhouse/core/internal';
import type { TenantPlans } from '../plans/tenant-plans.js';
import type { ArchivedKind } from './archived-kind.js';
import { mergeOverrides, withSets } from './merge-overrides.js';

/** What tenants have in place of what their plan says. */
export function archivedOverrides(plans: TenantPlans): ArchivedKind<'overrides'> {
  return {
    read: async (client, { id }) => {
      const { overrides } = await readTenant(client, id);
      return () => ({ content: { ...overrides }, revision: overrides });
    },
    prepare: (content) => {
      const given = plans.parseOverrides(content);
      return {
        write: async (client, { id }, { onConflict, by }) => {
          const before = await readTenant(client, id, { lock: true });
          const merged = mergeOverrides(
            { ...before.overrides },
            { ...given },
            onConflict,
            'overrides of its plan',
          );
          if (merged.sets.length > 0)
            await runEach(client, [
              setTenantOverrides(before, withSets({ ...before.overrides }, merged)),
              writeEvent('updated', before, by, { before }),
            ]);
          return { written: merged.sets.length, same: merged.same, skipped: merged.skipped, leftOut: [] };
        },
      };
    },
  };
}
