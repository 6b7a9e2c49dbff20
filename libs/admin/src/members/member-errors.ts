import { RowhouseError } from '@rowhouse/core';
import { InvalidFieldsError } from '../invalid-fields.js';

export class MemberInvalidError extends InvalidFieldsError {
  readonly code = 'MEMBER_INVALID';
}

export class MemberRoleUnknownError extends RowhouseError {
  readonly code = 'MEMBER_ROLE_UNKNOWN';
  readonly status = 400;
  readonly detail: string;
  constructor(role: string, known: readonly string[]) {
    const text = `There is no role "${role}". Expected: ${known.join(', ')}.`;
    super(text);
    this.detail = text;
  }
}

export class MemberNotFoundError extends RowhouseError {
  readonly code = 'MEMBER_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'The tenant has no such member.';
  constructor() {
    super('The tenant has no such member.');
  }
}

/** A user is a member of a tenant once, and an e-mail address belongs to one member of it. */
export class MemberConflictError extends RowhouseError {
  readonly code = 'MEMBER_CONFLICT';
  readonly status = 409;
  readonly detail: string;
  constructor(detail: string, cause?: unknown) {
    super(detail, { cause });
    this.detail = detail;
  }
}

export class LastOwnerError extends RowhouseError {
  readonly code = 'LAST_OWNER';
  readonly status = 409;
  readonly detail: string;
  constructor(ownerRole: string) {
    const text = `This is the last active member with the role "${ownerRole}". Give it to another member first.`;
    super(text);
    this.detail = text;
  }
}

/** The member in force has none of the roles that the route needs, or nobody is in force. */
export class MemberRoleRequiredError extends RowhouseError {
  readonly code = 'MEMBER_ROLE_REQUIRED';
  readonly status = 403;
  readonly detail: string;
  constructor(roles: readonly string[]) {
    const text = `This needs a member with the role ${roles.join(' or ')}.`;
    super(text);
    this.detail = text;
  }
}

export class InvitationNotFoundError extends RowhouseError {
  readonly code = 'INVITATION_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such invitation.';
  constructor() {
    super('There is no such invitation.');
  }
}

/** The invitation is accepted, revoked or expired. */
export class InvitationEndedError extends RowhouseError {
  readonly code = 'INVITATION_ENDED';
  readonly status = 410;
  readonly detail: string;
  constructor(state: string) {
    super(`The invitation is ${state}.`);
    this.detail = `The invitation is ${state}.`;
  }
}

/** The user who accepts has another e-mail address than was invited. */
export class InvitationEmailDiffersError extends RowhouseError {
  readonly code = 'INVITATION_EMAIL_DIFFERS';
  readonly status = 403;
  readonly detail = 'The invitation is for another e-mail address.';
  constructor() {
    super('The invitation is for another e-mail address.');
  }
}
