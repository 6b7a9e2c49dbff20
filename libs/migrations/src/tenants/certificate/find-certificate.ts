import type { Catalog } from '@rowhouse/core';
import { isTenantId } from '@rowhouse/core';
import { CertificateNotFoundError } from '../../errors.js';
import { type DeletionCertificate, digestOf, type KeptCertificate } from './deletion-certificate.js';

/**
 * The certificate of a purge.
 *
 * @param slugOrId - of a purged tenant; of several that had the slug, the last.
 * @throws {CertificateNotFoundError}
 */
export async function findDeletionCertificate(
  catalog: Pick<Catalog, 'query'>,
  slugOrId: string,
): Promise<KeptCertificate> {
  const { rows } = await catalog.query<{ certificate: string; jws: string | null }>(
    `select c.certificate, c.jws from rowhouse.deletion_certificates c
      where ($1::uuid is not null and c.tenant_id = $1) or ($1::uuid is null and c.slug = $2)
      order by c.created_at desc limit 1`,
    isTenantId(slugOrId) ? [slugOrId, null] : [null, slugOrId.replaceAll('\0', '')],
  );
  if (!rows[0]) throw new CertificateNotFoundError();
  const { certificate, jws } = rows[0];
  return { certificate: JSON.parse(certificate) as DeletionCertificate, sha256: digestOf(certificate), jws };
}
