/** What a tenant used of a meter in an hour, as was known when the record was made. Records never change. */
export interface UsageRecord {
  /** Grows in the order in which records are made; without gaps. */
  readonly seq: number;
  readonly tenantId: string;
  /** As the tenant was named when the record was made; `null` where the catalog does not have it. */
  readonly tenantSlug: string | null;
  readonly tenantPlan: string | null;
  readonly meter: string;
  /** `null` for a meter that no app declares. */
  readonly unit: string | null;
  /** When the hour began. Hours are those of UTC. */
  readonly hour: Date;
  /** From 1. A later one corrects those before. */
  readonly revision: number;
  /** All of the hour, as a decimal number. */
  readonly quantity: string;
  /** What is new since the revision before. */
  readonly change: string;
  /** The month whose bill it belongs to: `2026-10`. That of the hour, or a later one when that was closed. */
  readonly month: string;
  readonly recordedAt: Date;
}

/** Columns of `rowhouse.usage_records r` under the names of the fields of {@link UsageRecord}. */
export const RECORD_COLUMNS = `r.seq::pg_catalog.float8 as seq, r.tenant_id as "tenantId", r.tenant_slug as "tenantSlug",
  r.tenant_plan as "tenantPlan", r.meter, (select m.unit from rowhouse.usage_meters m where m.name = r.meter) as unit, r.hour, r.revision,
  r.quantity::pg_catalog.text as quantity, r.change::pg_catalog.text as change, pg_catalog.to_char(r.month, 'YYYY-MM') as month,
  r.recorded_at as "recordedAt"`;
