import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 500;
/** Longer than two reports of an instance. */
const CALM_MS = 5_000;
const NOW = 'select clock_timestamp()::text as now';
const NAMED = `select extract(epoch from min(noisy_since) - $1::timestamptz)::float8 as seconds
  from rowhouse.noisy_tenants where noisy_since is not null`;

/** Answers when nobody is noisy, nor about to be. @param {import('pg').Pool} admin */
export async function untilCalm(admin) {
  let calmSince = performance.now();
  while (performance.now() - calmSince < CALM_MS) {
    const { rowCount } = await admin.query('select from rowhouse.noisy_tenants');
    if (rowCount > 0) calmSince = performance.now();
    await pause(POLL_MS);
  }
}

/**
 * Finds out how long it takes until a tenant is named.
 *
 * @param {import('pg').Pool} admin
 * @returns {Promise<() => Promise<number | null>>} asked at the end: the seconds until then; `null` when nobody was named.
 */
export async function naming(admin) {
  const [{ now }] = (await admin.query(NOW)).rows;
  return async () => (await admin.query(NAMED, [now])).rows[0].seconds;
}
