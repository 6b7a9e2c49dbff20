import type { DomainFailure } from './domain-challenge.js';

export const DOMAIN_STATUSES = ['pending', 'verified', 'failed', 'lapsed'] as const;
export type DomainStatus = (typeof DOMAIN_STATUSES)[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** How long a domain is looked for that has not been proven yet. */
const PENDING_MS = 7 * DAY_MS;
const MAX_WAIT_MS = 6 * HOUR_MS;

/** These say nothing about the record: the trouble may be this side's. */
const INCONCLUSIVE: readonly DomainFailure[] = ['timeout', 'server-failure'];

/** What is known of a domain before a check, and after it. */
export interface ClaimState {
  readonly status: DomainStatus;
  /** The first of the failed checks in a row, while the domain is verified. */
  readonly failingSince: Date | null;
}

export interface CheckedClaim extends ClaimState {
  readonly failure: DomainFailure | null;
  /** `null` when it is checked on demand only. */
  readonly nextCheckAt: Date | null;
}

/** The first check of a new domain: whoever added it has yet to make the record. */
export function firstCheckAt(createdAt: Date): Date {
  return later(createdAt, MINUTE_MS);
}

/** What a check makes of a domain. */
export function afterCheck(
  claim: ClaimState & { readonly createdAt: Date },
  failure: DomainFailure | undefined,
  now: Date,
  graceDays: number,
): CheckedClaim {
  if (failure === undefined)
    return { status: 'verified', failure: null, failingSince: null, nextCheckAt: later(now, DAY_MS) };
  const over = { failure, failingSince: null, nextCheckAt: null };
  if (failure === 'taken')
    return { ...over, status: claim.status === 'pending' || claim.status === 'failed' ? 'failed' : 'lapsed' };
  if (claim.status === 'failed' || claim.status === 'lapsed') return { ...over, status: claim.status };
  if (claim.status === 'verified') {
    const isFailing = claim.failingSince !== null || !INCONCLUSIVE.includes(failure);
    const failingSince = isFailing ? (claim.failingSince ?? now) : null;
    const hasLapsed =
      !INCONCLUSIVE.includes(failure) &&
      failingSince !== null &&
      now.getTime() - failingSince.getTime() >= graceDays * DAY_MS;
    if (hasLapsed) return { ...over, status: 'lapsed' };
    return { status: 'verified', failure, failingSince, nextCheckAt: later(now, DAY_MS) };
  }
  const age = now.getTime() - claim.createdAt.getTime();
  if (age >= PENDING_MS) return { ...over, status: 'failed' };
  // Each wait is as long as all before it together.
  const wait = Math.min(Math.max(age, MINUTE_MS), MAX_WAIT_MS);
  return { status: 'pending', failure, failingSince: null, nextCheckAt: later(now, wait) };
}

function later(time: Date, ms: number): Date {
  return new Date(time.getTime() + ms);
}
