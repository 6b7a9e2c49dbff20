import { RequestInvalidError } from '@rowhouse/nestjs/operator';
import type { TransferParts } from '../transfer-kind.js';

/**
 * @returns the secret key.
 * @throws {RequestInvalidError} for a name that the application has not declared. It is not repeated: it could be a key.
 */
export function requireIdentity({ identities }: Pick<TransferParts, 'identities'>, name: string): string {
  const identity = Object.hasOwn(identities, name) ? identities[name] : undefined;
  if (identity !== undefined) return identity;
  const names = Object.keys(identities);
  const known = names.length > 0 ? `one of ${names.join(', ')}` : 'none, since the application declares none';
  throw new RequestInvalidError([{ field: 'identity', expected: `expected ${known}` }]);
}
