import { InternalError, RowhouseError } from '@rowhouse/core';
import { counted } from '@rowhouse/core/internal';
import { InvalidFieldsError } from '../invalid-fields.js';

/** What settings are to be changed to is not what the schema allows. Nothing was changed. */
export class SettingsInvalidError extends InvalidFieldsError {
  readonly code = 'SETTINGS_INVALID';
}

export class SettingsVersionNotFoundError extends RowhouseError {
  readonly code = 'SETTINGS_VERSION_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'The settings have no such version.';
  constructor(version: number) {
    super(`The settings of the tenant have no version ${version}.`);
  }
}

/** Secrets were encrypted by a key that is not there, or were moved from another tenant or field. */
export class SettingsUnreadableError extends InternalError {
  readonly code = 'SETTINGS_UNREADABLE';
  constructor(
    tenantId: string,
    readonly paths: readonly string[],
  ) {
    super(
      `${counted(paths.length, 'secret setting')} of the tenant ${tenantId} cannot be decrypted: ${paths.join(', ')}. ` +
        'Add the key that encrypted them to `keys`, or unset them all in one change and set them again.',
    );
  }
}

/** The app has declared no settings. */
export class SettingsNotDeclaredError extends RowhouseError {
  readonly code = 'SETTINGS_NOT_DECLARED';
  readonly status = 404;
  readonly detail = 'This application has no settings of tenants.';
  constructor() {
    super('No settings are declared. Import TenantSettingsModule.forRoot({ schema }).');
  }
}
