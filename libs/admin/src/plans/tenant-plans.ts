import { isDeepStrictEqual } from 'node:util';
import {
  type Actor,
  type Catalog,
  type EffectivePlan,
  type EffectivePlans,
  type InvalidField,
  isTenantId,
  type Plan,
  type Tenant,
  TenantNotFoundError,
  type TenantOverrides,
} from '@rowhouse/core';
import {
  invalidFieldsOf,
  overridesPatchSchema,
  readTenant,
  requireActor,
  runEach,
  setTenantOverrides,
  writeEvent,
} from '@rowhouse/core/internal';
import type { z } from 'zod';
import { mergePatch } from '../settings/json-paths.js';
import { OverridesInvalidError, PlansNotDeclaredError } from './plan-errors.js';

/** A plan that the app declares. */
export interface DeclaredPlan extends Required<Plan> {
  readonly name: string;
}

/** What a tenant may have, as operators see it. */
export interface TenantPlanView extends EffectivePlan {
  readonly tenantId: string;
  /** As they are stored: also those of what is in no plan any more, which are not in force. */
  readonly overrides: TenantOverrides;
}

export type OverridesPatch = z.input<typeof overridesPatchSchema>;

export interface OverrideControl {
  readonly by?: Actor | undefined;
  /** Called with the present state when nobody else can change it. What it throws ends the change. */
  readonly check?: ((present: TenantPlanView) => void) | undefined;
}

/** The plans of an app, and what tenants have in place of what these say. */
export class TenantPlans {
  readonly #catalog: Catalog;
  readonly #plans: EffectivePlans;

  constructor(catalog: Catalog, plans: EffectivePlans) {
    this.#catalog = catalog;
    this.#plans = plans;
  }

  /** In the order of their declaration. */
  list(): readonly DeclaredPlan[] {
    return Object.entries(this.#plans.declared).map(([name, plan]) => ({ name, ...plan }));
  }

  /** @throws {TenantNotFoundError} */
  async read(tenantId: string): Promise<TenantPlanView> {
    requireId(tenantId);
    return this.#viewOf(await readTenant(this.#catalog, tenantId));
  }

  /**
   * Changes overrides by a JSON merge patch (RFC 7396): `null` takes one back.
   *
   * @throws {TenantNotFoundError}
   * @throws {OverridesInvalidError}
   * @throws {PlansNotDeclaredError}
   */
  async override(
    tenantId: string,
    patch: OverridesPatch,
    { by, check }: OverrideControl = {},
  ): Promise<TenantPlanView> {
    requireActor(by);
    requireId(tenantId);
    const data = this.#validPatch(patch);
    return this.#catalog.transaction(async (client) => {
      const before = await readTenant(client, tenantId, { lock: true });
      check?.(this.#viewOf(before));
      if (this.list().length === 0) throw new PlansNotDeclaredError();
      const overrides: TenantOverrides = mergePatch(before.overrides, data);
      if (isDeepStrictEqual(overrides, before.overrides)) return this.#viewOf(before);
      await runEach(client, [
        setTenantOverrides(before, overrides),
        writeEvent('updated', before, by, { before }),
      ]);
      return this.#viewOf(await readTenant(client, tenantId));
    });
  }

  /**
   * Overrides as an archive has them.
   *
   * @internal
   * @throws {OverridesInvalidError}
   */
  parseOverrides(overrides: unknown): TenantOverrides {
    return mergePatch({}, this.#validPatch(overrides as OverridesPatch));
  }

  #viewOf(tenant: Tenant): TenantPlanView {
    return { tenantId: tenant.id, ...this.#plans.of(tenant), overrides: tenant.overrides };
  }

  /** All that is wrong is listed at once: what a schema can say, and what only the plans can. */
  #validPatch(patch: OverridesPatch): OverridesPatch {
    const { data, error } = overridesPatchSchema.safeParse(patch);
    const wrong = error ? invalidFieldsOf(error, 'body') : [];
    const named = new Set(wrong.map(({ field }) => field));
    const undeclared = this.#undeclared(patch).filter(({ field }) => !named.has(field));
    if (!data || undeclared.length > 0) throw new OverridesInvalidError([...wrong, ...undeclared]);
    return data;
  }

  /** What is in no plan can be taken back, but not set. */
  #undeclared(patch: unknown): readonly InvalidField[] {
    const { quotas, rates, features } = Object(patch) as Record<string, unknown>;
    if (this.list().length === 0) return [];
    return [
      ...namesSet(quotas)
        .filter((name) => !this.#plans.isQuota(name))
        .map((name) => ({ field: `quotas.${name}`, expected: 'expected a quota that plans have' })),
      ...namesSet(rates)
        .filter((name) => !this.#plans.isRate(name))
        .map((name) => ({ field: `rates.${name}`, expected: 'expected a rate that plans have' })),
      ...namesSet(features)
        .filter((name) => !this.#plans.isFeature(name))
        .map((name) => ({ field: `features.${name}`, expected: 'expected a feature that a plan has' })),
    ];
  }
}

/** @param values - not checked yet. */
function namesSet(values: unknown): readonly string[] {
  return Object.entries(Object(values)).flatMap(([name, value]) => (value === null ? [] : [name]));
}

/** @throws {TenantNotFoundError} */
function requireId(id: string): void {
  if (!isTenantId(id)) throw new TenantNotFoundError();
}
