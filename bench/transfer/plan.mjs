import { oneOf } from '../harness/command-line.mjs';

/** Each variant with what it is compared with. */
export const VARIANTS = {
  pg_dump: 'pg_dump',
  'rowhouse-export': 'pg_dump',
  pg_restore: 'pg_restore',
  'rowhouse-import': 'pg_restore',
  'typeorm-loop': 'typeorm-loop',
  'rowhouse-copy': 'typeorm-loop',
  'pg_dump-small': 'pg_dump-small',
  'rowhouse-small': 'pg_dump-small',
  'rowhouse-small-next': 'pg_dump-small',
};

/**
 * @param {import('../harness/command-line.mjs').Options} options
 */
export function planOf({ quick, rounds, variants }) {
  const all = Object.keys(VARIANTS);
  const asked = oneOf('variant', variants, all) ?? all;
  const chosen = all.filter((name) => asked.some((one) => name === one || name === VARIANTS[one]));
  return {
    variants: chosen,
    rounds: rounds ?? (quick ? 2 : 3),
    /** Rows of the large tenant, of about 230 bytes. None where only small ones are measured. */
    rows: chosen.every((name) => name.includes('-small')) ? 0 : quick ? 100_000 : 5_000_000,
    /** Rows that the loop of TypeORM reads and saves; its time is scaled to all. */
    loopRows: quick ? 2_000 : 20_000,
    /** Tenants beside the small one, each with as many tables. */
    neighbours: quick ? 20 : 1_000,
    tables: 30,
    smallRows: 50,
    /** Small tenants that one process exports one after the other. */
    next: quick ? 10 : 50,
  };
}
