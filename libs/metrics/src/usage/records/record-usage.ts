import type { Catalog } from '@rowhouse/core';

/** How long after its end an hour is recorded: longer than any flush is late. Milliseconds. */
export const GRACE_MS = 5 * 60_000;

/** Rows of counts of one transaction. */
const AT_ONCE = 2_000;

const RECORD = 'select rowhouse.record_usage($1, $2)::pg_catalog.float8 as taken';

/**
 * Makes records of the hours that have ended, and of what was counted for earlier ones since. Any number of processes may do so at once.
 *
 * @param now - milliseconds since 1970.
 */
export async function recordUsage(
  catalog: Pick<Catalog, 'query'>,
  now: number,
  signal?: AbortSignal,
): Promise<void> {
  const before = new Date(now - GRACE_MS);
  for (;;) {
    signal?.throwIfAborted();
    const { rows } = await catalog.query<{ taken: number }>(RECORD, [before, AT_ONCE]);
    if ((rows[0]?.taken ?? 0) < AT_ONCE) return;
  }
}
