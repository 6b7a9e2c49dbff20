export { ApiKeyResolver, type ApiKeyResolverOptions } from './api-key.resolver.js';
export {
  type CustomResolution,
  CustomResolver,
  type CustomResolverOptions,
  type ResolveTenant,
} from './custom.resolver.js';
export { DefaultTenantResolver, type DefaultTenantResolverOptions } from './default-tenant.resolver.js';
export { DomainResolver, type DomainResolverOptions } from './domain.resolver.js';
export type { PathPattern } from './excluded-paths.js';
export { HeaderResolver, type HeaderResolverOptions } from './header.resolver.js';
export { JwtResolver } from './jwt/jwt.resolver.js';
export type { JwtAlgorithm } from './jwt/jwt-keys.js';
export type { JwtCacheOptions, JwtResolverOptions } from './jwt/jwt-options.js';
export { PathResolver, type PathResolverOptions, type PathSplit } from './path.resolver.js';
export { QueryResolver, type QueryResolverOptions } from './query.resolver.js';
export {
  type HeaderValue,
  type PlainHeaders,
  type TenantRequest,
  toTenantRequest,
} from './request/tenant-request.js';
export { SubdomainResolver, type SubdomainResolverOptions } from './subdomain.resolver.js';
export { parseTenantReference, type TenantReference, type TenantReferenceKind } from './tenant-reference.js';
export {
  type Resolved,
  type TenantLookup,
  TenantResolution,
  type TenantResolutionOptions,
} from './tenant-resolution.js';
export type { MaybePromise, TenantResolver } from './tenant-resolver.js';
