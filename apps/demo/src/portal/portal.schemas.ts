import { pageQuery } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { id, line } from '../http/text.js';
import { shopMembers } from '../members/shop-members.js';

const page = { defaultLimit: 50, maxLimit: 200 };

export const membersQuery = pageQuery({ ...page, key: z.tuple([z.string().max(254)]) });
export const invitationsQuery = pageQuery({ ...page, key: z.tuple([id]) });
export const keysQuery = pageQuery({ ...page, key: z.tuple([z.iso.datetime(), id]) });
export const auditQuery = pageQuery({ ...page, key: z.tuple([z.int().positive()]) });
export const usageQuery = pageQuery({ ...page, key: z.tuple([z.int().positive()]) });

/** Who invites here owns the shop, so that they may make any role a member's. */
const roles = z.array(z.enum(shopMembers.roles as [string, ...string[]])).min(1);

export const invite = z.strictObject({ email: z.email().max(254), roles });
export const memberChange = z.strictObject({ roles });
export const newKey = z.strictObject({ label: line(100) });
export const join = z.strictObject({ token: z.string().min(1).max(200) });
