import type { Provider } from '@nestjs/common';
import { Catalog, OptionsInvalidError, TenantQuotas } from '@rowhouse/core';
import { TenantLifecycle } from '@rowhouse/migrations';
import type { DescribedController } from '../openapi/open-api-document.js';
import { InvitationsController } from './invitations.controller.js';
import { Invitations } from './invitations.js';
import { MemberCountsController } from './member-counts.controller.js';
import type { MemberRolesOptions } from './member-roles.js';
import { MembersController } from './members.controller.js';
import { Members } from './members.js';
import { MembershipPolicy, type UserOf } from './membership.policy.js';

export interface MembersOptions extends MemberRolesOptions {
  /** Who is signed in. Default: `request.user` with the claims `iss` and `sub`. */
  readonly userOf?: UserOf;
}

export const MEMBER_CONTROLLERS: readonly DescribedController[] = [
  { controller: MembersController, below: 'tenants/:tenant/members' },
  { controller: InvitationsController, below: 'tenants/:tenant/invitations' },
  { controller: MemberCountsController, below: 'members' },
];

export const MEMBER_SERVICES = [Members, Invitations, MembershipPolicy];

/** Those of the app, where the admin API is mounted in one: what they count makes events. */
const QUOTAS = { token: TenantQuotas, optional: true };

/** @param token - of the options of the module, which have `members`. Wrong ones are refused at start-up. */
export function memberProviders(token: symbol): readonly Provider[] {
  return [
    {
      provide: Members,
      inject: [Catalog, token, TenantLifecycle, QUOTAS],
      useFactory: (
        catalog: Catalog,
        options: Options,
        { plans }: TenantLifecycle,
        quotas = new TenantQuotas(plans),
      ) => new Members(catalog, rolesOf(options), quotas),
    },
    {
      provide: Invitations,
      inject: [Catalog, token, TenantLifecycle, QUOTAS],
      useFactory: (
        catalog: Catalog,
        options: Options,
        { plans }: TenantLifecycle,
        quotas = new TenantQuotas(plans),
      ) => new Invitations(catalog, rolesOf(options), quotas),
    },
    {
      provide: MembershipPolicy,
      inject: [Catalog, token],
      useFactory: (catalog: Catalog, { members }: Options) => new MembershipPolicy(catalog, members?.userOf),
    },
  ];
}

interface Options {
  readonly members?: MembersOptions;
}

/** @throws {OptionsInvalidError} */
function rolesOf({ members }: Options): MemberRolesOptions {
  if (!members)
    throw new OptionsInvalidError('TenancyAdminModule', [
      { field: 'members', expected: 'expected the roles of members, since there are routes for members' },
    ]);
  const { userOf: _, ...roles } = members;
  return roles;
}
