import { claimAt } from '../resolvers/jwt/claim.js';
import { OPERATOR_ROLES, type OperatorRole } from './operator.js';

/** What each value of the claim is, where the claim holds the roles themselves. */
const OWN_NAMES: ReadonlyMap<string, OperatorRole> = new Map(OPERATOR_ROLES.map((role) => [role, role]));

/**
 * The highest role that verified claims give.
 *
 * @param path - where the claim stands, in segments. Its value is a text, or a list with several.
 * @param roles - the role that each value of the claim gives.
 */
export function operatorRoleIn(
  claims: object,
  path: readonly string[],
  roles: ReadonlyMap<string, OperatorRole> = OWN_NAMES,
): OperatorRole | undefined {
  const given = [claimAt(claims, path)].flat().map((value) => roles.get(value as string));
  return OPERATOR_ROLES.findLast((role) => given.includes(role));
}
