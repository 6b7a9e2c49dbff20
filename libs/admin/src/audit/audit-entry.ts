import type { Actor } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';

/** One change, as the audit trail records it. */
export interface AuditEntry {
  /** Numbers have no gaps. */
  readonly seq: number;
  readonly at: Date;
  /** `null` for changes by code that does not say who it acts for. */
  readonly actor: Actor | null;
  readonly requestId: string | null;
  readonly address: string | null;
  /** What happened: `tenant.suspended`, `api_key.created`. */
  readonly action: string;
  readonly tenantId: string | null;
  /** What it happened to: a slug, a domain, the id of a key. */
  readonly target: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly reason: string | null;
  /** SHA-256 of the entry and of the hash before it, in hexadecimal digits. */
  readonly hash: string;
}

/** Columns of `rowhouse.audit_entries e`, under the names of an entry's fields. */
export const AUDIT_COLUMNS = `e.seq::float8 as seq, e.at, e.actor, e.request_id as "requestId", pg_catalog.host(e.address) as address,
  e.action, e.tenant_id as "tenantId", e.target, e.before, e.after, e.reason, pg_catalog.encode(e.hash, 'hex') as hash`;

const NO_NUL = /^[^\0]*$/;

/** PostgreSQL knows fewer years than JavaScript. */
const moment = z.coerce.date().min(new Date(0)).max(new Date('9999-12-31'));

export const auditFilterSchema = z.strictObject({
  tenant: z.guid().optional().describe('The id of a tenant, which may be purged.'),
  actor: z.string().max(200).regex(NO_NUL).optional().describe('The id of an actor.'),
  action: z.string().max(100).regex(NO_NUL).optional().describe('The beginning of an action: `api_key.`'),
  from: moment.optional().describe('The first moment.'),
  to: moment.optional().describe('The moment after the last.'),
});

export type AuditFilter = z.output<typeof auditFilterSchema>;

/** @throws {OptionsInvalidError} */
export function conditionsOf(filter: AuditFilter, parameter: (value: unknown) => string): readonly string[] {
  const { tenant, actor, action, from, to } = parseOptions('audit', auditFilterSchema, filter);
  return [
    tenant !== undefined && `e.tenant_id = ${parameter(tenant)}::uuid`,
    actor !== undefined && `e.actor ->> 'id' = ${parameter(actor)}`,
    action !== undefined && `pg_catalog.starts_with(e.action, ${parameter(action)})`,
    from && `e.at >= ${parameter(from)}`,
    to && `e.at < ${parameter(to)}`,
  ].filter((condition) => typeof condition === 'string');
}
