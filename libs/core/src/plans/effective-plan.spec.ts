import fc from 'fast-check';
import { makeTenant } from '../../../../test/support/tenants.js';
import { OptionsInvalidError, PlanEntryUnknownError, PlanUnknownError } from '../errors.js';
import { TenantContext } from '../tenant-context.js';
import { EffectivePlans } from './effective-plan.js';
import type { Plans, TenantOverrides } from './plan.js';
import { TenantFeatures } from './tenant-features.js';
import { TenantQuotas } from './tenant-quotas.js';

const plans = new EffectivePlans({
  limits: { queue: 50, concurrency: 3 },
  plans: {
    free: {
      limits: { concurrency: 1, queue: undefined },
      quotas: { seats: 3, rooms: 0 },
      rates: { requests: '60/minute', logins: '10/hour' },
    },
    pro: {
      quotas: { seats: 20, rooms: 'unlimited' },
      rates: { requests: '5/second', logins: 'unlimited' },
      features: ['export', 'sso'],
    },
  },
});

const tenant = (plan: string, overrides: TenantOverrides = {}) => makeTenant('acme', { plan, overrides });

describe('what a tenant may have', () => {
  it('is its override, else what its plan says, else the default', () => {
    const overrides: TenantOverrides = {
      limits: { statementTimeoutMs: 0 },
      quotas: { seats: 5 },
      rates: { logins: '1/day' },
      features: { export: true },
    };
    expect(plans.of(tenant('free', overrides))).toEqual({
      plan: 'free',
      isDeclared: true,
      limits: {
        concurrency: { value: 1, source: 'plan' },
        noisyConcurrency: { value: null, source: 'default' },
        queue: { value: 50, source: 'default' },
        statementTimeoutMs: { value: 0, source: 'override' },
        idleInTransactionTimeoutMs: { value: null, source: 'default' },
        discardsPerSecond: { value: null, source: 'default' },
        preparedStatements: { value: null, source: 'default' },
        resultBytes: { value: null, source: 'default' },
      },
      quotas: { rooms: { value: 0, source: 'plan' }, seats: { value: 5, source: 'override' } },
      rates: {
        logins: { value: '1/day', source: 'override' },
        requests: { value: '60/minute', source: 'plan' },
      },
      features: { export: { value: true, source: 'override' }, sso: { value: false, source: 'plan' } },
    });
    expect(plans.limitsOf(tenant('free', overrides))).toEqual({
      concurrency: 1,
      queue: 50,
      statementTimeoutMs: 0,
    });
  });

  it.each(['gold', 'constructor', '__proto__'])('is next to nothing with the undeclared plan %s', (plan) => {
    const effective = plans.of(tenant(plan, { quotas: { seats: 1 } }));
    expect(effective).toMatchObject({
      isDeclared: false,
      quotas: { rooms: { value: 0, source: 'default' }, seats: { value: 1, source: 'override' } },
      rates: {
        logins: { value: '10/hour', source: 'default' },
        requests: { value: '60/minute', source: 'default' },
      },
      features: { export: { value: false, source: 'default' } },
    });
    expect(plans.limitsOf(tenant(plan))).toEqual({ queue: 50, concurrency: 3 });
  });

  it('is what the pool says where no plans are declared, whatever is overridden', () => {
    const none = new EffectivePlans({ limits: { queue: 5 } });
    const overridden = tenant('gold', { limits: { queue: 9 }, features: { export: true } });
    expect(none.limitsOf(overridden)).toEqual({ queue: 5 });
    expect(none.of(overridden)).toMatchObject({ quotas: {}, features: {} });
    expect(() => none.requirePlan('gold')).not.toThrow();
    expect(none.mayLimitTime).toBe(false);
  });

  it('is the same for the pool as for operators', () => {
    const limits = fc.record(
      { concurrency: fc.integer({ min: 1 }), queue: fc.nat(), resultBytes: fc.integer({ min: 1 }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(limits, limits, limits, fc.constantFrom('free', 'gold'), (defaults, free, own, plan) => {
        const some = new EffectivePlans({ limits: defaults, plans: { free: { limits: free } } });
        const overridden = tenant(plan, { limits: own });
        const explained = Object.entries(some.of(overridden).limits);
        expect(some.limitsOf(overridden)).toEqual(
          Object.fromEntries(
            explained.flatMap(([name, { value }]) => (value === null ? [] : [[name, value]])),
          ),
        );
      }),
    );
  });

  it('is no less for what is overridden with nothing', () => {
    expect(plans.limitsOf(tenant('free', { limits: { concurrency: undefined } }))).toMatchObject({
      concurrency: 1,
    });
  });

  it('is a plan that is declared', () => {
    expect(() => plans.requirePlan('pro')).not.toThrow();
    for (const plan of ['gold', 'constructor'])
      expect(() => plans.requirePlan(plan)).toThrow(
        expect.objectContaining({
          constructor: PlanUnknownError,
          detail: expect.stringMatching(/free, pro/),
        }),
      );
  });
});

describe('the tenant in force', () => {
  const features = new TenantFeatures(plans);
  const quotas = new TenantQuotas(plans);

  it('has the features of its plan', () => {
    TenantContext.run(tenant('pro'), () => expect(features.isEnabled('export')).toBe(true));
    TenantContext.run(tenant('free'), () => expect(features.isEnabled('export')).toBe(false));
    const without = tenant('pro', { features: { export: false } });
    TenantContext.run(without, () => expect(features.isEnabled('export')).toBe(false));
  });

  it('has room below its quota', () => {
    TenantContext.run(tenant('free'), () => {
      quotas.requireRoom('seats', 2);
      for (const used of [3, 4, Number.NaN])
        expect(() => quotas.requireRoom('seats', used)).toThrow(
          expect.objectContaining({ code: 'QUOTA_EXCEEDED', status: 403, limit: 3 }),
        );
      expect(() => quotas.requireRoom('rooms', 0)).toThrow('The quota rooms allows at most 0.');
    });
    TenantContext.run(tenant('pro'), () => {
      expect(quotas.limitOf('rooms')).toBe(Number.POSITIVE_INFINITY);
      quotas.requireRoom('rooms', 1e9);
    });
  });

  it('is needed, and so is a name of a plan', () => {
    expect(() => features.isEnabled('export')).toThrow(
      expect.objectContaining({ code: 'TENANT_CONTEXT_MISSING' }),
    );
    expect(() => quotas.limitOf('seats')).toThrow(
      expect.objectContaining({ code: 'TENANT_CONTEXT_MISSING' }),
    );
    TenantContext.run(tenant('pro'), () => {
      expect(() => features.isEnabled('exprt')).toThrow(PlanEntryUnknownError);
      expect(() => features.isEnabled('constructor')).toThrow('Declared: export, sso');
      expect(() => quotas.limitOf('toString')).toThrow(PlanEntryUnknownError);
    });
  });
});

describe('a declaration', () => {
  it.each<[Plans, string]>([
    [{ free: { quotas: { seats: 1 } }, pro: {} }, 'plans.pro.quotas.seats: expected a quota'],
    [{ free: { rates: { requests: '1/second' } }, pro: {} }, 'plans.pro.rates.requests: expected a rate'],
    [{ free: { rates: { requests: '1/week' as never } } }, 'plans.free.rates.requests: expected a rate such'],
    [{ free: { quotas: { seats: 1.5 } } }, 'plans.free.quotas.seats: expected a whole number'],
    [{ free: { quotas: { seats: -1 } } }, 'plans.free.quotas.seats'],
    [{ free: { features: ['two words'] } }, 'plans.free.features[0]: expected a name'],
    [{ free: { limits: { statementTimeoutMs: 2 ** 31 } } }, 'plans.free.limits.statementTimeoutMs'],
    [{ free: { limits: { concurency: 1 } } as never }, 'concurency'],
    [{ free: { seats: 1 } as never }, 'seats'],
    [{ '': {} }, 'plans'],
  ])('that is wrong is refused: %j', (declared, message) => {
    const declare = () => new EffectivePlans({ plans: declared });
    expect(declare).toThrow(OptionsInvalidError);
    expect(declare).toThrow(message);
  });
});
