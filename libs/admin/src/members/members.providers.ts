import type { Provider } from '@nestjs/common';
import { Catalog } from '@rowhouse/core';
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

/** @throws {OptionsInvalidError} at start-up. */
export function memberProviders({ userOf, ...roles }: MembersOptions): readonly Provider[] {
  return [
    { provide: Members, inject: [Catalog], useFactory: (catalog: Catalog) => new Members(catalog, roles) },
    {
      provide: Invitations,
      inject: [Catalog],
      useFactory: (catalog: Catalog) => new Invitations(catalog, roles),
    },
    {
      provide: MembershipPolicy,
      inject: [Catalog],
      useFactory: (catalog: Catalog) => new MembershipPolicy(catalog, userOf),
    },
  ];
}
