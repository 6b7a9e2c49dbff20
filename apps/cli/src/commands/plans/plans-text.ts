import type { DeclaredPlan, TenantPlanView } from '@rowhouse/admin/services';
import { table } from '../../shell/report.js';

export function plansText(plans: readonly DeclaredPlan[]): string {
  return table(
    ['PLAN', 'LIMITS', 'QUOTAS', 'RATES', 'FEATURES'],
    plans.map(({ name, limits, quotas, rates, features }) => [
      name,
      pairsOf(limits),
      pairsOf(quotas),
      pairsOf(rates),
      features.join(' ') || '-',
    ]),
  );
}

/** A line for each value, with where it comes from. */
export function effectiveText({ plan, isDeclared, ...view }: TenantPlanView): string {
  const kinds = ['limits', 'quotas', 'rates', 'features'] as const;
  const rows = kinds.flatMap((kind) =>
    Object.entries(view[kind]).map(([name, { value, source }]) => [
      `${kind}.${name}`,
      value === null ? '-' : String(value),
      source,
    ]),
  );
  return `Plan ${plan}${isDeclared ? '' : ', which the config does not declare'}\n\n${table(['NAME', 'VALUE', 'FROM'], rows)}`;
}

function pairsOf(values: object): string {
  return (
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ') || '-'
  );
}
