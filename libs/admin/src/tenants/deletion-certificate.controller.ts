import { Get, Inject, Param } from '@nestjs/common';
import { TENANT_ISOLATIONS } from '@rowhouse/core';
import { type KeptCertificate, TenantLifecycle } from '@rowhouse/migrations';
import { z } from 'zod';
import { Describe } from '../openapi/route-description.js';

const certificateAnswer = z
  .object({
    certificate: z.object({
      format: z.literal(1),
      tenant: z.object({
        id: z.guid(),
        slug: z.string(),
        name: z.string(),
        isolation: z.enum(TENANT_ISOLATIONS),
        placement: z.string(),
        createdAt: z.string(),
      }),
      home: z.string().nullable().describe('The schema or the database that was dropped.'),
      tables: z.array(z.object({ name: z.string(), rows: z.int().nullable() })),
      rows: z.int(),
      contents: z
        .array(z.object({ name: z.string(), objects: z.int().nullable(), bytes: z.int().nullable() }))
        .optional()
        .describe(
          'What was removed that is not in PostgreSQL; null where it was left. Certificates of former releases have none.',
        ),
      purgedAt: z.string(),
      by: z.object({ type: z.string(), id: z.string() }).nullable(),
      reason: z.string().nullable(),
      export: z.object({ file: z.string(), sizeBytes: z.int(), sha256: z.string() }).nullable(),
      archives: z
        .array(z.object({ id: z.guid(), sha256: z.string(), expiresAt: z.string() }))
        .describe('Archives of the tenant that were kept then.'),
      audit: z.object({ seq: z.int(), hash: z.string() }),
    }),
    sha256: z.string().describe('Of the certificate, as JSON without spaces.'),
    jws: z.string().nullable().describe('The certificate as a JSON Web Signature (EdDSA).'),
  })
  .meta({ id: 'DeletionCertificate' });

export class DeletionCertificateController {
  constructor(@Inject(TenantLifecycle) private readonly lifecycle: TenantLifecycle) {}

  @Get(':tenant/deletion-certificate')
  @Describe({
    summary:
      'Reads what the purge of a tenant has removed. The tenant is named by its id, or by the slug that it had.',
    answer: certificateAnswer,
  })
  find(@Param('tenant') slugOrId: string): Promise<KeptCertificate> {
    return this.lifecycle.certificate(slugOrId);
  }
}
