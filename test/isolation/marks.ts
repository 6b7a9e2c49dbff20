import { ok } from 'node:assert/strict';
import type { FleetMember } from './fleet.js';

const MARK = /house[-_]\d\d/g;
/** Ids begin at one million times the number of the tenant. */
const ID = /(?<![\d.a-f-])\d{7,8}(?![\d.a-f-])/g;

/**
 * Checks that a value contains nothing of another tenant: no text with its mark, no number from its range.
 *
 * @returns the same value.
 */
export function expectOwn<T>({ mark, base }: FleetMember, seen: T): T {
  const text = JSON.stringify(seen) ?? '';
  for (const [found] of text.matchAll(MARK))
    ok(found.replace('_', '-') === mark, `${mark} saw ${found} in ${text}`);
  for (const [found] of text.matchAll(ID))
    ok(Math.floor(Number(found) / 1_000_000) * 1_000_000 === base, `${mark} saw the id ${found} in ${text}`);
  return seen;
}
