import type { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { RequestInvalidError } from './operator-errors.js';

/** Checks a part of a request by a zod schema: `@Body(new SchemaPipe('body', newDomain))`. The handler gets the schema's output. */
export class SchemaPipe<T> implements PipeTransform<unknown, T> {
  /** @param part - names the whole in the answer, where no field of it is to blame. */
  constructor(
    private readonly part: string,
    readonly schema: z.ZodType<T>,
  ) {}

  /** @throws {RequestInvalidError} */
  transform(value: unknown): T {
    const result = this.schema.safeParse(value);
    if (result.success) return result.data;
    throw RequestInvalidError.fromIssues(this.part, result.error.issues);
  }
}
