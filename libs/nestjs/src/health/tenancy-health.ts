import { OptionsInvalidError, type Tenant } from '@rowhouse/core';
import { LRUCache } from 'lru-cache';
import type { HealthChecks, HealthFinding, TenancyHealthCheck } from './health-checks.js';
import { HeldFinding } from './held-finding.js';

export interface TenancyHealthOptions {
  /** How long a check may take. */
  readonly timeoutMs: number;
  /** How long a finding holds, so that probes cannot flood what they ask. */
  readonly cacheMs: number;
}

export interface HealthReport {
  /** `error` when something is down that requests need, `degraded` when anything else is not as it should be. */
  readonly status: 'ok' | 'degraded' | 'error';
  readonly checks: Readonly<Record<string, HealthFinding>>;
}

/** The result of an indicator, as `@nestjs/terminus` takes it. */
export type TerminusResult = Record<
  string,
  { readonly status: 'up' | 'down'; readonly [detail: string]: unknown }
>;

/** Findings that are held: of all tenants together some per check. */
const FINDINGS = 10_000;

/** What the checks of an instance have found. */
export class TenancyHealth {
  readonly #checks: HealthChecks;
  readonly #options: TenancyHealthOptions;
  readonly #held = new LRUCache<string, HeldFinding>({ max: FINDINGS });

  constructor(checks: HealthChecks, options: TenancyHealthOptions) {
    this.#checks = checks;
    this.#options = options;
  }

  /** Whether the instance can serve requests. */
  async isReady(): Promise<boolean> {
    const essential = this.#checks.all.filter(({ isEssential }) => isEssential);
    const { status } = await this.#report(essential, (check) => check.check?.());
    return status !== 'error';
  }

  /** What the instance depends on. */
  report(): Promise<HealthReport> {
    return this.#report(this.#checks.all, (check) => check.check?.());
  }

  /** What one tenant depends on. It cannot be served when any of it is down. */
  async ofTenant(tenant: Tenant): Promise<HealthReport> {
    return this.#report(this.#checks.all, (check) => check.checkTenant?.(tenant), tenant);
  }

  /**
   * One of the checks, for the `HealthCheckService` of `@nestjs/terminus`:
   *
   *     this.health.check([() => this.tenancy.indicator('database')])
   *
   * @throws {OptionsInvalidError} when there is no such check.
   */
  async indicator(name: string): Promise<TerminusResult> {
    const asked = this.#checks.all.filter((check) => check.name === name);
    const finding = (await this.#report(asked, (check) => check.check?.())).checks[name];
    if (finding) return { [name]: { ...finding, status: finding.status === 'down' ? 'down' : 'up' } };
    const names = this.#checks.all.filter(({ check }) => check).map((check) => check.name);
    throw new OptionsInvalidError('TenancyHealth', [
      { field: 'name', expected: `expected one of ${names.join(', ')}` },
    ]);
  }

  /** @param ask - asks a check, or answers `undefined` where it has nothing to say. */
  async #report(
    checks: readonly TenancyHealthCheck[],
    ask: (check: TenancyHealthCheck) => Promise<HealthFinding> | undefined,
    tenant?: Tenant,
  ): Promise<HealthReport> {
    const asked = checks.filter(({ check, checkTenant }) => (tenant ? checkTenant : check));
    const findings = await Promise.all(
      asked.map(async (check) => [check, await this.#holdingOf(check, ask, tenant).get()] as const),
    );
    const isDown = findings.some(
      ([{ isEssential }, { status }]) => status === 'down' && (isEssential || tenant),
    );
    const isDegraded = findings.some(([, { status }]) => status !== 'up');
    return {
      status: isDown ? 'error' : isDegraded ? 'degraded' : 'ok',
      checks: Object.fromEntries(findings.map(([{ name }, finding]) => [name, finding])),
    };
  }

  #holdingOf(
    check: TenancyHealthCheck,
    ask: (check: TenancyHealthCheck) => Promise<HealthFinding> | undefined,
    tenant: Tenant | undefined,
  ): HeldFinding {
    const { timeoutMs, cacheMs } = this.#options;
    const key = `${check.name} ${tenant ? `${tenant.id} ${tenant.updatedAt.getTime()}` : ''}`;
    const known = this.#held.get(key);
    if (known) return known;
    const find = async () => (await ask(check)) ?? ({ status: 'up' } as const);
    const held = new HeldFinding({ find, timeoutMs, everyMs: check.everyMs ?? cacheMs });
    this.#held.set(key, held);
    return held;
  }
}
