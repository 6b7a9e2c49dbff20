import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import type { Actor } from '@rowhouse/core';
import { OperatorForbiddenError } from './operator-errors.js';

/** Each may do what those before it may: look, change what can be changed back, and do the rest. */
export const OPERATOR_ROLES = ['viewer', 'operator', 'owner'] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** Who calls the routes for operators. A guard sets it as `request.operator`. */
export interface Operator {
  /** As the app knows them: the subject of a token, an e-mail address. */
  readonly id: string;
  readonly role: OperatorRole;
}

interface OperatorRequest {
  readonly method: string;
  readonly operator?: Operator;
}

/** Whoever an app's own guard lets in without saying who it is. */
const SOMEBODY: Operator = { id: 'unknown', role: 'owner' };

/** The operator of a request that has passed the guard. */
export function operatorOf(request: object): Operator {
  return (request as OperatorRequest).operator ?? SOMEBODY;
}

/** Stands beside the event of a change that the operator makes. */
export function actorOf(request: object): Actor {
  return { type: 'operator', id: operatorOf(request).id.slice(0, 200) };
}

const REQUIRED_ROLE = 'rowhouse:operator-role';

/** The role that a route needs. Default: `viewer` for GET and HEAD, `operator` for others. */
export const RequireOperatorRole = (role: OperatorRole): MethodDecorator & ClassDecorator =>
  SetMetadata(REQUIRED_ROLE, role);

/** The role that a route needs, of a handler and its HTTP method. */
export function requiredRoleOf(handler: object, method: string): OperatorRole {
  const stated: OperatorRole | undefined = Reflect.getMetadata(REQUIRED_ROLE, handler);
  return stated ?? (method === 'GET' || method === 'HEAD' ? 'viewer' : 'operator');
}

/** Refuses operators whose role is less than the route needs. */
@Injectable()
export class OperatorRoleGuard implements CanActivate {
  /** @throws {OperatorForbiddenError} */
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<OperatorRequest>();
    const required = requiredRoleOf(context.getHandler(), request.method);
    if (OPERATOR_ROLES.indexOf(operatorOf(request).role) >= OPERATOR_ROLES.indexOf(required)) return true;
    throw new OperatorForbiddenError(required);
  }
}
