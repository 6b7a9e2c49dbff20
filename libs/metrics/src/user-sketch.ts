import { createHash } from 'node:crypto';

/**
 * A sketch of a set of users: the smallest of their hashes ("k minimum values", Z. Bar-Yossef and others, RANDOM 2002). Sketches of
 * several instances and days are merged by their union, cut to this size. A set that fits is counted exactly; of a larger one the
 * number is estimated, with a standard error of 6.3 %.
 */
export const SKETCH_SIZE = 256;

/** Hashes are whole numbers below this, which JavaScript and PostgreSQL both have exactly. */
const RANGE = 2 ** 48;

/** The hash of a user of a tenant. It says nothing about the same user elsewhere. */
export function hashOfUser(tenantId: string, user: string): number {
  return createHash('sha256').update(`${tenantId} ${user}`).digest().readUIntBE(0, 6);
}

/** How many users sketches stand for together. */
export function usersIn(sketches: readonly (readonly number[])[]): number {
  const hashes = [...new Set(sketches.flat())].sort((a, b) => a - b);
  const last = hashes[SKETCH_SIZE - 1];
  return last === undefined ? hashes.length : Math.round(((SKETCH_SIZE - 1) * RANGE) / last);
}

/** The sketch of a set of users. */
export function sketchOf(tenantId: string, users: Iterable<string>): readonly number[] {
  return smallestOf(new Set(Array.from(users, (user) => hashOfUser(tenantId, user))));
}

/** The part of a set of hashes that a sketch keeps. */
export function smallestOf(hashes: ReadonlySet<number>): readonly number[] {
  return [...hashes].sort((a, b) => a - b).slice(0, SKETCH_SIZE);
}
