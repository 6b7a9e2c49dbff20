import type { Catalog } from '@rowhouse/core';
import { challengeOf, type DomainChallenge, type DomainFailure } from './domain-challenge.js';
import { unicodeNameOf } from './domain-name.js';
import type { DomainStatus } from './domain-schedule.js';

/** What a transaction of the catalog runs statements on. */
export type CatalogClient = Parameters<Parameters<Catalog['transaction']>[0]>[0];

/** A domain of a tenant. It is served while it is verified. */
export interface Domain {
  /** In ASCII. */
  readonly domain: string;
  readonly unicode: string;
  readonly status: DomainStatus;
  readonly isPrimary: boolean;
  /** The record that proves it; `null` for a domain that a script has entered as proven. */
  readonly challenge: DomainChallenge | null;
  readonly checkedAt: Date | null;
  readonly verifiedAt: Date | null;
  /** Why the last check failed. */
  readonly failure: DomainFailure | null;
  readonly createdAt: Date;
}

interface DomainRow extends Omit<Domain, 'unicode' | 'challenge'> {
  readonly token: string | null;
}

/** A claim without its served domain is one that somebody has deleted by SQL. */
const SELECT = `select coalesce(d.domain, c.domain) as domain, c.token,
    case when d.domain is not null then 'verified' when c.status = 'verified' then 'lapsed' else c.status end as status,
    coalesce(d.is_primary, false) as "isPrimary", c.checked_at as "checkedAt",
    coalesce(c.verified_at, d.created_at) as "verifiedAt", c.failure, coalesce(c.created_at, d.created_at) as "createdAt"
  from (select * from rowhouse.domain_claims where tenant_id = $1) c
  full join (select * from rowhouse.tenant_domains where tenant_id = $1) d on d.domain = c.domain`;

/** In alphabetical order. */
export async function readDomains(
  client: Pick<CatalogClient, 'query'>,
  tenantId: string,
  { limit, after = '' }: { readonly limit: number; readonly after?: string | undefined },
): Promise<readonly Domain[]> {
  const { rows } = await client.query<DomainRow>(
    `${SELECT} where coalesce(d.domain, c.domain) > $2 order by 1 limit $3`,
    [tenantId, after, limit],
  );
  return rows.map(domainOf);
}

export async function readDomain(
  client: Pick<CatalogClient, 'query'>,
  tenantId: string,
  domain: string,
): Promise<Domain | undefined> {
  const { rows } = await client.query<DomainRow>(`${SELECT} where coalesce(d.domain, c.domain) = $2`, [
    tenantId,
    domain,
  ]);
  return rows[0] && domainOf(rows[0]);
}

function domainOf({ token, domain, ...row }: DomainRow): Domain {
  return {
    domain,
    unicode: unicodeNameOf(domain),
    ...row,
    challenge: token === null ? null : challengeOf(domain, token),
  };
}
