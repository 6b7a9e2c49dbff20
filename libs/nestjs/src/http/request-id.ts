import { randomUUID } from 'node:crypto';

/** Visible characters of ASCII. */
const REQUEST_ID = /^[\x21-\x7e]{1,200}$/;

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
  const given = headers['x-request-id'];
  if (isRequestId(given)) return given;
  return isRequestId(id) && !COUNTED.test(id) ? id : randomUUID();
}

function isRequestId(value: unknown): value is string {
  return typeof value === 'string' && REQUEST_ID.test(value);
}
