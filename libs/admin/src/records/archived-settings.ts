import { type Catalog, TenantNotFoundError } from '@rowhouse/core';
import { type Json, valueAt } from '../settings/json-paths.js';
import type { SettingsStore } from '../settings/settings-store.js';
import { findSettings, withSecrets } from '../settings/stored-settings.js';
import type { ArchivedKind } from './archived-kind.js';
import { type MergedOverrides, mergeOverrides, withSets } from './merge-overrides.js';

/** Settings that tenants override. Secrets are among them in archives that are encrypted, and in no other. */
export function archivedSettings(catalog: Catalog, store: SettingsStore): ArchivedKind<'settings'> {
  return {
    read: async (client, { id }, { isEncrypted }) => {
      const stored = await findSettings(client, id);
      if (!stored) throw new TenantNotFoundError();
      return async () => {
        const { inClear, open, leftOut } = await store.open(stored, { secrets: isEncrypted });
        const content = { overrides: open, leftOut: [...leftOut] };
        return { content, revision: { version: stored.version, overrides: inClear, leftOut } };
      };
    },
    prepare: async ({ overrides, leftOut }, into) => {
      const given = store.parse(overrides);
      const known = into && (await findSettings(catalog, into.id));
      const keys = await store.prepareKeys(known, given);
      return {
        write: async (client, { id }, { onConflict, by }) => {
          let merged: MergedOverrides | undefined;
          await store.changeIn(client, keys, id, 'patch', { by }, async (before, secrets) => {
            merged = mergeOverrides(withoutValues(before, secrets), given, onConflict, 'settings');
            return withSets(before, merged);
          });
          const { sets = [], same = 0, skipped = 0 } = merged ?? {};
          return { written: sets.length, same, skipped, leftOut };
        },
        written: ({ id }) => store.changed(id),
      };
    },
  };
}

const HIDDEN = Symbol('secret');

/** A secret that is set is like no other value: nobody finds it by trying. */
function withoutValues(overrides: Json, secrets: readonly string[]): Json {
  const set = secrets.filter((path) => valueAt(overrides, path.split('.')) !== undefined);
  return withSecrets(overrides, new Map(set.map((path) => [path, HIDDEN])));
}
