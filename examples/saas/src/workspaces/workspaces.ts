import { ConflictException, Injectable } from '@nestjs/common';
import { MemberConflictError, Members } from '@rowhouse/admin';
import { TenantLifecycle } from '@rowhouse/migrations';
import { type Tenant, TenantConflictError } from '@rowhouse/nestjs';
import type { Person } from '../people/people.js';
import { isolationOf, type plans } from '../plans.js';

export interface NewWorkspace {
  readonly slug: string;
  readonly name: string;
  readonly plan: keyof typeof plans;
}

/** Workspaces are the tenants of this app. */
@Injectable()
export class Workspaces {
  constructor(
    private readonly tenants: TenantLifecycle,
    private readonly members: Members,
  ) {}

  /**
   * Opens a workspace, and makes the person its owner. May be repeated, after a lost answer or a crash between the two: the
   * tenant bears the name of whoever signed up from its first moment on.
   *
   * @throws {ConflictException} where somebody else has the slug.
   */
  async signUp({ slug, name, plan }: NewWorkspace, { iss, sub, email }: Person): Promise<Tenant> {
    const by = { by: { type: 'user', id: sub } };
    const tenant = await this.#create({ slug, name, plan, signedUpBy: sub }, by);
    if (tenant.metadata['signedUpBy'] !== sub) throw new ConflictException('This name is taken.');
    // Once a workspace has an owner it keeps one, so that nobody who was removed comes back this way.
    const [anybody] = await this.members.list(tenant.id, { limit: 1 });
    if (!anybody) await this.#employ(tenant, { issuer: iss, subject: sub, email, roles: ['owner'] }, by);
    return tenant;
  }

  async #create(
    { slug, name, plan, signedUpBy }: NewWorkspace & { readonly signedUpBy: string },
    by: Parameters<TenantLifecycle['create']>[1],
  ): Promise<Tenant> {
    const isolation = isolationOf[plan];
    try {
      return await this.tenants.create(
        { slug, name, plan, isolation, metadata: { signedUpBy }, ifNotExists: true },
        by,
      );
    } catch (error) {
      // The same request was sent twice at once: the other has made it.
      if (error instanceof TenantConflictError) return this.tenants.find(slug);
      throw error;
    }
  }

  async #employ(
    { id }: Tenant,
    member: Parameters<Members['add']>[1],
    by: Parameters<Members['add']>[2],
  ): Promise<void> {
    try {
      await this.members.add(id, member, by);
    } catch (error) {
      if (!(error instanceof MemberConflictError)) throw error;
    }
  }
}
