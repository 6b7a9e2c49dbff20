/**
 * Which connection a tenant is served on where there is a choice: the one with the highest score of all that are free (rendezvous
 * hashing; D. G. Thaler and C. V. Ravishankar, IEEE/ACM Transactions on Networking 6(1), 1998). A tenant has the same first choice while
 * that connection lives, so each server process has few tenants, whose tables and plans it keeps at hand. Busy connections are no
 * choice, so none gets more than it can serve.
 *
 * @param place - of a tenant, by {@link placeOf}.
 * @param seed - of a connection.
 * @returns 0 to 2^32 - 1.
 */
export function affinityOf(place: number, seed: number): number {
  let mixed = Math.imul(place ^ seed, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

/** @param key - of a tenant: its id, whose end is random in each version of UUID that is in use. */
export function placeOf(key: string): number {
  return Number.parseInt(key.slice(-8), 16) || 0;
}

export function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
