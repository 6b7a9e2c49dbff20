import { SetMetadata } from '@nestjs/common';
import type { z } from 'zod';

/** What a route says of itself, beside what its parameters and its path say. */
export interface RouteDescription {
  /** A sentence for people. */
  readonly summary: string;
  /** The body of the answer; left out, there is none, or bytes of the `mediaType`. */
  readonly answer?: z.ZodType;
  /** Default: 200, and 201 for POST. */
  readonly status?: number;
  /** The type of the answer where it is not JSON. */
  readonly mediaType?: string;
  /** The types of a body of bytes. */
  readonly bodyTypes?: readonly string[];
  /** Other statuses of success. */
  readonly also?: readonly number[];
  /** Whether everybody may call it. Default false. */
  readonly isOpen?: boolean;
  /** Statuses of problems that the route may answer, beside those that all have, and those of its path, its If-Match and its Idempotency-Key. */
  readonly problems?: readonly number[];
}

const DESCRIPTION = 'rowhouse:route-description';

/** Describes a route of {@link operatorController} for the OpenAPI document of the admin API. */
export const Describe = (description: RouteDescription): MethodDecorator =>
  SetMetadata(DESCRIPTION, description);

/** What {@link Describe} says of a handler. */
export function descriptionOf(handler: object): RouteDescription | undefined {
  return Reflect.getMetadata(DESCRIPTION, handler);
}
