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

/** Where an entry's fields stand in the rows `c` that a statement returns, in SQL. */
export interface AuditedRows {
  readonly action: string;
  readonly tenantId: string;
  readonly target: string;
  readonly before?: string;
  readonly after?: string;
  /** Of which rows there is an entry. Default: of each. */
  readonly when?: string;
  /** What the statement begins with: `with` that writes cannot stand within it. */
  readonly parts?: string;
}

/** The statement and its rows, each of which has a column `noted` more: they are recorded by the statement itself. */
export function audited(
  { text, values = [] }: ScriptStatement,
  { action, tenantId, target, before = 'null', after = 'null', when = 'true', parts }: AuditedRows,
): ScriptStatement {
  const { by, reason, requestId, address } = auditContext();
  const own = [action, jsonOf(by), reason ?? null, requestId ?? null, address ?? null];
  const [$action, $by, $reason, $requestId, $address] = own.map(
    (_, index) => `$${values.length + index + 1}`,
  );
  return {
    text: `with ${parts ? `${parts}, ` : ''}c as (${text})
      select c.*, case when ${when} then rowhouse.append_audit(
        ${$action}, ${tenantId}, ${target}, ${before}, ${after}, ${$by}, ${$reason}, ${$requestId}, ${$address}) end as noted
      from c`,
    values: [...values, ...own],
  };
}

function jsonOf(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
