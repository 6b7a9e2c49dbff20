import type { Actor } from '@rowhouse/core';
import { z } from 'zod';
import { shownText } from '../text.js';

export const MEMBER_STATUSES = ['active', 'suspended'] as const;
export type MemberStatus = (typeof MEMBER_STATUSES)[number];

/** A user as their identity provider names them: claims `iss` and `sub` (OpenID Connect Core, section 2). */
export interface TenantUser {
  readonly issuer: string;
  readonly subject: string;
}

/** A user who may enter a tenant. */
export interface Member extends TenantUser {
  readonly id: string;
  readonly tenantId: string;
  readonly email: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Who is `suspended` may not enter. */
  readonly status: MemberStatus;
  /** Exact to ten minutes; `null` for who has not entered yet. */
  readonly lastSeenAt: Date | null;
  readonly createdAt: Date;
  readonly createdBy: Actor | null;
  readonly updatedAt: Date;
}

const roleName = shownText(50);

/** Each once. Which roles there are is the app's to declare. */
export const rolesSchema = z
  .array(roleName)
  .min(1)
  .max(50)
  .refine((roles) => new Set(roles).size === roles.length, 'expected each role once');

export const emailSchema = z.email().max(254);

export const userSchema = z.object({ issuer: shownText(300), subject: shownText(255) });

export const newMemberSchema = z.strictObject({
  ...userSchema.shape,
  email: emailSchema,
  /** Default: the e-mail address. */
  name: shownText(200).optional(),
  roles: rolesSchema,
});
export type NewMember = z.input<typeof newMemberSchema>;

export const memberChangeSchema = z
  .strictObject({
    email: emailSchema.optional(),
    name: shownText(200).optional(),
    roles: rolesSchema.optional(),
    status: z.enum(MEMBER_STATUSES).optional(),
  })
  .refine(
    (change) => Object.values(change).some((value) => value !== undefined),
    'expected one of email, name, roles, status',
  )
  .meta({ minProperties: 1 });
export type MemberChange = z.input<typeof memberChangeSchema>;

export const memberFilterSchema = z.object({
  /** Part of the e-mail address or the name. */
  search: shownText(200).optional(),
  role: roleName.optional(),
  status: z.enum(MEMBER_STATUSES).optional(),
});
export type MemberFilter = z.output<typeof memberFilterSchema>;

export const MEMBER_COLUMNS = `m.id, m.tenant_id as "tenantId", m.issuer, m.subject, m.email, m.name, m.roles, m.status,
  m.last_seen_at as "lastSeenAt", m.created_at as "createdAt", m.created_by as "createdBy", m.updated_at as "updatedAt"`;
