import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Actor, Catalog, TenantQuotas } from '@rowhouse/core';
import { requireActor, runEach, writeEvent } from '@rowhouse/core/internal';
import { z } from 'zod';
import { parseFields } from '../invalid-fields.js';
import { shownText } from '../text.js';
import { emailSchema, type Member, rolesSchema, userSchema } from './member.js';
import {
  InvitationEmailDiffersError,
  InvitationEndedError,
  InvitationNotFoundError,
  MemberConflictError,
  MemberInvalidError,
} from './member-errors.js';
import { audit, insertMember, lockMembersOf, requireRoomForMember } from './member-records.js';
import { MemberRoles, type MemberRolesOptions } from './member-roles.js';

export const INVITATION_STATES = ['pending', 'accepted', 'revoked', 'expired'] as const;

export interface Invitation {
  readonly id: string;
  readonly tenantId: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly state: (typeof INVITATION_STATES)[number];
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly createdBy: Actor | null;
}

/** The token is answered once, and kept nowhere. */
export interface NewInvitationAnswer extends Invitation {
  readonly token: string;
}

export const newInvitationSchema = z.strictObject({
  email: emailSchema,
  roles: rolesSchema,
  expiresInDays: z.int().min(1).max(90).default(7),
});
export type NewInvitation = z.input<typeof newInvitationSchema>;

const acceptanceSchema = z.strictObject({
  token: z.string().max(200),
  user: z.strictObject({
    ...userSchema.shape,
    email: emailSchema.optional(),
    name: shownText(200).optional(),
  }),
  allowOtherEmail: z.boolean().default(false),
});

export interface InvitationAcceptance {
  readonly token: string;
  /** As the app's guard knows them. Hand on an address only if the identity provider has verified it (`email_verified`). */
  readonly user: {
    readonly issuer: string;
    readonly subject: string;
    readonly email?: string | undefined;
    readonly name?: string | undefined;
  };
  /** Let in whoever has the token, whatever their address. Default false. */
  readonly allowOtherEmail?: boolean;
}

const COLUMNS = `i.id, i.tenant_id as "tenantId", i.email, i.roles, i.expires_at as "expiresAt",
  i.created_at as "createdAt", i.created_by as "createdBy",
  case when i.accepted_at is not null then 'accepted' when i.revoked_at is not null then 'revoked'
       when i.expires_at <= pg_catalog.clock_timestamp() then 'expired' else 'pending' end as state`;

export interface InvitationListing {
  readonly limit: number;
  /** The id of the invitation that the page before ended with. */
  readonly after?: string | undefined;
}

/** Invitations to become a member of a tenant, by a link that works once. */
export class Invitations {
  readonly #catalog: Catalog;
  readonly #roles: MemberRoles;
  readonly #quotas: TenantQuotas | undefined;

  /**
   * @param quotas - where a plan has the quota `members`, no tenant gets more.
   * @throws {OptionsInvalidError}
   */
  constructor(catalog: Catalog, roles: MemberRolesOptions, quotas?: TenantQuotas) {
    this.#quotas = quotas;
    this.#catalog = catalog;
    this.#roles = new MemberRoles(roles);
  }

