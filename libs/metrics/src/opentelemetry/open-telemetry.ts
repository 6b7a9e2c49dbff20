import { type Context, context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Tracing } from '../tracing.js';

export interface OpenTelemetryOptions {
  /** Whether each statement has a span. It has no text, which may hold values. Default false. */
  readonly statements?: boolean;
}

const TRACER = '@rowhouse/metrics';

/** The command that a text begins with. */
const COMMAND = /^\s*([a-z]+)/i;

/**
 * Writes the tenant on spans, as `tenant.id` and `tenant.slug`: on the span that is active when a request goes on as its tenant, which is
 * that of the HTTP server where it is instrumented.
 *
 *     TenancyMetricsModule.forRoot({ tracing: openTelemetry() })
 *
 * The SDK is the app's to set up; without one nothing is recorded.
 */
export function openTelemetry({ statements = false }: OpenTelemetryOptions = {}): Tracing {
  const requests: Tracing = {
    entered: ({ id, slug }) => {
      trace.getActiveSpan()?.setAttributes({ 'tenant.id': id, 'tenant.slug': slug });
    },
  };
  if (!statements) return requests;
  return {
    ...requests,
    begun: () => context.active(),
    statement: (tenantId, { text, durationMs, rows, failed, begun }) => {
      const endTime = Date.now();
      const span = trace.getTracer(TRACER).startSpan(
        COMMAND.exec(text)?.[1]?.toUpperCase() ?? 'SQL',
        {
          kind: SpanKind.CLIENT,
          startTime: endTime - durationMs,
          attributes: {
            'db.system.name': 'postgresql',
            'db.response.returned_rows': rows,
            ...(tenantId && { 'tenant.id': tenantId }),
          },
        },
        begun as Context,
      );
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endTime);
    },
  };
}
