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
  const trace = activeSpan() ?? ids;
  // Written out, because it is done for every line.
  const fields: { -readonly [Name in keyof TenantLogFields]: TenantLogFields[Name] } = {};
  if (tenant) {
    fields.tenant = tenant.slug;
    fields.tenantId = tenant.id;
  }
  if (ids) {
    const { requestId, jobId, operationId } = ids;
    if (requestId !== undefined) fields.requestId = requestId;
    if (jobId !== undefined) fields.jobId = jobId;
    if (operationId !== undefined) fields.operationId = operationId;
  }
  if (trace) {
    const { traceId, spanId } = trace;
    if (traceId !== undefined) fields.traceId = traceId;
    if (spanId !== undefined) fields.spanId = spanId;
  }
  return fields;
}