  /** Latest first. */
  async list(tenantId: string, { limit, after }: InvitationListing): Promise<readonly Invitation[]> {
    const { rows } = await this.#catalog.query<Invitation>(
      `select ${COLUMNS} from rowhouse.member_invitations i
        where i.tenant_id = $1 and ($3::uuid is null or (i.created_at, i.id) <
                (select b.created_at, b.id from rowhouse.member_invitations b where b.id = $3 and b.tenant_id = $1))
        order by i.created_at desc, i.id desc limit $2`,
      [tenantId, limit, after ?? null],
    );
    return rows;
  }

  /** @throws {InvitationNotFoundError} */
  async find(id: string): Promise<Invitation> {
    requireId(id);
    const { rows } = await this.#catalog.query<Invitation>(
      `select ${COLUMNS} from rowhouse.member_invitations i where i.id = $1`,
      [id],
    );
    if (!rows[0]) throw new InvitationNotFoundError();
    return rows[0];
  }

  /**
   * Invites an address. An earlier invitation of it that is pending is revoked. The event `invited` carries the invitation's id,
   * and no token.
   *
   * @throws {MemberInvalidError}
   * @throws {MemberRoleUnknownError}
   * @throws {MemberConflictError} when a member of the tenant has this address.
   * @throws {QuotaExceededError} when the tenant has as many members as it may.
   */
  async create(
    tenantId: string,
    invitation: NewInvitation,
    { by }: { readonly by?: Actor | undefined } = {},
  ): Promise<NewInvitationAnswer> {
    requireActor(by);
    const { email, roles, expiresInDays } = parseFields(newInvitationSchema, invitation, MemberInvalidError);
    this.#roles.requireKnown(roles);
    const token = randomBytes(32).toString('base64url');
    const id = randomUUID();
    return this.#catalog.transaction(async (client) => {
      await lockMembersOf(client, tenantId);
      await requireRoomForMember(client, tenantId, this.#quotas);
      const { rowCount: members } = await client.query(
        'select from rowhouse.members where tenant_id = $1 and pg_catalog.lower(email) = $2 collate "C"',
        [tenantId, email.toLowerCase()],
      );
      if (members) throw new MemberConflictError('A member of the tenant has this e-mail address.');
      await client.query(
        `update rowhouse.member_invitations set revoked_at = pg_catalog.now()
          where tenant_id = $1 and pg_catalog.lower(email) = $2 collate "C" and accepted_at is null and revoked_at is null`,
        [tenantId, email.toLowerCase()],
      );
      const { rows } = await client.query<Invitation>(
        `insert into rowhouse.member_invitations as i (id, tenant_id, token_hash, email, roles, expires_at, created_by)
           values ($1, $2, $3, $4, $5, pg_catalog.now() + pg_catalog.make_interval(days => $6), $7) returning ${COLUMNS}`,
        [id, tenantId, hashOf(token), email, roles, expiresInDays, by ? JSON.stringify(by) : null],
      );
      await runEach(client, [writeEvent('invited', { id: tenantId }, by, { detail: { invitationId: id } })]);
      const made = rows[0] as Invitation;
      await audit(client, { action: 'invitation.created', tenantId, target: id, after: made, by });
      return { ...made, token };
    });
  }

  /**
   * Ends an invitation that is pending; one that is revoked or expired stays as it is.
   *
   * @throws {InvitationNotFoundError}
   * @throws {InvitationEndedError} when it is accepted.
   */
  async revoke(
    tenantId: string,
    id: string,
    { by }: { readonly by?: Actor | undefined } = {},
  ): Promise<void> {
    requireActor(by);
    requireId(id);
    await this.#catalog.transaction(async (client) => {
      await lockMembersOf(client, tenantId);
      const { rows } = await client.query<Invitation>(
        `select ${COLUMNS} from rowhouse.member_invitations i where i.tenant_id = $1 and i.id = $2`,
        [tenantId, id],
      );
      if (!rows[0]) throw new InvitationNotFoundError();
      if (rows[0].state === 'accepted') throw new InvitationEndedError('accepted');
      await client.query(
        'update rowhouse.member_invitations set revoked_at = coalesce(revoked_at, pg_catalog.now()) where id = $1',
        [id],
      );
      if (rows[0].state === 'pending')
        await audit(client, { action: 'invitation.revoked', tenantId, target: id, by });
    });
  }

  /**
   * Makes a user a member, by the token of an invitation. Of any number of requests with one token one succeeds.
   *
   * @throws {MemberInvalidError}
   * @throws {InvitationNotFoundError} for a token that nobody was given.
   * @throws {InvitationEndedError} when it is accepted, revoked or expired.
   * @throws {InvitationEmailDiffersError}
   * @throws {MemberConflictError} when the user, or another with the address, is a member already, or the tenant is not active.
   * @throws {QuotaExceededError} when the tenant has as many members as it may; the invitation stays as it is.
   */
  async accept(acceptance: InvitationAcceptance): Promise<Member> {
    const { token, user, allowOtherEmail } = parseFields(acceptanceSchema, acceptance, MemberInvalidError);
    const hash = hashOf(token);
    const { rows: known } = await this.#catalog.query<{ tenantId: string }>(
      'select tenant_id as "tenantId" from rowhouse.member_invitations where token_hash = $1',
      [hash],
    );
    const { tenantId } = known[0] ?? {};
    if (tenantId === undefined) throw new InvitationNotFoundError();
    return this.#catalog.transaction(async (client) => {
      const status = await lockMembersOf(client, tenantId);
      const { rows } = await client.query<Invitation>(
        `select ${COLUMNS} from rowhouse.member_invitations i where i.token_hash = $1`,
        [hash],
      );
      const [invitation] = rows;
      if (!invitation) throw new InvitationNotFoundError();
      if (invitation.state !== 'pending') throw new InvitationEndedError(invitation.state);
      if (!allowOtherEmail && user.email?.toLowerCase() !== invitation.email.toLowerCase())
        throw new InvitationEmailDiffersError();
      if (status !== 'active') throw new MemberConflictError('The tenant is not in service.');
      await requireRoomForMember(client, tenantId, this.#quotas);
      const { issuer, subject, email = invitation.email, name = email } = user;
      const by = { type: 'user', id: subject.slice(0, 200) };
      const { roles } = invitation;
      const member = await insertMember(client, { tenantId, issuer, subject, email, name, roles }, by);
      await client.query(
        'update rowhouse.member_invitations set accepted_at = pg_catalog.now() where id = $1',
        [invitation.id],
      );
      return member;
    });
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** @throws {InvitationNotFoundError} */
function requireId(id: string): void {
  if (!z.guid().safeParse(id).success) throw new InvitationNotFoundError();
}
