import { type Actor, type Catalog, TenantNotFoundError } from '@rowhouse/core';
import { auditStatement, type EncryptionKeys, runEach } from '@rowhouse/core/internal';
import { type Json, withValueAt } from './json-paths.js';
import type { SettingsChange } from './settings-change.js';
import { SettingsVersionNotFoundError } from './settings-errors.js';
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

/** A transaction of the catalog. */
export type Client = Pick<Parameters<Parameters<Catalog['transaction']>[0]>[0], 'query'>;

/** The settings of a tenant, which nobody else changes until the end of the transaction. */
export async function lockSettings(client: Client, tenantId: string): Promise<StoredSettings> {
  const { rowCount } = await client.query('select from rowhouse.tenants t where t.id = $1 for key share', [
    tenantId,
  ]);
  if (rowCount === 0) throw new TenantNotFoundError();
  await client.query('insert into rowhouse.tenant_settings (tenant_id) values ($1) on conflict do nothing', [
    tenantId,
  ]);
  const { rows } = await client.query<SettingsRow>(
    `select s.tenant_id, ${SETTINGS_COLUMNS} from rowhouse.tenant_settings s where s.tenant_id = $1 for update`,
    [tenantId],
  );
  if (!rows[0]) throw new TenantNotFoundError();
  return storedOf(rows[0]);
}

/** Writes a version, and its row of history. */
export async function writeSettings(
  client: Client,
  { tenantId, version, overrides, secrets, key }: StoredSettings,
  { action, changes, by }: Pick<SettingsChange, 'action' | 'changes'> & { readonly by: Actor | undefined },
): Promise<void> {
  await client.query(
    `update rowhouse.tenant_settings
        set version = $2, overrides = $3, secrets = $4, key_id = $5, data_key = $6, updated_at = pg_catalog.now()
      where tenant_id = $1`,
    [
      tenantId,
      version,
      JSON.stringify(overrides),
      JSON.stringify(secrets),
      key?.id ?? null,
      key?.bytes ?? null,
    ],
  );
  await client.query(
    `insert into rowhouse.tenant_settings_history (tenant_id, version, action, changes, overrides, actor, changed_at)
       values ($1, $2, $3, $4, $5, $6, pg_catalog.clock_timestamp())`,
    [
      tenantId,
      version,
      action,
      JSON.stringify(changes),
      JSON.stringify(overrides),
      by ? JSON.stringify(by) : null,
    ],
  );
  await runEach(client, [
    auditStatement({ action: 'settings.changed', tenantId, after: { version, action, changes }, by }),
  ]);
}

/** The overrides of a version. @throws {SettingsVersionNotFoundError} */
export async function overridesIn(client: Client, tenantId: string, version: number): Promise<Json> {
  const { rows } = await client.query<{ overrides: Json }>(
    'select h.overrides from rowhouse.tenant_settings_history h where h.tenant_id = $1 and h.version = $2',
    [tenantId, version],
  );
  if (!rows[0]) throw new SettingsVersionNotFoundError(version);
  return rows[0].overrides;
}

/** Overrides with their secrets in clear text, as far as these can be decrypted. */
export async function openOverrides(
  keys: Pick<EncryptionKeys, 'decrypt'> | undefined,
  stored: StoredSettings,
): Promise<{ readonly overrides: Json; readonly unreadable: readonly string[] }> {
  const { values, unreadable } = await openSecrets(keys, stored.tenantId, stored);
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
