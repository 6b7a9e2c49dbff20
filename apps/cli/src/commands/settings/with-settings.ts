import { type SettingsDeclaration, SettingsStore } from '@rowhouse/admin/services';
import { type Catalog, PostgresTenantStore, type Tenant } from '@rowhouse/core';
import { findTenant } from '@rowhouse/core/internal';
import { type Io, UnusableError } from '../../shell/io.js';
import { withCatalog } from '../../target/catalog.js';
import { requireConfig, type TargetOptions } from '../../target/target.js';

export interface SettingsOptions extends TargetOptions {
  readonly json?: boolean;
}

interface OpenSettings {
  readonly catalog: Catalog;
  readonly store: SettingsStore;
  readonly tenant: (slugOrId: string) => Promise<Tenant>;
}

/**
 * Opens the settings that the config declares, and runs `work`.
 *
 * @throws {UnusableError} when there is no config, or it declares none.
 */
export function withSettings<T>(
  options: SettingsOptions,
  io: Io,
  work: (open: OpenSettings) => Promise<T>,
): Promise<T> {
  return withCatalog(options, io, (catalog, target) => {
    const { path, config } = requireConfig(target);
    if (!config.settings)
      throw new UnusableError(`${path} declares no settings. Add settings: { schema, secrets, keys } to it.`);
    const store = new SettingsStore(catalog, config.settings as SettingsDeclaration);
    const tenants = new PostgresTenantStore({ pool: catalog });
    return work({ catalog, store, tenant: (slugOrId) => findTenant(tenants, slugOrId) });
  });
}
