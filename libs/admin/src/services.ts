// The services without Nest: for scripts, commands and other frameworks.

export {
  TENANT_SORTS,
  type TenantDetails,
  type TenantFilter,
  TenantListing,
  type TenantListQuery,
} from './tenants/tenant-listing.js';
