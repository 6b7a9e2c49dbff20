import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { shownText } from '../text.js';
import { MemberRoleUnknownError } from './member-errors.js';

export interface MemberRolesOptions {
  /** The roles that members can have. */
  readonly roles: readonly string[];
  /** The role of which each tenant keeps one active member, once it has one. */
  readonly ownerRole: string;
}

const optionsSchema = z
  .strictObject({ roles: z.array(shownText(50)).min(1).max(50), ownerRole: shownText(50) })
  .refine(({ roles, ownerRole }) => roles.includes(ownerRole), {
    path: ['ownerRole'],
    message: 'expected one of roles',
  });

/** The roles that the app declares. */
export class MemberRoles {
  readonly ownerRole: string;
  readonly #roles: ReadonlySet<string>;

  /** @throws {OptionsInvalidError} */
  constructor(options: MemberRolesOptions) {
    const { roles, ownerRole } = parseOptions('members', optionsSchema, options);
    this.#roles = new Set(roles);
    this.ownerRole = ownerRole;
  }

  /** @throws {MemberRoleUnknownError} */
  requireKnown(roles: readonly string[]): void {
    const unknown = roles.find((role) => !this.#roles.has(role));
    if (unknown !== undefined) throw new MemberRoleUnknownError(unknown, [...this.#roles]);
  }
}
