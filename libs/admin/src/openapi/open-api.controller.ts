import { Get, Inject } from '@nestjs/common';
import { z } from 'zod';
import { Describe } from './route-description.js';

/** Injection token of the function that makes the document. */
export const OPEN_API_DOCUMENT = Symbol('rowhouse.open-api-document');

export class OpenApiController {
  #document: object | undefined;

  constructor(@Inject(OPEN_API_DOCUMENT) private readonly make: () => object) {}

  @Get()
  @Describe({ summary: 'This document.', answer: z.record(z.string(), z.unknown()) })
  read(): object {
    // Not when the application starts: it takes some hundred milliseconds, and few read it.
    this.#document ??= this.make();
    return this.#document;
  }
}
