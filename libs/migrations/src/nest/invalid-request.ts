import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { z } from 'zod';

/** A part of a request is not what it should be. */
export class InvalidRequestError extends Error {
  readonly problems: readonly { readonly field: string; readonly expected: string }[];

  /** @param part - stands for the whole, where no field of it is to blame. */
  constructor(part: string, { issues }: z.ZodError) {
    const problems = issues.map(({ path, message }) => ({
      field: path.length > 0 ? path.join('.') : part,
      expected: message,
    }));
    super(problems.map(({ field, expected }) => `${field}: ${expected}`).join('; '));
    this.name = new.target.name;
    this.problems = problems;
  }
}

/** Lets through what a schema makes of a part of the request. */
export class SchemaPipe<T> implements PipeTransform<unknown, T> {
  constructor(
    private readonly part: string,
    private readonly schema: z.ZodType<T>,
  ) {}

  /** @throws {InvalidRequestError} */
  transform(value: unknown): T {
    const result = this.schema.safeParse(value);
    if (result.success) return result.data;
    throw new InvalidRequestError(this.part, result.error);
  }
}

/** Answers with a problem document (RFC 9457) that names the fields. */
@Catch(InvalidRequestError)
@Injectable()
export class InvalidRequestFilter implements ExceptionFilter<InvalidRequestError> {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: InvalidRequestError, host: ArgumentsHost): void {
    const { httpAdapter } = this.host;
    const response = host.switchToHttp().getResponse();
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json; charset=utf-8');
    const problem = {
      type: 'urn:rowhouse:error:request-invalid',
      title: 'REQUEST_INVALID',
      status: 400,
      code: 'REQUEST_INVALID',
      detail: error.message,
      errors: error.problems,
    };
    // As text: Nest 11 takes an object of any other type than application/json for a mistake.
    httpAdapter.reply(response, JSON.stringify(problem), 400);
  }
}
