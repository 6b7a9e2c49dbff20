import { z } from 'zod';
import { parseFields } from '../invalid-fields.js';
import { MEMBER_STATUSES, newMemberSchema } from '../members/member.js';
import { MemberInvalidError } from '../members/member-errors.js';
import type { Members } from '../members/members.js';
import type { ArchivedKind } from './archived-kind.js';

const membersSchema = z.array(
  newMemberSchema.extend({ name: newMemberSchema.shape.name.unwrap(), status: z.enum(MEMBER_STATUSES) }),
);

const MEMBERS = `
  select m.issuer, m.subject, m.email, m.name, m.roles, m.status from rowhouse.members m
   where m.tenant_id = $1 order by m.issuer, m.subject`;

/** Members, by issuer and subject. */
export function archivedMembers(members: Members): ArchivedKind<'members'> {
  return {
    read: async (client, { id }) => {
      const { rows } = await client.query<z.output<typeof membersSchema>[number]>(MEMBERS, [id]);
      return () => ({ content: rows, revision: rows });
    },
    prepare: (content) => {
      const given = parseFields(membersSchema, content, MemberInvalidError);
      members.requireRoles(given.flatMap(({ roles }) => roles));
      return {
        write: async (client, { id }, control) => ({
          ...(await members.addAll(client, id, given, control)),
          leftOut: [],
        }),
      };
    },
  };
}
