import { pageQuery } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { auditFilterSchema } from './audit-entry.js';
import { AUDIT_FORMATS } from './audit-export.js';
import { AUDIT_PROBLEMS } from './audit-verification.js';

const page = pageQuery({ defaultLimit: 50, maxLimit: 200, key: z.tuple([z.int().min(0)]) });

export const auditQuery = page.extend(auditFilterSchema.shape);
export const tenantAuditQuery = page.extend(auditFilterSchema.omit({ tenant: true }).shape);
export const auditExportQuery = auditFilterSchema.extend({ format: z.enum(AUDIT_FORMATS).default('ndjson') });

export const auditEntryAnswer = z
  .object({
    seq: z.int().describe('Numbers have no gaps.'),
    at: z.date(),
    actor: z.object({ type: z.string(), id: z.string() }).nullable(),
    requestId: z.string().nullable(),
    address: z.string().nullable(),
    action: z.string(),
    tenantId: z.guid().nullable(),
    target: z.string().nullable(),
    before: z.unknown(),
    after: z.unknown(),
    reason: z.string().nullable(),
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' });

export const auditVerificationAnswer = z
  .object({
    isIntact: z.boolean(),
    fault: z.object({ seq: z.int(), problem: z.enum(AUDIT_PROBLEMS), detail: z.string() }).nullable(),
    entries: z.int(),
    droppedUpTo: z.int().describe('The last entry that retention removed; 0 for none.'),
    head: z.object({ seq: z.int(), hash: z.string() }),
  })
  .meta({ id: 'AuditVerification' });
