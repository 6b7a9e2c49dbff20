import { isDeepStrictEqual } from 'node:util';
import { type ArchivedMember, type OnConflict, TransferConflictError } from '@rowhouse/transfer';
import type { Member, TenantUser } from './member.js';

interface MergedMembers {
  readonly added: readonly ArchivedMember[];
  /** Members that are there, and what they become. */
  readonly changed: readonly (readonly [Member, ArchivedMember])[];
  readonly same: number;
  readonly skipped: number;
}

const userOf = ({ issuer, subject }: TenantUser) => JSON.stringify([issuer, subject]);
const addressOf = ({ email }: { readonly email: string }) => email.toLowerCase();

/**
 * What becomes of the members of an archive in a tenant that has some. A conflict is a user who is there with other roles, another address, name or
 * status, or an address that another user of the tenant has. The latter cannot be overwritten.
 *
 * @throws {TransferConflictError} as `onConflict` says; `remap` is as `fail`, since a user has no other key.
 */
export function mergeMembers(
  present: readonly Member[],
  given: readonly ArchivedMember[],
  onConflict: OnConflict,
): MergedMembers {
  const byUser = new Map(present.map((one) => [userOf(one), one]));
  const byAddress = new Map(present.map((one) => [addressOf(one), one]));
  const added: ArchivedMember[] = [];
  const changed: (readonly [Member, ArchivedMember])[] = [];
  const conflicts: string[] = [];
  let [same, skipped] = [0, 0];
  for (const member of given) {
    const there = byUser.get(userOf(member));
    const holder = byAddress.get(addressOf(member));
    const isAddressFree = holder === undefined || holder === there;
    if (there && isSame(there, member)) same += 1;
    else if (!there && isAddressFree) added.push(member);
    else if (onConflict === 'skip') skipped += 1;
    else if (onConflict === 'overwrite' && there && isAddressFree) changed.push([there, member]);
    else conflicts.push(member.email);
  }
  if (conflicts.length > 0)
    throw new TransferConflictError(
      `Members of the tenant are other ones than those of the archive, or have their addresses: ${conflicts.slice(0, 20).join(', ')}${conflicts.length > 20 ? ` and ${conflicts.length - 20} more` : ''}.`,
    );
  return { added, changed, same, skipped };
}

function isSame(there: Member, { email, name, roles, status }: ArchivedMember): boolean {
  return isDeepStrictEqual(
    [there.email, there.name, there.roles, there.status],
    [email, name, roles, status],
  );
}
