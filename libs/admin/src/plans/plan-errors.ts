import { RowhouseError } from '@rowhouse/core';
import { InvalidFieldsError } from '../invalid-fields.js';

/** What a tenant is to have of its own is in no plan. Nothing was changed. */
export class OverridesInvalidError extends InvalidFieldsError {
  readonly code = 'OVERRIDES_INVALID';
}

/** Without plans there is nothing to override. */
export class PlansNotDeclaredError extends RowhouseError {
  readonly code = 'PLANS_NOT_DECLARED';
  readonly status = 409;
  readonly detail = 'This application declares no plans, so that nothing can be overridden.';
  constructor() {
    super('No plans are declared. Give TenancyModule, and rowhouse.config.ts, the same `plans`.');
  }
}
