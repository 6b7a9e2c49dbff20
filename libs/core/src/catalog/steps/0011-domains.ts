import type { CatalogStep } from './catalog-step.js';

// tenant_domains stays what it was: the domains that are served, each of one tenant. What a tenant says is its own, and proves
// by a DNS record, stands apart, so that nothing which reads the domains can serve one that is not proven.
export const domains: CatalogStep = {
  version: 11,
  name: 'claims of domains; primary domains',
  sql: `
create table rowhouse.domain_claims (
  tenant_id     pg_catalog.uuid not null
                constraint domain_claims_tenant_id_fkey references rowhouse.tenants (id) on delete cascade,
  domain        pg_catalog.text collate pg_catalog."C" not null
                constraint domain_claims_domain_check check (
                  domain operator(pg_catalog.=) pg_catalog.lower(domain)
                  and pg_catalog.char_length(domain) operator(pg_catalog.>=) 1
                  and pg_catalog.char_length(domain) operator(pg_catalog.<=) 253),
  token         pg_catalog.text not null,
  status        pg_catalog.text not null default 'pending' constraint domain_claims_status_check check (
                  status operator(pg_catalog.=) any (array['pending', 'verified', 'failed', 'lapsed'])),
  failure       pg_catalog.text,
  failing_since timestamp (3) with time zone,
  checked_at    timestamp (3) with time zone,
  verified_at   timestamp (3) with time zone,
  next_check_at timestamp (3) with time zone,
  created_at    timestamp (3) with time zone not null default pg_catalog.now(),
  constraint domain_claims_pkey primary key (tenant_id, domain)
);
create index domain_claims_next_check_at_idx on rowhouse.domain_claims (next_check_at)
  where next_check_at is not null;

alter table rowhouse.tenant_domains add column is_primary pg_catalog.bool not null default false;
create unique index tenant_domains_primary_key on rowhouse.tenant_domains (tenant_id) where is_primary;
`,
};
