import { z } from 'zod';
import type { LogIds } from './log-ids.js';

// Where the packages of OpenTelemetry, in whatever version of API 1, find each other. So it need not be installed.
const API = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

interface Api {
  readonly context?: { active?(): { getValue?(key: symbol): unknown } | undefined };
}

interface Span {
  spanContext?(): unknown;
}

const spanContextSchema = z.object({
  traceId: z.string().regex(/^(?!0+$)[\da-f]{32}$/),
  spanId: z.string().regex(/^(?!0+$)[\da-f]{16}$/),
});

/** The span of OpenTelemetry that is active, if there is one. */
export function activeSpan(): Pick<LogIds, 'traceId' | 'spanId'> | undefined {
  // Indexed, because it is done for every line: `Reflect.get` takes five times as long.
  const api = (globalThis as { readonly [API]?: Api })[API];
  if (!api) return undefined;
  const span = api.context?.active?.()?.getValue?.(SPAN) as Span | undefined;
  return span && spanContextSchema.safeParse(span.spanContext?.()).data;
}
