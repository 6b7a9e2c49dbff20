import type { Catalog } from '@rowhouse/core';
import { type Json, withValueAt } from './json-paths.js';
import type { SettingsShape } from './settings-shape.js';
import { type OpenedSecrets, openSecrets, type SealedSecrets } from './tenant-secrets.js';

/** What the catalog holds of a tenant's settings. */
export interface StoredSettings extends SealedSecrets {
  readonly tenantId: string;
  readonly version: number;
  /** Without secrets. */
  readonly overrides: Json;
}

export interface SettingsRow {
  readonly tenant_id: string;
  readonly version: number | null;
  readonly overrides: Json | null;
  readonly secrets: Readonly<Record<string, string>> | null;
  readonly key_id: string | null;
  readonly data_key: Buffer | null;
}

export const SETTINGS_COLUMNS = 's.version, s.overrides, s.secrets, s.key_id, s.data_key';

export function storedOf(row: SettingsRow): StoredSettings {
  const { tenant_id: tenantId, version, overrides, secrets, key_id: id, data_key: bytes } = row;
  return {
    tenantId,
    version: version ?? 0,
    overrides: overrides ?? {},
    secrets: secrets ?? {},
    key: id !== null && bytes !== null ? { id, bytes } : null,
  };
}

/** The settings of a tenant; `undefined` when there is no such tenant. */
export async function findSettings(
  catalog: Pick<Catalog, 'query'>,
  tenantId: string,
): Promise<StoredSettings | undefined> {
  const { rows } = await catalog.query<SettingsRow>(
    `select t.id as tenant_id, ${SETTINGS_COLUMNS}
       from rowhouse.tenants t left join rowhouse.tenant_settings s on s.tenant_id = t.id where t.id = $1`,
    [tenantId],
  );
  return rows[0] && storedOf(rows[0]);
}

/** Overrides with their secrets in clear text, as far as these can be decrypted. */
export async function openOverrides(
  shape: SettingsShape,
  stored: StoredSettings,
): Promise<{ readonly overrides: Json; readonly unreadable: readonly string[] }> {
  const { values, unreadable } = await openSecrets(shape.keys, stored.tenantId, stored);
  return { overrides: withSecrets(stored.overrides, values), unreadable };
}

export function withSecrets(overrides: Json, values: OpenedSecrets['values']): Json {
  return [...values].reduce(
    (result, [path, value]) => withValueAt(result, path.split('.'), value),
    overrides,
  );
}

/** The paths of settings that are never shown: those that are secrets, and those that were when they were set. */
export function secretPaths(shape: SettingsShape, { secrets }: SealedSecrets): readonly string[] {
  return [...new Set([...shape.secrets, ...Object.keys(secrets)])];
}
