import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import {
  DataSourceRegistry,
  parseTenantSlug,
  TENANT_STORE,
  TenantContext,
  type WritableTenantStore,
} from '@rowhouse/nestjs';
import { COUNTRIES } from '../countries/countries.js';
import { Country } from '../countries/country.entity.js';
import { acme } from './acme.js';
import { fillStorefront } from './fill-storefront.js';
import { globex } from './globex.js';
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
    await this.publishCountries();
    for (const seed of [acme, globex]) await this.open(seed);
  }

  /** Writes the table that all tenants read. It belongs to none of them, so this is work for the system. */
  private publishCountries(): Promise<void> {
    return TenantContext.runAsSystem('publish the reference data', () =>
      this.registry.ambient.transaction(async (manager) => {
        await manager.query(
          'create table if not exists public.countries (code char(2) primary key, name varchar not null)',
        );
        const countries = Object.entries(COUNTRIES).map(([code, name]) => ({ code, name }));
        await manager.upsert(Country, countries, ['code']);
      }),
    );
  }

  private async open(seed: StorefrontSeed): Promise<void> {
    const { slug, name, plan } = seed;
    const tenant =
      (await this.store.findBySlug(parseTenantSlug(slug))) ??
      (await this.store.create({ slug, name, plan, status: 'provisioning' }));

    await this.registry.homes.prepare(tenant);
    const dataSource = this.registry.for(tenant);
    await dataSource.runMigrations();
    await dataSource.transaction((manager) => fillStorefront(manager, seed));

    if (tenant.status === 'provisioning') await this.store.update(tenant.id, { status: 'active' });
  }
}
