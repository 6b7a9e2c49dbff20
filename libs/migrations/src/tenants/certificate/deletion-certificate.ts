import { createHash } from 'node:crypto';
import type { Actor, Tenant } from '@rowhouse/core';
import {
  auditContext,
  auditStatement,
  databaseNameOf,
  KNOWN_COMPANIONS,
  runEach,
} from '@rowhouse/core/internal';
import type pg from 'pg';
import type { CertificateKey } from './certificate-key.js';

/** A file that was written before the removal. */
export interface CertifiedExport {
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** What a purge has removed. */
export interface DeletionCertificate {
  readonly format: 1;
  readonly tenant: Pick<Tenant, 'id' | 'slug' | 'name' | 'isolation' | 'placement'> & {
    readonly createdAt: string;
  };
  /** The schema, or the database, that was dropped; `null` where rows were deleted from shared tables. */
  readonly home: string | null;
  /** Their rows when they were removed; `null` for a table that PostgreSQL could not count. */
  readonly tables: readonly { readonly name: string; readonly rows: number | null }[];
  /** Of all tables that could be counted. */
  readonly rows: number;
  /** What was removed that is not in PostgreSQL; `null` where it was not, because no companion was given that knows where it is. */
  readonly contents: readonly {
    readonly name: string;
    readonly objects: number | null;
    readonly bytes: number | null;
  }[];
  /** ISO 8601, in UTC. */
  readonly purgedAt: string;
  readonly by: Actor | null;
  readonly reason: string | null;
  /** The archive that the purge wrote first. */
  readonly export: CertifiedExport | null;
  /** Archives of the tenant that are still kept, until they expire. */
  readonly archives: readonly { readonly id: string; readonly sha256: string; readonly expiresAt: string }[];
  /** The entry of the audit trail that records the purge, and its hash in hexadecimal. */
  readonly audit: { readonly seq: number; readonly hash: string };
}

/** A certificate as the catalog keeps it. */
export interface KeptCertificate {
  readonly certificate: DeletionCertificate;
  /** Of the certificate as JSON without spaces, in hexadecimal: the audit trail has it too (`tenant.certified`). */
  readonly sha256: string;
  /** The certificate as a JSON Web Signature, where the deployment has a key. */
  readonly jws: string | null;
}

/**
 * Certifies a purge, in the transaction that ends it. What the transaction has recorded of the purge must be the last that it records.
 */
export async function certify(
  client: Pick<pg.ClientBase, 'query'>,
  tenant: Tenant,
  options: {
    readonly by: Actor | undefined;
    readonly export: CertifiedExport | undefined;
    readonly key: CertificateKey | undefined;
  },
): Promise<KeptCertificate> {
  // The entries of this transaction get their numbers now, and nobody appends others before it ends.
  await client.query('set constraints rowhouse.audit_pending_chain immediate');
  const { rows } = await client.query(
    `select h.seq::float8 as seq, pg_catalog.encode(h.hash, 'hex') as hash, pg_catalog.now() as at,
            (select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', t.name, 'rows', t.rows) order by t.name), '[]')
               from rowhouse.purged_tables t where t.tenant_id = $1) as tables,
            (select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', c.name, 'objects', c.objects, 'bytes', c.bytes) order by c.name), '[]')
               from rowhouse.purged_contents c where c.tenant_id = $1) as contents,
            (select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('id', e.id,
                'sha256', pg_catalog.encode(e.sha256, 'hex'), 'expiresAt', e.expires_at) order by e.created_at), '[]')
               from rowhouse.exports e where e.tenant_id = $1) as archives
       from rowhouse.audit_head h`,
    [tenant.id],
  );
  const [{ seq, hash, at, tables, contents, archives }] = rows as [
    Pick<DeletionCertificate, 'tables' | 'contents' | 'archives'> &
      DeletionCertificate['audit'] & { at: Date },
  ];
  const context = auditContext();
  const { id, slug, name, isolation, placement, createdAt } = tenant;
  const certificate: DeletionCertificate = {
    format: 1,
    tenant: { id, slug, name, isolation, placement, createdAt: createdAt.toISOString() },
    home: homeOf(tenant),
    tables: tables.map((table) => ({ name: table.name, rows: table.rows })),
    rows: tables.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
    contents: [...contents.map(countOf), ...leftBehind(tables, contents)],
    purgedAt: at.toISOString(),
    by: options.by ?? context.by ?? null,
    reason: context.reason ?? null,
    export: options.export ?? null,
    archives: archives.map((one) => ({ id: one.id, sha256: one.sha256, expiresAt: one.expiresAt })),
    audit: { seq, hash },
  };
  const text = JSON.stringify(certificate);
  const sha256 = digestOf(text);
  const jws = options.key?.sign(text) ?? null;
  await runEach(client, [
    auditStatement({
      action: 'tenant.certified',
      tenantId: id,
      target: slug,
      after: { sha256 },
      by: options.by,
    }),
    {
      text: `insert into rowhouse.deletion_certificates (tenant_id, slug, certificate, jws) values ($1, $2, $3, $4)
        on conflict (tenant_id) do update set slug = excluded.slug, certificate = excluded.certificate, jws = excluded.jws,
          created_at = excluded.created_at`,
      values: [id, slug, text, jws],
    },
  ]);
  return { certificate, sha256, jws };
}

type Counted = DeletionCertificate['contents'][number];

const countOf = ({ name, objects, bytes }: Counted): Counted => ({ name, objects, bytes });

/** Rows were removed that name contents, and nobody has removed those. */
function leftBehind(
  tables: DeletionCertificate['tables'],
  removed: DeletionCertificate['contents'],
): DeletionCertificate['contents'] {
  return Object.entries(KNOWN_COMPANIONS)
    .filter(([name]) => !removed.some((one) => one.name === name))
    .filter(([, table]) => tables.some(({ name, rows }) => name === table && rows !== 0))
    .map(([name]) => ({ name, objects: null, bytes: null }));
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function homeOf(tenant: Tenant): string | null {
  if (tenant.isolation === 'row') return null;
  return tenant.isolation === 'schema' ? tenant.schema : databaseNameOf(tenant);
}
