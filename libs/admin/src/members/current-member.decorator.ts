import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Member } from './member.js';
import { memberInForce } from './membership.policy.js';

/** Parameter of a handler: the member whose request it is; `undefined` where `MembershipPolicy` was not asked. */
export const CurrentMember = createParamDecorator(
  (_: unknown, context: ExecutionContext): Member | undefined => {
    const request: unknown = context.switchToHttp().getRequest();
    return typeof request === 'object' && request !== null ? memberInForce(request) : undefined;
  },
);
