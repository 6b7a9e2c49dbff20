import { DEFAULT_PLACEMENT } from '../../homes/placements.js';
import { EffectivePlans } from '../../plans/effective-plan.js';
import type { Tenant } from '../../tenant.js';
import { type Check, type Examination, NO_STORE } from '../examination.js';
import { homelessTenants, inventories, orphans } from '../inventory.js';
import { judge, pass, REPAIR_COMMAND } from '../report.js';

function isMisplaced({ placement }: Tenant, { settings }: Examination): boolean {
  return placement !== DEFAULT_PLACEMENT && !Object.hasOwn(settings.databases.placements, placement);
}

/** The plan and the overrides of a tenant that the app does not declare. */
function undeclaredOf({ slug, plan, overrides }: Tenant, plans: EffectivePlans): readonly string[] {
  const { quotas = {}, rates = {}, features = {} } = overrides;
  return [
    ...(Object.hasOwn(plans.declared, plan) ? [] : [`${slug} (plan ${plan})`]),
    ...Object.keys(quotas).flatMap((name) => (plans.isQuota(name) ? [] : [`${slug} (quotas.${name})`])),
    ...Object.keys(rates).flatMap((name) => (plans.isRate(name) ? [] : [`${slug} (rates.${name})`])),
    ...Object.keys(features).flatMap((name) => (plans.isFeature(name) ? [] : [`${slug} (features.${name})`])),
  ];
}

export const TENANT_CHECKS: readonly Check[] = [
  {
    id: 'tenants.placements',
    thorough: true,
    async run(examination) {
      const tenants = await examination.tenants();
      if (!tenants) return NO_STORE;
      return judge(
        tenants
          .filter((tenant) => isMisplaced(tenant, examination))
          .map(({ slug, isolation, placement }) => `${slug} (${isolation} on ${placement})`),
        {
          status: 'fail',
          none: 'Every tenant lives where the options lead.',
          one: 'A tenant lives on a placement that the options do not lead to',
          some: 'Tenants live on a placement that the options do not lead to',
          remedy: 'Name the placement in pool.databases.placements.',
        },
      );
    },
  },
  {
    id: 'placements.reached',
    thorough: true,
    needsPlacements: true,
    async run(examination) {
      const { unreached } = await examination.placements();
      return judge(
        [...unreached].map(([placement, why]) => `${placement}: ${why}`),
        {
          status: 'fail',
          none: 'The databases of placements were examined, too.',
          one: 'The database of a placement could not be examined',
          some: 'Databases of placements could not be examined',
          remedy:
            'Correct the address of the placement. A database that was restored has lost its mark, a comment: docs/placements.md says how to set it.',
        },
      );
    },
  },
  {
    id: 'tenants.plans',
    thorough: true,
    async run(examination) {
      const plans = new EffectivePlans(examination.settings);
      if (Object.keys(plans.declared).length === 0) return pass('No plans are declared.');
      const tenants = await examination.tenants();
      if (!tenants) return NO_STORE;
      return judge(
        tenants.flatMap((tenant) => undeclaredOf(tenant, plans)),
        {
          status: 'warn',
          none: 'Every tenant has a plan that is declared, and overrides of what plans have.',
          one: 'A tenant has a plan, or an override of something, that no declaration has',
          some: 'Tenants have plans, or overrides of something, that no declaration has',
          remedy:
            'Declare it in plans, or change the tenant: rowhouse tenants update … --plan …; rowhouse plans override … --unset …',
        },
      );
    },
  },
  {
    id: 'tenants.homes',
    thorough: true,
    async run(examination) {
      const tenants = await examination.tenants();
      if (!tenants) return NO_STORE;
      const servers = await inventories(examination, tenants);
      return judge(homelessTenants(tenants, servers, examination.roles), {
        status: 'fail',
        none: 'Every tenant that is served has its home.',
        one: 'A tenant has no home, or only a part of it',
        some: 'Tenants have no home, or only a part of it',
        remedy: `${REPAIR_COMMAND} (then run the migrations of these tenants)`,
      });
    },
  },
  {
    id: 'tenants.orphans',
    thorough: true,
    async run(examination) {
      const tenants = await examination.tenants();
      if (!tenants) return NO_STORE;
      const servers = await inventories(examination, tenants);
      return judge(orphans(tenants, servers, examination.sharedSchemas), {
        status: 'warn',
        none: 'No schema, role or database is left of a tenant that is gone.',
        one: 'A schema, role or database belongs to no tenant of the store',
        some: 'Schemas, roles or databases belong to no tenant of the store',
        remedy:
          'Back up what is in them, then remove it: drop schema … cascade; drop database …; drop owned by … in each database; drop role …',
      });
    },
  },
];
