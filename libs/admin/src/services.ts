// The services without Nest: for scripts, commands and other frameworks.

export {
  type Invitation,
  type InvitationAcceptance,
  type InvitationListing,
  Invitations,
  type NewInvitation,
  type NewInvitationAnswer,
} from './members/invitations.js';
export type {
  Member,
  MemberChange,
  MemberFilter,
  MemberStatus,
  NewMember,
  TenantUser,
} from './members/member.js';
export {
  InvitationEmailDiffersError,
  InvitationEndedError,
  InvitationNotFoundError,
  LastOwnerError,
  MemberConflictError,
  MemberInvalidError,
  MemberNotFoundError,
  MemberRoleUnknownError,
} from './members/member-errors.js';
export {
  type MemberCounts,
  MemberListing,
  type MemberListQuery,
  type TenantOfUser,
} from './members/member-listing.js';
export type { MemberRolesOptions } from './members/member-roles.js';
export { type MemberControl, Members } from './members/members.js';
export {
  TENANT_SORTS,
  type TenantDetails,
  type TenantFilter,
  TenantListing,
  type TenantListQuery,
} from './tenants/tenant-listing.js';
