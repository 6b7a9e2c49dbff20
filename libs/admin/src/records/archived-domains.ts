import { TransferConflictError } from '@rowhouse/transfer';
import type { Domains } from '../domains/domains.js';
import type { ArchivedKind } from './archived-kind.js';
import { named } from './merge-overrides.js';

const NAMES = `
  select c.domain from rowhouse.domain_claims c where c.tenant_id = $1
  union select d.domain from rowhouse.tenant_domains d where d.tenant_id = $1
  order by domain`;

/**
 * The domains of tenants, as names. A tenant claims what an archive names, with a challenge that nobody has seen: only DNS proves a domain,
 * and an archive has no token that a record could have.
 */
export function archivedDomains(domains: Domains): ArchivedKind<'domains'> {
  return {
    read: async (client, { id }) => {
      const { rows } = await client.query<{ domain: string }>(NAMES, [id]);
      const content = rows.map(({ domain }) => domain);
      return () => ({ content, revision: content });
    },
    prepare: (content) => {
      const names = domains.parseNames(content);
      return {
        write: async (client, { id }, { onConflict, by }) => {
          const { added, same, refused } = await domains.claimAll(client, id, names, by);
          if (refused.length > 0 && (onConflict === 'fail' || onConflict === 'remap'))
            throw new TransferConflictError(
              `The tenant cannot have these domains of the archive, because another tenant has proven them or because it has too many that are not verified: ${named(refused)}.`,
            );
          return { written: added, same, skipped: 0, leftOut: refused };
        },
      };
    },
  };
}
