import { Readable } from 'node:stream';
import { Get, Inject, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { TenantLifecycle } from '@rowhouse/migrations';
import {
  type Page,
  type PlatformResponse,
  pageOf,
  RequireOperatorRole,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { Describe } from '../openapi/route-description.js';
import { pageAnswer } from '../request-schemas.js';
import { signalOf } from '../response-signal.js';
import { Audit } from './audit.js';
import type { AuditEntry } from './audit-entry.js';
import type { AuditFormat } from './audit-export.js';
import {
  auditEntryAnswer,
  auditExportQuery,
  auditQuery,
  auditVerificationAnswer,
  tenantAuditQuery,
} from './audit-schemas.js';
import type { AuditVerification } from './audit-verification.js';

const MEDIA_TYPES: Readonly<Record<AuditFormat, string>> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
};

export class AuditController {
  constructor(@Inject(Audit) private readonly audit: Audit) {}

  @Get()
  @Describe({ summary: 'Lists who changed what, newest first.', answer: pageAnswer(auditEntryAnswer) })
  list(
    @Query(new SchemaPipe('query', auditQuery)) query: z.output<typeof auditQuery>,
  ): Promise<Page<AuditEntry>> {
    return pageOfAudit(this.audit, query);
  }

  @Get('export')
  @Describe({
    summary: 'Streams entries, oldest first, one a line.',
    answer: z.string(),
    mediaType: MEDIA_TYPES.ndjson,
  })
  export(
    @Query(new SchemaPipe('query', auditExportQuery)) query: z.output<typeof auditExportQuery>,
  ): StreamableFile {
    const { format, ...filter } = query;
    // A client that goes away destroys the stream, which ends the lines.
    const lines = this.audit.lines(format, filter);
    return new StreamableFile(Readable.from(lines, { objectMode: false, highWaterMark: 65_536 }), {
      type: MEDIA_TYPES[format],
      disposition: `attachment; filename="audit.${format}"`,
    });
  }

  @Get('verify')
  @RequireOperatorRole('owner')
  @Describe({
    summary: 'Verifies that no entry was changed, removed or forged, and names the first that was.',
    answer: auditVerificationAnswer,
  })
  verify(@Res({ passthrough: true }) response: PlatformResponse): Promise<AuditVerification> {
    return this.audit.verify({ signal: signalOf(response) });
  }
}

/** Below the path of tenants. */
export class TenantAuditController {
  constructor(
    @Inject(Audit) private readonly audit: Audit,
    @Inject(TenantLifecycle) private readonly lifecycle: TenantLifecycle,
  ) {}

  @Get(':tenant/audit')
  @Describe({
    summary: 'Lists who changed what of a tenant, newest first. A purged tenant is named by its id.',
    answer: pageAnswer(auditEntryAnswer),
  })
  async list(
    @Param('tenant') slugOrId: string,
    @Query(new SchemaPipe('query', tenantAuditQuery)) query: z.output<typeof tenantAuditQuery>,
  ): Promise<Page<AuditEntry>> {
    const isId = z.guid().safeParse(slugOrId).success;
    const isKnown = isId && (await this.audit.list({ tenant: slugOrId, limit: 1 })).length > 0;
    const tenant = isKnown ? slugOrId : (await this.lifecycle.find(slugOrId)).id;
    return pageOfAudit(this.audit, { ...query, tenant });
  }
}

async function pageOfAudit(
  audit: Audit,
  { limit, cursor, ...filter }: z.output<typeof auditQuery>,
): Promise<Page<AuditEntry>> {
  const found = await audit.list({ ...filter, limit: limit + 1, after: cursor?.[0] });
  return pageOf(found, limit, ({ seq }) => [seq]);
}
