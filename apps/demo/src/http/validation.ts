import { BadRequestException, StandardSchemaValidationPipe } from '@nestjs/common';

export interface InvalidField {
  /** Where in the body or query, as in `lines.0.quantity`; empty for the whole. */
  field: string;
  message: string;
}

/** The request does not have the form it should. */
export class InvalidRequestException extends BadRequestException {
  constructor(readonly errors: readonly InvalidField[]) {
    super('The request is not valid.');
  }
}

/** Checks each parameter that is declared with a schema: `@Body({ schema: newOrder })`. */
export const validationPipe = new StandardSchemaValidationPipe({
  exceptionFactory: (issues) =>
    new InvalidRequestException(
      issues.map(({ path = [], message }) => ({
        field: path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.'),
        message,
      })),
    ),
});
