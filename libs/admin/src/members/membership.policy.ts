import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { type Catalog, OptionsInvalidError, type Tenant } from '@rowhouse/core';
import type { TenantAccessPolicy } from '@rowhouse/nestjs';
import type { Member, TenantUser } from './member.js';
import { MemberDirectory } from './member-directory.js';

/** Who is signed in, of Express's or Fastify's request; `undefined` for nobody. */
export type UserOf = (request: never) => TenantUser | undefined;

/** By request, so that handlers ask no second time. */
const membersInForce = new WeakMap<object, Member>();

/** The member whose request this is. */
export function memberInForce(request: object): Member | undefined {
  return membersInForce.get(request);
}

/**
 * Lets a user enter a tenant that the user is an active member of:
 *
 *     TenancyModule.forRoot({ …, accessPolicy: MembershipPolicy })
 */
export class MembershipPolicy
  implements TenantAccessPolicy, OnApplicationBootstrap, BeforeApplicationShutdown
{
  readonly #directory: MemberDirectory;
  readonly #userOf: UserOf;

  /** @throws {OptionsInvalidError} where no module provides it, so that Nest makes it of nothing. */
  constructor(catalog: Catalog, userOf: UserOf = userOfClaims) {
    if (!catalog)
      throw new OptionsInvalidError('MembershipPolicy', [
        { field: 'members', expected: 'expected TenancyAdminModule.forRoot({ …, members })' },
      ]);
    this.#directory = new MemberDirectory(catalog);
    this.#userOf = userOf;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#directory.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#directory.close();
  }

  async canEnter(tenant: Tenant, request: unknown): Promise<boolean> {
    return (await this.memberOf(tenant, request as object)) !== undefined;
  }

  /** The active member that the user of a request is of a tenant. */
  async memberOf({ id }: Pick<Tenant, 'id'>, request: object): Promise<Member | undefined> {
    const user = this.#userOf(request as never);
    if (typeof user?.issuer !== 'string' || typeof user.subject !== 'string') return undefined;
    const member = await this.#directory.find(id, user);
    if (member) membersInForce.set(request, member);
    else membersInForce.delete(request);
    return member;
  }
}

/** `request.user` with the claims `iss` and `sub`, as guards leave a verified token there. */
function userOfClaims({ user }: { readonly user?: unknown }): TenantUser | undefined {
  if (typeof user !== 'object' || user === null) return undefined;
  const { iss, sub } = user as { iss?: unknown; sub?: unknown };
  return typeof iss === 'string' && typeof sub === 'string' ? { issuer: iss, subject: sub } : undefined;
}
