import { OptionsInvalidError, type Tenant } from '@rowhouse/core';

/** What a check has found. The rest is for operators: numbers, a `message`. */
export interface HealthFinding {
  /** `degraded`: it needs somebody's attention, and requests are served. */
  readonly status: 'up' | 'degraded' | 'down';
  readonly [detail: string]: unknown;
}

/** Something that an instance depends on. */
export interface TenancyHealthCheck {
  /** As reports call it; no other check has it. */
  readonly name: string;
  /** Whether the instance gets no requests while this is down. Default false. */
  readonly isEssential?: boolean;
  /** How long a finding holds, in milliseconds. Default: as for all (`cacheMs`). */
  readonly everyMs?: number;
  /** An error is `down`, with its message. */
  check?(): Promise<HealthFinding>;
  /** As `check`, of one tenant. */
  checkTenant?(tenant: Tenant): Promise<HealthFinding>;
}

/** The checks that the modules of an application have added. An app adds its own: `constructor(checks: HealthChecks) { checks.add({ … }) }`. */
export class HealthChecks {
  readonly #checks = new Map<string, TenancyHealthCheck>();

  get all(): readonly TenancyHealthCheck[] {
    return [...this.#checks.values()];
  }

  /** @throws {OptionsInvalidError} when there is one of this name. */
  add(check: TenancyHealthCheck): void {
    if (this.#checks.has(check.name))
      throw new OptionsInvalidError('HealthChecks', [
        { field: 'name', expected: `expected another name than "${check.name}", which a check has already` },
      ]);
    this.#checks.set(check.name, check);
  }
}
