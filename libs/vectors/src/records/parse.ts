import { invalidFieldsOf } from '@rowhouse/core/internal';
import type { z } from 'zod';
import { VectorsInvalidError } from '../errors.js';

/**
 * Checks what may come from a user of the app.
 *
 * @param whole - what the value is called, where no field of it is wrong.
 * @throws {VectorsInvalidError} naming each wrong field and what was expected.
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown, whole: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new VectorsInvalidError(invalidFieldsOf(result.error, whole));
}
