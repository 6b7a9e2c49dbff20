import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';

/** Documents a route that answers one page of `Item`s. */
export function ApiPageResponse(Item: Type): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(Item),
    ApiOkResponse({
      schema: {
        type: 'object',
        required: ['items', 'next'],
        properties: {
          items: { type: 'array', items: { $ref: getSchemaPath(Item) } },
          next: { type: 'string', nullable: true, description: 'The `cursor` of the next page.' },
        },
      },
    }),
  );
}
