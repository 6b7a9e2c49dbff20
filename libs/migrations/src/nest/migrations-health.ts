import { Inject, Injectable } from '@nestjs/common';
import type { Tenant } from '@rowhouse/core';
import { counted } from '@rowhouse/core/internal';
import { HealthChecks, type HealthFinding } from '@rowhouse/nestjs';
import { Fleet } from '../fleet/fleet.js';
import { pendingOf } from '../homes/history.js';
import { homeOf, migrationsOf } from '../homes/home.js';

const EVERY_MS = 15_000;

/** Tells health of tenants that lack migrations of this release. */
@Injectable()
export class MigrationsHealth {
  constructor(
    @Inject(Fleet) private readonly fleet: Fleet,
    @Inject(HealthChecks) checks: HealthChecks,
  ) {
    checks.add({
      name: 'migrations',
      everyMs: EVERY_MS,
      check: () => this.#ofFleet(),
      checkTenant: (tenant) => this.#ofTenant(tenant),
    });
  }

  async #ofFleet(): Promise<HealthFinding> {
    const { tenants, behind } = await this.fleet.migrations.status();
    if (behind === 0) return { status: 'up', tenants, behind };
    const message = `${counted(behind, 'tenant lacks', 'tenants lack')} migrations of this release`;
    return { status: 'degraded', message, tenants, behind };
  }

  async #ofTenant(tenant: Tenant): Promise<HealthFinding> {
    const { ledger, set } = this.fleet.deployment;
    const history = (await ledger.historyOf(homeOf(tenant))) ?? [];
    const pending = pendingOf(history, migrationsOf(tenant.isolation, set));
    if (pending.length === 0) return { status: 'up', version: history.at(-1) };
    return { status: 'degraded', message: 'migrations of this release are pending', pending };
  }
}
