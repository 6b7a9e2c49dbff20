import type { ScriptStatement } from '../pin/pinned-query.js';
import { type AuditContext, auditContext } from './audit-context.js';

/** A change, as the audit trail records it. What is left out of the request's part is that of the audit context. */
export interface AuditedChange extends AuditContext {
  /** A thing and what happened to it: `api_key.created`. Small letters, `_` and `.`. */
  readonly action: string;
  readonly tenantId?: string | undefined;
  /** What was changed: the id of a key, a domain. */
  readonly target?: string | undefined;
  /** JSON. Fields whose names look like secrets' are masked. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Records a change, if its transaction is committed. To be run in it. */
export function auditStatement(change: AuditedChange): ScriptStatement {
  const context = auditContext();
  const { action, tenantId, target, before, after } = change;
  const { by = context.by, reason = context.reason } = change;
  const { requestId = context.requestId, address = context.address } = change;
  return {
    text: 'select rowhouse.append_audit($1, $2, $3, $4, $5, $6, $7, $8, $9)',
    values: [
      action,
      tenantId ?? null,
      target ?? null,
      jsonOf(before),
      jsonOf(after),
      jsonOf(by),
      reason ?? null,
      requestId ?? null,
      address ?? null,
    ],
  };
}

function jsonOf(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
