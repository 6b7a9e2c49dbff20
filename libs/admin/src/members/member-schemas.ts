import { pageQuery } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { shownText } from '../text.js';
import { INVITATION_STATES } from './invitations.js';
import { MEMBER_STATUSES, memberFilterSchema } from './member.js';

const PAGE = { defaultLimit: 50, maxLimit: 200 };

const actor = z.object({ type: z.string(), id: z.string() }).nullable();

export const memberAnswer = z
  .object({
    id: z.guid(),
    tenantId: z.guid(),
    issuer: z.string(),
    subject: z.string(),
    email: z.string(),
    name: z.string(),
    roles: z.array(z.string()),
    status: z.enum(MEMBER_STATUSES),
    lastSeenAt: z.date().nullable().describe('Exact to ten minutes. The ETag is the same before and after.'),
    createdAt: z.date(),
    createdBy: actor,
    updatedAt: z.date(),
  })
  .meta({ id: 'Member' });

export const invitationAnswer = z
  .object({
    id: z.guid(),
    tenantId: z.guid(),
    email: z.string(),
    roles: z.array(z.string()),
    state: z.enum(INVITATION_STATES),
    expiresAt: z.date(),
    createdAt: z.date(),
    createdBy: actor,
  })
  .meta({ id: 'Invitation' });

export const newInvitationAnswer = invitationAnswer
  .extend({ token: z.string().describe('What the link carries. It is answered once.') })
  .meta({ id: 'NewInvitation' });

export const countsAnswer = z
  .object({
    users: z.number(),
    activeUsers: z.number(),
    tenants: z.object({
      items: z.array(
        z.object({ id: z.guid(), slug: z.string(), users: z.number(), activeUsers: z.number() }),
      ),
      next: z.string().nullable(),
    }),
  })
  .meta({ id: 'MemberCounts' });

export const membersQuery = pageQuery({ ...PAGE, key: z.tuple([shownText(254)]) }).extend(
  memberFilterSchema.shape,
);
export const invitationsQuery = pageQuery({ ...PAGE, key: z.tuple([z.guid()]) });
export const countsQuery = pageQuery({ ...PAGE, key: z.tuple([shownText(48)]) });
