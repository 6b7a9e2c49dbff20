/** A tenant, and the worker that has its tables. */
export interface PlacedTenant {
  readonly slug: string;
  /** `host:port`. */
  readonly worker: string;
  readonly sizeBytes: number;
}

/** A tenant that should go to another worker. */
export interface PlannedMove {
  readonly slug: string;
  readonly from: string;
  readonly to: string;
  readonly sizeBytes: number;
}

/** What a tenant weighs besides its rows: its empty tables, their entries in catalogs, its connections. */
const TENANT_BYTES = 1_048_576;
/** Below this part of the mean, a difference is not worth a move. */
const TOLERANCE = 0.1;

/**
 * The moves after which the workers hold about the same: each takes the tenant from the fullest worker that best evens it with the
 * emptiest.
 *
 * @param workers - all of them, those without tenants too.
 */
export function planMoves(
  workers: readonly string[],
  placed: readonly PlacedTenant[],
): readonly PlannedMove[] {
  const tenants = placed.map((tenant) => ({ ...tenant, weight: tenant.sizeBytes + TENANT_BYTES }));
  const mean = tenants.reduce((sum, { weight }) => sum + weight, 0) / Math.max(1, workers.length);
  const moves: PlannedMove[] = [];
  // No tenant moves twice, so this ends.
  const moved = new Set<string>();
  for (;;) {
    const loads = workers
      .map((worker) => ({
        worker,
        load: tenants.filter((one) => one.worker === worker).reduce((sum, { weight }) => sum + weight, 0),
      }))
      .sort((a, b) => b.load - a.load);
    const [fullest, emptiest] = [loads[0], loads.at(-1)];
    if (!fullest || !emptiest) return moves;
    const gap = fullest.load - emptiest.load;
    if (gap <= mean * TOLERANCE) return moves;
    const [best] = tenants
      .filter(({ slug, worker, weight }) => worker === fullest.worker && weight < gap && !moved.has(slug))
      .sort((a, b) => Math.abs(gap / 2 - a.weight) - Math.abs(gap / 2 - b.weight));
    if (!best) return moves;
    const { slug, sizeBytes } = best;
    moves.push({ slug, from: best.worker, to: emptiest.worker, sizeBytes });
    best.worker = emptiest.worker;
    moved.add(slug);
  }
}
