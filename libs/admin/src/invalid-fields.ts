import { type InvalidField, type Problem, RowhouseError } from '@rowhouse/core';
import { invalidFieldsOf } from '@rowhouse/core/internal';
import type { z } from 'zod';

/** What a service was given does not fit its schema. The problem document names the fields, as that of a request does. */
export abstract class InvalidFieldsError extends RowhouseError {
  readonly status = 400;
  readonly detail: string;
  constructor(readonly fields: readonly InvalidField[]) {
    const detail = fields.map(({ field, expected }) => `${field}: ${expected}`).join('; ');
    super(detail);
    this.detail = detail;
  }

  override toProblem(): Problem & { readonly errors: readonly InvalidField[] } {
    return { ...super.toProblem(), errors: this.fields };
  }
}

/**
 * What a schema makes of what a service was given.
 *
 * @throws {InvalidFieldsError} of the class `Refusal`.
 */
export function parseFields<T>(
  schema: z.ZodType<T>,
  value: unknown,
  Refusal: new (fields: readonly InvalidField[]) => InvalidFieldsError,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Refusal(invalidFieldsOf(result.error, 'value'));
}
