export { NotInThisProcessError } from './deployment/deployment-errors.js';
export type { DomainAsk } from './domains/domain-ask.guard.js';
export { CurrentMember } from './members/current-member.decorator.js';
export { MemberRoleRequiredError } from './members/member-errors.js';
export type { MembersOptions } from './members/members.providers.js';
export { MembershipPolicy, type UserOf } from './members/membership.policy.js';
export { RequireRole } from './members/require-role.decorator.js';
export { Operations } from './operations/operations.js';
export * from './services.js';
export { SettingsNotDeclaredError } from './settings/settings-errors.js';
export {
  TenantSettingsModule,
  type TenantSettingsModuleOptions,
} from './settings/tenant-settings.module.js';
export {
  CrossSiteRequestError,
  SignInFailedError,
  SignInForbiddenError,
  SignInUnavailableError,
} from './sign-in/sign-in-errors.js';
export {
  type TenancyAdminDomainsOptions,
  TenancyAdminModule,
  type TenancyAdminModuleOptions,
} from './tenancy-admin.module.js';
export { type Export, type ExportListing, Exports } from './transfers/exports/exports.js';
