import type { Catalog } from '@rowhouse/core';
import { csvLine, parseOptions } from '@rowhouse/core/internal';
import { MONTH_TOTALS, TOTAL_COLUMNS, type UsageTotal } from '../closes/usage-total.js';
import { firstDayOf, monthSchema } from '../month.js';
import { type Decimal, decimalOf, plus, textOf } from './decimal.js';
import { amountOf, digitsOf, type PriceList, parsePriceList } from './price-list.js';

/** What a tenant's month costs. Amounts are decimal numbers. */
export interface TenantCost {
  readonly tenantId: string;
  readonly tenantSlug: string | null;
  readonly tenantPlan: string | null;
  /** Of each meter of the price list, by name. */
  readonly meters: Readonly<Record<string, { readonly quantity: string; readonly amount: string }>>;
  readonly total: string;
}

export interface UsageCostReport {
  readonly month: string;
  /** Whether the month is closed, so that this is final. */
  readonly isClosed: boolean;
  readonly currency: string;
  /** In the order of slugs. */
  readonly tenants: readonly TenantCost[];
  /** Of all tenants above. */
  readonly total: string;
}

/**
 * What the usage of a month costs, by tenant.
 *
 * @param month - `2026-10`
 * @param tenant - the id of the one tenant that is asked for. Default: all.
 * @throws {OptionsInvalidError} for what is no month, and no list of prices.
 */
export async function usageCost(
  catalog: Pick<Catalog, 'query'>,
  month: string,
  prices: PriceList,
  { tenant }: { readonly tenant?: string | undefined } = {},
): Promise<UsageCostReport> {
  parseOptions('usage.month', monthSchema, month);
  const { currency, meters } = parsePriceList(prices);
  const digits = digitsOf(currency);
  const day = firstDayOf(month);
  const closed = await catalog.query('select from rowhouse.usage_closes c where c.month = $1', [day]);
  const isClosed = closed.rowCount !== 0;
  const { rows } = await catalog.query<UsageTotal>(
    `select ${TOTAL_COLUMNS} from (${isClosed ? 'select * from rowhouse.usage_totals c where c.month = $1' : MONTH_TOTALS}) t
      where $2::pg_catalog.uuid is null or t.tenant_id = $2 order by t.tenant_slug, t.tenant_id, t.meter`,
    [day, tenant],
  );
  const byTenant = new Map<string, UsageTotal[]>();
  for (const row of rows) byTenant.set(row.tenantId, [...(byTenant.get(row.tenantId) ?? []), row]);
  const tenants = [...byTenant].map(([tenantId, totals]): TenantCost => {
    const lines = Object.entries(meters).map(([meter, price]) => {
      const quantity = totals.find((one) => one.meter === meter)?.quantity ?? '0';
      return { meter, quantity, amount: textOf(amountOf(decimalOf(quantity), price, digits)) };
    });
    return {
      tenantId,
      tenantSlug: totals[0]?.tenantSlug ?? null,
      tenantPlan: totals[0]?.tenantPlan ?? null,
      meters: Object.fromEntries(lines.map(({ meter, quantity, amount }) => [meter, { quantity, amount }])),
      total: sumOf(lines, digits),
    };
  });
  const total = sumOf(
    tenants.map((one) => ({ amount: one.total })),
    digits,
  );
  return { month, isClosed, currency, tenants, total };
}

/** The lines of CSV (RFC 4180), one for each tenant, each with its line break. */
export function usageCostLines(
  { month, isClosed, currency, tenants }: UsageCostReport,
  prices: PriceList,
): readonly string[] {
  const names = Object.keys(prices.meters);
  const head = [
    'month',
    'state',
    'tenant_id',
    'tenant',
    'plan',
    ...names.flatMap((name) => [name, `${name}_amount`]),
  ];
  const state = isClosed ? 'closed' : 'open';
  return [
    csvLine([...head, 'total', 'currency']),
    ...tenants.map(({ tenantId, tenantSlug, tenantPlan, meters, total }) =>
      csvLine([
        month,
        state,
        tenantId,
        tenantSlug ?? '',
        tenantPlan ?? '',
        ...names.flatMap((name) => [meters[name]?.quantity ?? '', meters[name]?.amount ?? '']),
        total,
        currency,
      ]),
    ),
  ];
}

function sumOf(lines: readonly { readonly amount: string }[], digits: number): string {
  const nothing: Decimal = { value: 0n, scale: digits };
  return textOf(lines.reduce((sum, { amount }) => plus(sum, decimalOf(amount)), nothing));
}
