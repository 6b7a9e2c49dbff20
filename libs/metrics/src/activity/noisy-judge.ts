import type { TenantActivity } from './recent-activity.js';

/** From when on a tenant is a noisy neighbour. */
export interface NoisyThresholds {
  /** Its part of the database time of everything, 0 to 1. */
  readonly share: number;
  /** The part of a pool's connections that it and the others use, and it waits for. Below it, nobody is disturbed. */
  readonly demand: number;
}

/** What a tenant does in all instances. */
export interface FleetTenant extends TenantActivity {
  /** In the instance where it is highest: connections in use, and what the tenant waits for, as a part of those that there are. */
  readonly demand: number;
}

/** What all instances do, and who is noisy. */
export interface FleetActivity {
  /** The catalog's time. */
  readonly now: Date;
  /** As in `Activity`. */
  readonly databaseMs: number;
  readonly msWithoutTenant: number;
  readonly waiting: number;
  readonly tenants: readonly FleetTenant[];
  readonly states: readonly NoisyState[];
}

/** A tenant that was over the thresholds at the last look, or is noisy. Times are those of the catalog. */
export interface NoisyState {
  readonly tenantId: string;
  readonly overSince: Date;
  /** `null` while it is not noisy yet. */
  readonly noisySince: Date | null;
  /** Since when a noisy one has been quiet; `null` while it is not. */
  readonly underSince: Date | null;
  /** When somebody has looked last. */
  readonly seenAt: Date;
}

/**
 * What changes: a tenant is over the thresholds (`suspect`), or no longer so (`forget`); it has been for long enough (`noisy`); a noisy one
 * is under the lower thresholds (`calm`), no longer so (`restless`), or has been for long enough (`quiet`).
 */
export interface NoisyVerdict {
  readonly kind: 'suspect' | 'forget' | 'noisy' | 'calm' | 'restless' | 'quiet';
  readonly tenantId: string;
  readonly share: number;
  /** As it was before; `undefined` for `suspect`. */
  readonly state: NoisyState | undefined;
}

/** Two looks of one instance, a little early. Milliseconds. */
export const NOISY_AFTER_MS = 3_500;
export const QUIET_AFTER_MS = 20_000;
/** What nobody has looked at for so long has ended. Milliseconds. */
export const STALE_AFTER_MS = 15_000;
/** The lower threshold of a share, as a part of the upper one. */
const LOWER = 0.6;
/** Milliseconds a second, and waiting requests, from which on there are others. */
const OTHERS_MS = 1;
const OTHERS_WAITING = 0.5;

/**
 * Decides who is a noisy neighbour, from what all instances do and what was decided before. Whoever decides at the same time finds the
 * same.
 *
 * A noisy tenant that is held back uses less, so being quiet is more than that: what it waits for counts as if it had it. For the
 * others, noisy tenants do not count: nobody disturbs them.
 */
export function judge(fleet: FleetActivity, thresholds: NoisyThresholds): readonly NoisyVerdict[] {
  const stateOf = new Map(fleet.states.map((state) => [state.tenantId, state]));
  const byId = new Map(fleet.tenants.map((tenant) => [tenant.tenantId, tenant]));
  for (const tenantId of stateOf.keys()) {
    if (!byId.has(tenantId))
      byId.set(tenantId, { tenantId, databaseMs: 0, connections: 0, waiting: 0, demand: 0 });
  }
  const isNoisy = ({ tenantId }: FleetTenant) => Boolean(stateOf.get(tenantId)?.noisySince);
  const noisy = [...byId.values()].filter(isNoisy);
  return [...byId.values()].flatMap((tenant) => {
    const { tenantId, databaseMs, demand } = tenant;
    const state = stateOf.get(tenantId);
    const share = fleet.databaseMs > 0 ? databaseMs / fleet.databaseMs : 0;
    const disturbs = demand >= thresholds.demand && hasNeighbours(fleet, new Set([tenant, ...noisy]));
    const isOver = disturbs && share >= thresholds.share;
    const isUnder = !disturbs || (share < thresholds.share * LOWER && tenant.waiting < 1);
    const kind = verdictOn(state, fleet.now, { isOver, isUnder });
    return kind ? [{ kind, tenantId, share, state }] : [];
  });
}

function verdictOn(
  state: NoisyState | undefined,
  now: Date,
  { isOver, isUnder }: { readonly isOver: boolean; readonly isUnder: boolean },
): NoisyVerdict['kind'] | undefined {
  if (!state) return isOver ? 'suspect' : undefined;
  const { overSince, noisySince, underSince, seenAt } = state;
  const msSince = (time: Date) => now.getTime() - time.getTime();
  if (msSince(seenAt) > STALE_AFTER_MS) return noisySince ? 'quiet' : 'forget';
  if (!noisySince) {
    if (!isOver) return 'forget';
    return msSince(overSince) >= NOISY_AFTER_MS ? 'noisy' : undefined;
  }
  if (!isUnder) return underSince ? 'restless' : undefined;
  if (!underSince) return 'calm';
  return msSince(underSince) >= QUIET_AFTER_MS ? 'quiet' : undefined;
}

/** Whether other tenants than these do something, or wait for it. */
function hasNeighbours(
  { databaseMs, msWithoutTenant, waiting }: FleetActivity,
  except: ReadonlySet<FleetTenant>,
): boolean {
  let ms = databaseMs - msWithoutTenant;
  let wait = waiting;
  for (const tenant of except) {
    ms -= tenant.databaseMs;
    wait -= tenant.waiting;
  }
  return ms >= OTHERS_MS || wait >= OTHERS_WAITING;
}
