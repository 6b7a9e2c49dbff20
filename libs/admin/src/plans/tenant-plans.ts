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
  overridesPatchSchema,
  readTenant,
  requireActor,
  runEach,
  setTenantOverrides,
  writeEvent,
} from '@rowhouse/core/internal';
import type { z } from 'zod';
import { parseFields } from '../invalid-fields.js';
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
    const data = parseFields(overridesPatchSchema, patch, OverridesInvalidError);
    return this.#catalog.transaction(async (client) => {
      const before = await readTenant(client, tenantId, { lock: true });
      check?.(this.#viewOf(before));
      this.#requireDeclared(data);
      const overrides: TenantOverrides = mergePatch(before.overrides, data);
      if (isDeepStrictEqual(overrides, before.overrides)) return this.#viewOf(before);
      await runEach(client, [
        setTenantOverrides(before, overrides),
        writeEvent('updated', before, by, { before }),
      ]);
      return this.#viewOf(await readTenant(client, tenantId));
    });
  }

  #viewOf(tenant: Tenant): TenantPlanView {
    return { tenantId: tenant.id, ...this.#plans.of(tenant), overrides: tenant.overrides };
  }

  /** What is in no plan can be taken back, but not set. */
  #requireDeclared({ quotas = {}, features = {} }: OverridesPatch): void {
    if (this.list().length === 0) throw new PlansNotDeclaredError();
    const unknown: InvalidField[] = [
      ...namesSet(quotas)
        .filter((name) => !this.#plans.isQuota(name))
        .map((name) => ({ field: `quotas.${name}`, expected: 'expected a quota that plans have' })),
      ...namesSet(features)
        .filter((name) => !this.#plans.isFeature(name))
        .map((name) => ({ field: `features.${name}`, expected: 'expected a feature that a plan has' })),
    ];
    if (unknown.length > 0) throw new OverridesInvalidError(unknown);
  }
}

function namesSet(values: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(values).filter((name) => values[name] !== null);
}

/** @throws {TenantNotFoundError} */
function requireId(id: string): void {
  if (!isTenantId(id)) throw new TenantNotFoundError();
}
