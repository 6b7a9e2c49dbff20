import type { Catalog } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { CLOSABLE_AFTER_MS } from '../closes/usage-closes.js';
import { MONTH_TOTALS } from '../closes/usage-total.js';
import { endOf, firstDayOf, monthSchema } from '../month.js';

/** A month in which usage is recorded. */
export interface UsageMonth {
  /** `2026-10` */
  readonly month: string;
  readonly isClosed: boolean;
  /** From when on it can be closed, after the months before it. */
  readonly closableFrom: Date;
}

/** A decimal number of what a meter counts. */
export interface MeterQuantity {
  readonly meter: string;
  /** `null` for a meter that no app declares. */
  readonly unit: string | null;
  readonly quantity: string;
}

/** What all tenants used of a meter in a month. */
export interface MeterSum extends MeterQuantity {
  /** How many used it. */
  readonly tenants: number;
}

/** What a tenant used in a month. */
export interface TenantUsageOfMonth {
  readonly tenantId: string;
  /** As the last record of the month names it; `null` where the catalog does not have it. */
  readonly tenantSlug: string | null;
  readonly tenantPlan: string | null;
  /** In the order of names. */
  readonly meters: readonly MeterQuantity[];
}

export interface UsageOfMonthListing {
  /** `2026-10` */
  readonly month?: string | undefined;
  readonly limit: number;
  /** The slug, or nothing, and the id of the tenant that the page before ended with. */
  readonly after?: readonly [string, string] | undefined;
  /** The id of one tenant. */
  readonly tenant?: string | undefined;
}

const UNIT = '(select m.unit from rowhouse.usage_meters m where m.name = t.meter)';

/** Months by what is recorded of them: as it was closed, or as it is now. */
export class UsageMonths {
  readonly #catalog: Pick<Catalog, 'query'>;
  readonly #now: () => number;

  /** @param now - milliseconds since 1970; default `Date.now`. */
  constructor(catalog: Pick<Catalog, 'query'>, now: () => number = Date.now) {
    this.#catalog = catalog;
    this.#now = now;
  }

  /** The latest first; none before usage is recorded. */
  async list(): Promise<readonly UsageMonth[]> {
    const { rows } = await this.#catalog.query<{ month: string; isClosed: boolean }>(
      `select pg_catalog.to_char(g.month, 'YYYY-MM') as month, c.month is not null as "isClosed"
         from rowhouse.usage_head h,
           pg_catalog.generate_series(pg_catalog.date_trunc('month', h.since at time zone 'UTC'), $1::timestamptz at time zone 'UTC', '1 month') g (month)
           left join rowhouse.usage_closes c on c.month = g.month::pg_catalog.date
        order by g.month desc`,
      [new Date(this.#now())],
    );
    return rows.map(({ month, isClosed }) => ({
      month,
      isClosed,
      closableFrom: new Date(endOf(month).getTime() + CLOSABLE_AFTER_MS),
    }));
  }

  /** What all tenants used of each meter, in the order of names; by default in the present month. @throws {OptionsInvalidError} */
  async sums(month: string = this.#present()): Promise<readonly MeterSum[]> {
    const { rows } = await this.#catalog.query<MeterSum>(
      `select t.meter, ${UNIT} as unit, pg_catalog.sum(t.quantity)::pg_catalog.text as quantity, pg_catalog.count(*)::pg_catalog.float8 as tenants
         from (${await this.#totalsOf(month)}) t group by t.meter order by t.meter`,
      [firstDayOf(month)],
    );
    return rows;
  }

  /** What each tenant used, in the order of slugs; by default in the present month. @throws {OptionsInvalidError} */
  async tenants({
    month = this.#present(),
    limit,
    after,
    tenant,
  }: UsageOfMonthListing): Promise<readonly TenantUsageOfMonth[]> {
    const { rows } = await this.#catalog.query<TenantUsageOfMonth>(
      `select t.tenant_id as "tenantId", t.tenant_slug as "tenantSlug", t.tenant_plan as "tenantPlan",
           pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
             'meter', t.meter, 'unit', ${UNIT}, 'quantity', t.quantity::pg_catalog.text) order by t.meter) as meters
         from (${await this.#totalsOf(month)}) t
        where ($2::pg_catalog.uuid is null or t.tenant_id = $2)
          and ($4::pg_catalog.uuid is null or (coalesce(t.tenant_slug, ''), t.tenant_id) > ($3::pg_catalog.text, $4))
        group by t.tenant_id, t.tenant_slug, t.tenant_plan order by coalesce(t.tenant_slug, ''), t.tenant_id limit $5`,
      [firstDayOf(month), tenant, ...(after ?? [null, null]), limit],
    );
    return rows;
  }

  #present(): string {
    return new Date(this.#now()).toISOString().slice(0, 7);
  }

  /** The totals of a closed month are those that it was closed with. */
  async #totalsOf(month: string): Promise<string> {
    parseOptions('usage.month', monthSchema, month);
    const { rowCount } = await this.#catalog.query('select from rowhouse.usage_closes c where c.month = $1', [
      firstDayOf(month),
    ]);
    return rowCount ? 'select * from rowhouse.usage_totals c where c.month = $1' : MONTH_TOTALS;
  }
}
