/** What a tenant used of a meter in a month. */
export interface UsageTotal {
  readonly tenantId: string;
  readonly tenantSlug: string | null;
  /** The tenant's plan when the last of it was recorded. */
  readonly tenantPlan: string | null;
  readonly meter: string;
  /** `null` for a meter that no app declares. */
  readonly unit: string | null;
  /** A decimal number. */
  readonly quantity: string;
}

/** Columns of `rowhouse.usage_totals t`, or of what has the same, under the names of the fields of {@link UsageTotal}. */
export const TOTAL_COLUMNS = `t.tenant_id as "tenantId", t.tenant_slug as "tenantSlug", t.tenant_plan as "tenantPlan", t.meter,
  (select m.unit from rowhouse.usage_meters m where m.name = t.meter) as unit, t.quantity::pg_catalog.text as quantity`;

/** The totals of the month $1 as its records have them now; each tenant as the last of them names it. */
export const MONTH_TOTALS = `select r.month, r.tenant_id, n.tenant_slug, n.tenant_plan, r.meter,
    pg_catalog.trim_scale(pg_catalog.sum(r.change)) as quantity
    from rowhouse.usage_records r
    join (select distinct on (l.tenant_id) l.tenant_id, l.tenant_slug, l.tenant_plan from rowhouse.usage_records l
           where l.month = $1 order by l.tenant_id, l.seq desc) n on n.tenant_id = r.tenant_id
   where r.month = $1 group by r.month, r.tenant_id, n.tenant_slug, n.tenant_plan, r.meter`;
