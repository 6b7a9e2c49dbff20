import { StandardSchemaValidationPipe } from '@nestjs/common';
import { RequestInvalidError } from '@rowhouse/nestjs/operator';

/** Checks each parameter that is declared with a schema: `@Body({ schema: newOrder })`. */
export const validationPipe = new StandardSchemaValidationPipe({
  exceptionFactory: (issues) => RequestInvalidError.fromIssues('request', issues),
});
