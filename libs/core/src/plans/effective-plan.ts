import { z } from 'zod';
import { PlanEntryUnknownError, PlanUnknownError } from '../errors.js';
import { parseOptions } from '../support/parse-options.js';
import type { Tenant } from '../tenant.js';
import { type DeclaredPlans, type Plans, plansSchema, type Quota } from './plan.js';
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
  /** Whether the app declares the plan. Without it quotas are 0 and features off, unless they are overridden. */
  readonly isDeclared: boolean;
  /** `null` where the pool decides by itself. */
  readonly limits: { readonly [Name in keyof Required<TenantLimits>]: EffectiveValue<number | null> };
  readonly quotas: Readonly<Record<string, EffectiveValue<Quota>>>;
  readonly features: Readonly<Record<string, EffectiveValue<boolean>>>;
}

export interface EffectivePlansOptions {
  /** What a tenant may have where neither its plan nor an override says otherwise. */
  readonly limits?: TenantLimits;
  readonly plans?: Plans;
}

const optionsSchema = z.object({ limits: limitsSchema.default({}), plans: plansSchema.default({}) });

interface Held {
  readonly effective: EffectivePlan;
  readonly limits: TenantLimits;
}

/**
 * What each tenant may have: what it has of its own, else what its plan says, else the default. The only place that knows.
 * It asks nobody: overrides are part of the tenant.
 */
export class EffectivePlans {
  readonly #defaults: TenantLimits;
  readonly #plans: DeclaredPlans;
  readonly #quotas: readonly string[];
  readonly #features: readonly string[];
  readonly #held = new WeakMap<Tenant, Held>();

  /** @throws {OptionsInvalidError} */
  constructor(options: EffectivePlansOptions = {}) {
    const { limits, plans } = parseOptions('EffectivePlans', optionsSchema, options);
    this.#defaults = limits;
    this.#plans = plans;
    const all = Object.values(plans);
    this.#quotas = sortedOnce(all.flatMap(({ quotas }) => Object.keys(quotas)));
    this.#features = sortedOnce(all.flatMap(({ features }) => features));
  }

  /** The plans that the app declares. Without any, tenants may have any plan, and overrides are not in force. */
  get declared(): DeclaredPlans {
    return this.#plans;
  }

  /** Whether a tenant may have a time limit: then each pin sets them, because each replaces that of another tenant. */
  get mayLimitTime(): boolean {
    const { statementTimeoutMs, idleInTransactionTimeoutMs } = this.#defaults;
    const isDefault = statementTimeoutMs !== undefined || idleInTransactionTimeoutMs !== undefined;
    return isDefault || this.#hasPlans;
  }

  of(tenant: Tenant): EffectivePlan {
    return this.#hold(tenant).effective;
  }

  /** What the pool holds a tenant to. */
  limitsOf(tenant: Tenant): TenantLimits {
    return this.#hold(tenant).limits;
  }

  /** @throws {PlanEntryUnknownError} */
  quotaOf(tenant: Tenant, name: string): Quota {
    const quota = ownValue(this.of(tenant).quotas, name);
    if (!quota) throw new PlanEntryUnknownError('quota', name, this.#quotas);
    return quota.value;
  }

  /** @throws {PlanEntryUnknownError} */
  hasFeature(tenant: Tenant, name: string): boolean {
    const feature = ownValue(this.of(tenant).features, name);
    if (!feature) throw new PlanEntryUnknownError('feature', name, this.#features);
    return feature.value;
  }

  /** @throws {PlanUnknownError} unless the plan is declared, or none is. */
  requirePlan(plan: string): void {
    if (this.#hasPlans && !Object.hasOwn(this.#plans, plan))
      throw new PlanUnknownError(plan, Object.keys(this.#plans));
  }

  /** Whether a plan has a feature of this name. */
  isFeature(name: string): boolean {
    return this.#features.includes(name);
  }

  /** Whether a plan has a quota of this name. */
  isQuota(name: string): boolean {
    return this.#quotas.includes(name);
  }

  get #hasPlans(): boolean {
    return Object.keys(this.#plans).length > 0;
  }

  #hold(tenant: Tenant): Held {
    let held = this.#held.get(tenant);
    if (!held) {
      const effective = this.#make(tenant);
      held = { effective, limits: limitsIn(effective) };
      this.#held.set(tenant, held);
    }
    return held;
  }

  #make({ plan, overrides }: Tenant): EffectivePlan {
    const declared = ownValue(this.#plans, plan);
    const own = this.#hasPlans ? overrides : {};
    return {
      plan,
      isDeclared: declared !== undefined,
      limits: each(LIMIT_NAMES, (name) =>
        firstOf<number | null>(own.limits?.[name], declared?.limits[name], this.#defaults[name] ?? null),
      ),
      quotas: each(this.#quotas, (name) =>
        firstOf<Quota>(ownValue(own.quotas, name), ownValue(declared?.quotas, name), 0),
      ),
      features: each(this.#features, (name) =>
        firstOf<boolean>(ownValue(own.features, name), declared?.features.includes(name), false),
      ),
    };
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

function limitsIn({ limits }: EffectivePlan): TenantLimits {
  return Object.fromEntries(
    Object.entries(limits).flatMap(([name, { value }]) => (value === null ? [] : [[name, value]])),
  );
}

function sortedOnce(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
