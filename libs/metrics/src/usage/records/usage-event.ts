import type { UsageRecord } from './usage-record.js';

/** A record as a CloudEvent (CloudEvents 1.0.2, JSON format). */
export interface UsageEvent {
  readonly specversion: '1.0';
  /** The same whenever and wherever the record is sent: with `source` it says whether an event is known. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** The id of the tenant. */
  readonly subject: string;
  /** When the hour began. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: {
    readonly tenant: { readonly id: string; readonly slug: string | null; readonly plan: string | null };
    readonly meter: string;
    readonly unit: string | null;
    readonly revision: number;
    /** All of the hour: for who keeps the last revision. */
    readonly quantity: string;
    /** What is new: for who adds up. */
    readonly change: string;
    readonly month: string;
    /** Whether it belongs to an earlier month, which is closed. */
    readonly isAdjustment: boolean;
  };
}

const EVENT_SOURCE = 'rowhouse';
export const EVENT_TYPE = 'rowhouse.usage';

/** At most 100 characters, as meters have at most 40. */
export function eventIdOf({ tenantId, meter, hour, revision }: UsageRecord): string {
  return `${tenantId}/${meter}/${hour.toISOString().slice(0, 13)}Z/${revision}`;
}

export function isAdjustment({ month, hour }: UsageRecord): boolean {
  return month !== hour.toISOString().slice(0, 7);
}

export function usageEventOf(record: UsageRecord): UsageEvent {
  const {
    tenantId,
    tenantSlug: slug,
    tenantPlan: plan,
    meter,
    unit,
    revision,
    quantity,
    change,
    month,
  } = record;
  return {
    specversion: '1.0',
    id: eventIdOf(record),
    source: EVENT_SOURCE,
    type: EVENT_TYPE,
    subject: tenantId,
    time: record.hour.toISOString(),
    datacontenttype: 'application/json',
    data: {
      tenant: { id: tenantId, slug, plan },
      meter,
      unit,
      revision,
      quantity,
      change,
      month,
      isAdjustment: isAdjustment(record),
    },
  };
}
