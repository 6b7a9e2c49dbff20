import { z } from 'zod';
import { PlanEntryUnknownError, PlanUnknownError } from '../errors.js';
import { parseOptions } from '../support/parse-options.js';
import type { Tenant } from '../tenant.js';
import {
  type DeclaredPlans,
  type Plan,
  type Plans,
  plansSchema,
  type Quota,
  type TenantOverrides,
} from './plan.js';
import { lowestRate, type Rate } from './rate.js';
import { LIMIT_NAMES, limitsSchema, type TenantLimits } from './tenant-limits.js';

/** Where a value comes from: the tenant itself, its plan, or what is in force where neither says anything. */
export const LIMIT_SOURCES = ['override', 'plan', 'default'] as const;
export type LimitSource = (typeof LIMIT_SOURCES)[number];

export interface EffectiveValue<T> {
  readonly value: T;
  readonly source: LimitSource;
}

/** What a tenant may have, and where each value comes from. */
export interface EffectivePlan {
  readonly plan: string;
  /**
   * Whether the app declares the plan. Without it quotas are 0, rates the lowest that a plan has, and features off, unless they are
   * overridden.
   */
  readonly isDeclared: boolean;
  /** `null` where the pool decides by itself. */
  readonly limits: { readonly [Name in keyof Required<TenantLimits>]: EffectiveValue<number | null> };
  readonly quotas: Readonly<Record<string, EffectiveValue<Quota>>>;
  readonly rates: Readonly<Record<string, EffectiveValue<Rate>>>;
  readonly features: Readonly<Record<string, EffectiveValue<boolean>>>;
}

export interface EffectivePlansOptions {
  /** What a tenant may have where neither its plan nor an override says otherwise. */
  readonly limits?: TenantLimits;
  readonly plans?: Plans;
}

const optionsSchema = z.object({ limits: limitsSchema.default({}), plans: plansSchema.default({}) });

/**
 * What each tenant may have: what it has of its own, else what its plan says, else the default. It asks nobody: overrides are part
 * of the tenant.
 */
export class EffectivePlans {
  /** The plans that the app declares. Without any, tenants may have any plan, and overrides are not in force. */
  readonly declared: DeclaredPlans;
  readonly #defaults: TenantLimits;
  readonly #hasPlans: boolean;
  readonly #quotas: readonly string[];
  /** Each name with the lowest rate that a plan has. */
  readonly #rates: ReadonlyMap<string, Rate>;
  readonly #features: readonly string[];

  /** @throws {OptionsInvalidError} */
  constructor(options: EffectivePlansOptions = {}) {
    const { limits, plans } = parseOptions('EffectivePlans', optionsSchema, options);
    const all = Object.values(plans);
    this.declared = plans;
    this.#defaults = limits;
    this.#hasPlans = all.length > 0;
    this.#quotas = sortedOnce(all.flatMap(({ quotas }) => Object.keys(quotas)));
    const rates = sortedOnce(all.flatMap((plan) => Object.keys(plan.rates)));
    this.#rates = new Map(
      rates.map((name) => [name, lowestRate(all.map((plan) => plan.rates[name] ?? 'unlimited'))]),
    );
    this.#features = sortedOnce(all.flatMap(({ features }) => features));
  }

  /** Whether a tenant may have a time limit: then each pin sets them, because each replaces that of another tenant. */
  get mayLimitTime(): boolean {
    const { statementTimeoutMs, idleInTransactionTimeoutMs } = this.#defaults;
    const isDefault = statementTimeoutMs !== undefined || idleInTransactionTimeoutMs !== undefined;
    return isDefault || this.#hasPlans;
  }

  of(tenant: Tenant): EffectivePlan {
    const declared = this.#planOf(tenant);
    const { limits } = this.#ownOf(tenant);
    return {
      plan: tenant.plan,
      isDeclared: declared !== undefined,
      limits: each(LIMIT_NAMES, (name) =>
        firstOf<number | null>(limits?.[name], declared?.limits[name], this.#defaults[name] ?? null),
      ),
      quotas: each(this.#quotas, (name) => this.#quotaOf(tenant, name)),
      rates: each([...this.#rates.keys()], (name) => this.#rateOf(tenant, name)),
      features: each(this.#features, (name) => this.#featureOf(tenant, name)),
    };
  }

  /** What the pool holds a tenant to. */
  limitsOf(tenant: Tenant): TenantLimits {
    if (!this.#hasPlans) return this.#defaults;
    return { ...this.#defaults, ...this.#planOf(tenant)?.limits, ...this.#ownOf(tenant).limits };
  }

  /** @throws {PlanEntryUnknownError} */
  quotaOf(tenant: Tenant, name: string): Quota {
    if (!this.isQuota(name)) throw new PlanEntryUnknownError('quota', name, this.#quotas);
    return this.#quotaOf(tenant, name).value;
  }

  /** @throws {PlanEntryUnknownError} */
  rateOf(tenant: Tenant, name: string): Rate {
    if (!this.isRate(name)) throw new PlanEntryUnknownError('rate', name, [...this.#rates.keys()]);
    return this.#rateOf(tenant, name).value;
  }

  /** @throws {PlanEntryUnknownError} */
  hasFeature(tenant: Tenant, name: string): boolean {
    if (!this.isFeature(name)) throw new PlanEntryUnknownError('feature', name, this.#features);
    return this.#featureOf(tenant, name).value;
  }

  /** @throws {PlanUnknownError} unless the plan is declared, or none is. */
  requirePlan(plan: string): void {
    if (this.#hasPlans && !Object.hasOwn(this.declared, plan))
      throw new PlanUnknownError(plan, Object.keys(this.declared));
  }

  /** Whether a plan has a feature of this name. */
  isFeature(name: string): boolean {
    return this.#features.includes(name);
  }

  /** Whether a plan has a quota of this name. */
  isQuota(name: string): boolean {
    return this.#quotas.includes(name);
  }

  /** Whether a plan has a rate of this name. */
  isRate(name: string): boolean {
    return this.#rates.has(name);
  }

  #quotaOf(tenant: Tenant, name: string): EffectiveValue<Quota> {
    const declared = this.#planOf(tenant)?.quotas;
    return firstOf(ownValue(this.#ownOf(tenant).quotas, name), ownValue(declared, name), 0);
  }

  #rateOf(tenant: Tenant, name: string): EffectiveValue<Rate> {
    const declared = this.#planOf(tenant)?.rates;
    const lowest = this.#rates.get(name) ?? 'unlimited';
    return firstOf(ownValue(this.#ownOf(tenant).rates, name), ownValue(declared, name), lowest);
  }

  #featureOf(tenant: Tenant, name: string): EffectiveValue<boolean> {
    const declared = this.#planOf(tenant)?.features;
    return firstOf(ownValue(this.#ownOf(tenant).features, name), declared?.includes(name), false);
  }

  #planOf({ plan }: Tenant): Required<Plan> | undefined {
    return ownValue(this.declared, plan);
  }

  #ownOf({ overrides }: Tenant): TenantOverrides {
    return this.#hasPlans ? overrides : {};
  }
}

function firstOf<T>(override: T | undefined, plan: T | undefined, otherwise: T): EffectiveValue<T> {
  if (override !== undefined) return { value: override, source: 'override' };
  if (plan !== undefined) return { value: plan, source: 'plan' };
  return { value: otherwise, source: 'default' };
}

function each<Name extends string, T>(names: readonly Name[], make: (name: Name) => T): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, T>;
}

/** Not what every object inherits, such as `constructor`. */
function ownValue<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}

function sortedOnce(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
