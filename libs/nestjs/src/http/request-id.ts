import { randomUUID } from 'node:crypto';
import { z } from 'zod';

const requestIdSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/);

/** What Fastify counts where it is told no better: every process has the same. */
const COUNTED = /^req-[0-9a-z]+$/;

/** `X-Request-Id` where it is well formed, else the id that the framework has given, else a new one. */
export function requestIdOf({
  id,
  headers,
}: {
  readonly id?: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}): string {
  const given = requestIdSchema.safeParse(headers['x-request-id']);
  if (given.success) return given.data;
  const own = requestIdSchema.safeParse(id);
  return own.success && !COUNTED.test(own.data) ? own.data : randomUUID();
}
