// The services without Nest: for scripts, commands and other frameworks.

export {
  type KeyRotationOptions,
  type KeyRotationReport,
  rotateKeys,
} from './settings/key-rotation.js';
export type { SettingsChange } from './settings/settings-change.js';
export { checkSettings, type SettingsCheckReport, type SettingsMisfit } from './settings/settings-check.js';
export {
  SettingsInvalidError,
  SettingsUnreadableError,
  SettingsVersionNotFoundError,
} from './settings/settings-errors.js';
export { localKeys, type SettingsKeys } from './settings/settings-keys.js';
export type { SettingsDeclaration } from './settings/settings-shape.js';
export {
  type SettingsChangeControl,
  SettingsStore,
  type SettingsView,
} from './settings/settings-store.js';
export { TenantSettings, type TenantSettingsCacheOptions } from './settings/tenant-settings.js';
export {
  TENANT_SORTS,
  type TenantDetails,
  type TenantFilter,
  TenantListing,
  type TenantListQuery,
} from './tenants/tenant-listing.js';
