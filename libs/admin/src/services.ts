// The services without Nest: for scripts, commands and other frameworks.

export type { Domain } from './domains/domain.js';
export type { DomainChallenge, DomainFailure, ResolveTxt } from './domains/domain-challenge.js';
export {
  DomainInvalidError,
  DomainNotFoundError,
  DomainNotVerifiedError,
  DomainTakenError,
} from './domains/domain-errors.js';
export type { DomainStatus } from './domains/domain-schedule.js';
export { type DomainControl, Domains, type DomainsOptions } from './domains/domains.js';
export {
  TENANT_SORTS,
  type TenantDetails,
  type TenantFilter,
  TenantListing,
  type TenantListQuery,
} from './tenants/tenant-listing.js';
