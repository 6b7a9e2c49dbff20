import { type InvalidField, type Problem, RowhouseError } from '@rowhouse/core';

/** What a tenant is to have of its own is in no plan. Nothing was changed. */
export class OverridesInvalidError extends RowhouseError {
  readonly code = 'OVERRIDES_INVALID';
  readonly status = 400;
  readonly detail = 'The overrides are not valid.';
  constructor(readonly fields: readonly InvalidField[]) {
    super(
      `The overrides are not valid. ${fields.map(({ field, expected }) => `${field}: ${expected}`).join('; ')}`,
    );
  }

  override toProblem(): Problem & { readonly errors: readonly InvalidField[] } {
    return { ...super.toProblem(), errors: this.fields };
  }
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
