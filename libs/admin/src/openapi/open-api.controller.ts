import { Get, Inject } from '@nestjs/common';
import { z } from 'zod';
import { Describe } from './route-description.js';

/** Injection token of the document. */
export const OPEN_API_DOCUMENT = Symbol('rowhouse.open-api-document');

export class OpenApiController {
  constructor(@Inject(OPEN_API_DOCUMENT) private readonly document: object) {}

  @Get()
  @Describe({ summary: 'This document.', answer: z.record(z.string(), z.unknown()) })
  read(): object {
    return this.document;
  }
}
