import { type Catalog, EffectivePlans } from '@rowhouse/core';
import type { TenantRecords } from '@rowhouse/transfer';
import type { Target } from './target.js';

/** Settings, domains, members and overrides, as far as the config declares them. */
export async function recordsOf({ config, pool }: Target, catalog: Catalog): Promise<TenantRecords> {
  const { CatalogRecords, Domains, Members, SettingsStore, TenantPlans } = await import(
    '@rowhouse/admin/services'
  );
  const { settings, members } = config?.config ?? {};
  const { limits, plans } = pool;
  return new CatalogRecords(catalog, {
    settings: settings && new SettingsStore(catalog, settings),
    domains: new Domains(catalog),
    members: members && new Members(catalog, members),
    plans: new TenantPlans(catalog, new EffectivePlans({ limits, plans })),
  });
}
