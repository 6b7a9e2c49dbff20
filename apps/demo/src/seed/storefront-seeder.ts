import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import {
  DataSourceRegistry,
  parseTenantSlug,
  TENANT_STORE,
  type WritableTenantStore,
} from '@rowhouse/nestjs';
import { acme } from './acme.js';
import { fillStorefront } from './fill-storefront.js';
import { globex } from './globex.js';
import { initech } from './initech.js';
import type { StorefrontSeed } from './storefront-seed.js';

/**
 * Opens the demo's shops at start-up.
 *
 * Each step can be repeated, and what a step writes it writes in one transaction: after a crash the next start goes
 * on where this one stopped.
 */
@Injectable()
export class StorefrontSeeder implements OnApplicationBootstrap {
  constructor(
    @Inject(TENANT_STORE) private readonly store: WritableTenantStore,
    private readonly registry: DataSourceRegistry,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const seed of [acme, globex, initech]) await this.open(seed);
  }

  private async open(seed: StorefrontSeed): Promise<void> {
    const { slug, name, plan, isolation } = seed;
    const tenant =
      (await this.store.findBySlug(parseTenantSlug(slug))) ??
      (await this.store.create({ slug, name, plan, isolation, status: 'provisioning' }));

    await this.registry.homes.prepare(tenant);
    const dataSource = this.registry.for(tenant);
    await dataSource.runMigrations();
    // The tables that all tenants read came with the first.
    await this.registry.homes.repairShared();
    await dataSource.transaction((manager) => fillStorefront(manager, seed));

    if (tenant.status === 'provisioning') await this.store.update(tenant.id, { status: 'active' });
  }
}
