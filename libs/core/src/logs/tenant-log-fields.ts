import { currentLogIds, TenantContext } from '../tenant-context.js';
import { activeSpan } from './active-span.js';
import type { LogIds } from './log-ids.js';

/** Ids alone: nothing of a request, a statement or a row. */
export interface TenantLogFields extends LogIds {
  /** The slug of the tenant in force. */
  readonly tenant?: string;
  readonly tenantId?: string;
}

/**
 * What to write on a line of a log, as of this moment: the tenant in force, and what it works for. Take it where the line is
 * written: a transport that formats lines later does so in another context.
 *
 *     pino({ mixin: tenantLogFields });
 *
 * @returns only what is known. The span of OpenTelemetry goes before the trace that the request came with.
 */
export function tenantLogFields(): TenantLogFields {
  const tenant = TenantContext.get();
  const ids = currentLogIds();
  const { traceId, spanId } = activeSpan() ?? ids ?? {};
  return {
    ...(tenant && { tenant: tenant.slug, tenantId: tenant.id }),
    ...(ids?.requestId !== undefined && { requestId: ids.requestId }),
    ...(ids?.jobId !== undefined && { jobId: ids.jobId }),
    ...(ids?.operationId !== undefined && { operationId: ids.operationId }),
    ...(traceId !== undefined && { traceId }),
    ...(spanId !== undefined && { spanId }),
  };
}
