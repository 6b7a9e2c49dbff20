import { oneOf } from '../harness/command-line.mjs';

/** Where scans and thumbnails are made: in a process of their own, or in the one that serves the API. */
export const VARIANTS = ['own-process', 'same-process'];

/** @param {import('../harness/command-line.mjs').Options} options */
export function planOf({ quick, rounds, seconds, variants }) {
  return {
    variants: oneOf('variant', variants, VARIANTS) ?? VARIANTS,
    rounds: rounds ?? (quick ? 2 : 5),
    /** Of one measured part of a cell: alone, and while files are scanned and thumbnailed. */
    seconds: seconds ?? (quick ? 3 : 10),
    leadSeconds: 1,
    /** After a start: code is compiled and connections are opened. */
    warmUpSeconds: 3,
    tenants: 4,
    perSecond: 50,
    /** Pictures of each tenant: more than are done while it is measured. */
    files: quick ? 60 : 200,
    pixels: { width: 1_600, height: 1_200 },
  };
}
